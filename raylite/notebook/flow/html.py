"""A flow as plain HTML that stays in the saved notebook, and as text for a terminal.

In Ray: nothing like it. The words of the picture stand below it as a list and a table, so that they
are there where the picture is taken out, and for those who do not see it.
"""

from html import escape
from textwrap import fill
from typing import Final

from raylite.notebook.flow.model import FlowView
from raylite.notebook.flow.svg import MOST_STEPS, flow_svg, svg_size
from raylite.notebook.live.picture import picture_html

__all__ = ["flow_html", "flow_text"]

_COLUMNS: Final = 100
_CELL: Final = "padding:3px 14px 3px 0;text-align:left;vertical-align:top"


def flow_html(view: FlowView) -> str:
    """The picture, the named parts and the table of steps. All text of the user's is escaped."""
    head = (
        f'<div style="max-width:{view.width}px">'
        f"<div><strong>{escape(view.title)}</strong></div><div>{escape(view.subtitle)}</div>"
    )
    if not view.steps:
        return f"{head}<div>{escape(view.note)}</div></div>"
    picture = picture_html(flow_svg(view), view.summary, *svg_size(view))
    return "\n".join([head, _parts(view), picture, _more(view), _table(view), "</div>"])


def flow_text(view: FlowView) -> str:
    """The flow as a numbered list."""
    lines = [view.title, view.subtitle, ""]
    if view.phases:
        lines += [_wrapped(f"{part.title}: {part.text}", "  ") for part in view.phases]
        lines.append("")
    width = len(str(min(len(view.steps), MOST_STEPS)))
    lines += [
        _wrapped(f"{step.number:>{width}}. {step.time:>11}  {step.text}", " " * (width + 15))
        for step in view.steps[:MOST_STEPS]
    ]
    lines += [line for line in (_cut_off(view), view.note) if line]
    return "\n".join(lines)


def _wrapped(text: str, indent: str) -> str:
    known = "".join(one if one.isprintable() else " " for one in text)
    return fill(known, _COLUMNS, subsequent_indent=indent, break_on_hyphens=False)


def _parts(view: FlowView) -> str:
    if not view.phases:
        return ""
    items = "".join(
        f"<li><b>{escape(part.title)}.</b> {escape(part.text)}</li>" for part in view.phases
    )
    return f'<ol style="margin:6px 0">{items}</ol>'


def _cut_off(view: FlowView) -> str:
    hidden = len(view.steps) - MOST_STEPS
    return f"{hidden:,} further steps are not shown here." if hidden > 0 else ""


def _more(view: FlowView) -> str:
    said = " ".join(part for part in (_cut_off(view), view.note) if part)
    return f"<div><small>{escape(said)}</small></div>" if said else ""


def _table(view: FlowView) -> str:
    titles = {part.number: part.title for part in view.phases}
    columns = ["Step", "After", *(["Part"] if titles else []), "What happened"]
    head = "".join(f'<th scope="col" style="{_CELL}">{name}</th>' for name in columns)
    rows = []
    for step in view.steps[:MOST_STEPS]:
        part = f'<td style="{_CELL}">{escape(titles.get(step.phase, ""))}</td>' if titles else ""
        rows.append(
            f'<tr><th scope="row" style="{_CELL}">{step.number}</th>'
            f'<td style="{_CELL};white-space:nowrap">{escape(step.time)}</td>{part}'
            f'<td style="{_CELL}">{escape(step.text)}</td></tr>'
        )
    caption = f"{escape(view.title)}, step by step"
    return (
        "<details><summary>Step by step, as a table</summary>"
        f'<table style="border-collapse:collapse"><caption style="text-align:left">{caption}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></details>"
    )
