"""The timeline as it stays in a saved notebook: a sentence, a picture, and a table of the lanes.

In Ray: nothing like it. No script and no style sheet is in it, so that it stays readable where both
are stripped; where pictures are, too, the table has the words.
"""

from html import escape

from raylite.notebook.live.picture import picture_html
from raylite.notebook.timeline.model import FAILED, NEVER_RAN, RUNNING, TimelineView
from raylite.notebook.timeline.svg import svg_size, timeline_svg

__all__ = ["lane_rows", "timeline_html", "timeline_text"]

_CELL = "text-align:left;padding:2px 16px 2px 0"
_NUMBER = "text-align:right;padding:2px 16px 2px 0"
_HEAD = ("Process", "Calls", "Failed", "Running", "Busy")
_SIGNS = (
    "A bar is a call, a dotted line before it the time since it was submitted; "
    "columns count calls too short to be drawn. ✕: failed, or a worker ended; ↻: started again."
)


def lane_rows(view: TimelineView) -> list[tuple[str, str, str, str, str]]:
    """The lanes in words: who, calls that ended, that failed, that run, how busy it was."""
    span_s = view.window[1] - view.window[0]
    rows = []
    for place, lane in enumerate(view.lanes):
        bars = [bar for bar in view.bars if bar.lane == place]
        cells = [cell for cell in view.cells if cell.lane == place]
        running = sum(bar.state == RUNNING for bar in bars)
        ended = len(bars) - running + sum(cell.count for cell in cells)
        failed = sum(bar.state in {FAILED, NEVER_RAN} for bar in bars)
        failed += sum(cell.failed for cell in cells)
        busy_s = sum(
            max(0.0, min(bar.end_s, view.window[1]) - max(bar.start_s, view.window[0]))
            for bar in bars
            if bar.state != NEVER_RAN
        )
        busy_s += sum(cell.busy * (cell.end_s - cell.start_s) for cell in cells)
        share = "-" if lane.is_driver else f"{min(1.0, busy_s / span_s) * 100:.0f} %"
        rows.append(
            (
                f"{lane.label} {lane.detail}".strip(),
                f"{ended:,}",
                f"✕ {failed:,}" if failed else "0",
                f"{running:,}",
                share,
            )
        )
    return rows


def timeline_html(view: TimelineView) -> str:
    """The view as HTML. All text of the user's is escaped."""
    width, height = svg_size(view)
    picture = picture_html(timeline_svg(view), view.summary, width, height)
    notes = "".join(f"<div><small>{escape(note)}</small></div>" for note in view.notes)
    return (
        f'<div style="max-width:{width}px"><div>{escape(view.summary)}</div>{picture}'
        f"<div><small>{_SIGNS}</small></div>{notes}"
        f"<details><summary>As a table</summary>{_table(view)}</details></div>"
    )


def _table(view: TimelineView) -> str:
    head = "".join(
        f'<th scope="col" style="{_NUMBER if number else _CELL}">{text}</th>'
        for number, text in enumerate(_HEAD)
    )
    body = "".join(
        f'<tr><th scope="row" style="{_CELL};font-weight:normal">{escape(who)}</th>'
        + "".join(f'<td style="{_NUMBER}">{text}</td>' for text in numbers)
        + "</tr>"
        for who, *numbers in lane_rows(view)
    )
    return (
        f'<table><caption style="text-align:left">{escape(view.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def timeline_text(view: TimelineView) -> str:
    """The view for a terminal: a sentence, and a line a process."""
    rows = [_HEAD, *lane_rows(view)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in rows
    ]
    return "\n".join([view.summary, *lines, *view.notes])
