"""Progress as plain HTML: what stays in the saved notebook when the moving picture is over.

In Ray: nothing like it. There is no style sheet and no script in it, because a saved notebook
may be shown where both are stripped; what is left then is still a sentence.
"""

from html import escape
from typing import Final

from raylite.notebook.bars.model import Bar, Phase, ProgressView

__all__ = ["COLOURS", "FAILED_FILL", "progress_html"]

COLOURS: Final = {
    # Colours of Okabe and Ito, told apart by colour-blind people too, and visible on both themes.
    Phase.RUNNING: "#0072B2",
    Phase.DONE: "#009E73",
    Phase.FAILED: "#009E73",
    Phase.STOPPED: "#808080",
}
FAILED_FILL: Final = (
    "#D55E00;background-image:repeating-linear-gradient(135deg,transparent 0 4px,#F0A060 4px 7px)"
)
"""Hatched, so that it is told apart without colours, too; JupyterLab takes the hatching out of a
notebook that it does not trust, and leaves the colour."""

_TEXT: Final = "color:var(--jp-ui-font-color1,inherit)"
_TRACK: Final = "background:rgba(128,128,128,0.28)"
_FONT: Final = (
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);"
    "font-size:var(--jp-content-font-size1,14px);line-height:1.5;"
    "font-variant-numeric:tabular-nums"
)


def progress_html(view: ProgressView) -> str:
    """The view as it is now. All text of the user's is escaped."""
    lines = [
        f'<div style="max-width:40em;padding:4px 0 6px;{_FONT};{_TEXT}">',
        '<div style="display:flex;justify-content:space-between">',
        f"<span><strong>{escape(view.title)}</strong></span>",
        f"<span>{view.percent_text}</span></div>",
        _bar(view),
        _line(" · ".join(view.facts)),
        *_bars(view),
        _line(view.note),
        "</div>",
    ]
    return "\n".join(line for line in lines if line)


def _line(text: str) -> str:
    return f"<div>{escape(text)}</div>" if text else ""


def _bar(view: ProgressView) -> str:
    good = view.fraction - view.failed_fraction
    parts = _part(good, COLOURS[view.phase]) + _part(view.failed_fraction, FAILED_FILL)
    return _track(parts, "10px", f"{view.title} {view.percent} %".strip())


def _track(parts: str, height: str, label: str) -> str:
    return (
        f'<div role="img" aria-label="{escape(label)}" style="display:flex;height:{height};'
        f'margin:4px 0;border-radius:5px;overflow:hidden;{_TRACK}">{parts}</div>'
    )


def _part(fraction: float, colour: str) -> str:
    width = f"{max(fraction, 0) * 100:.2f}%"
    return f'<div style="width:{width};background-color:{colour}"></div>' if fraction > 0 else ""


def _bars(view: ProgressView) -> list[str]:
    if not view.bars:
        return []
    rows = [_row(bar) for bar in view.bars]
    table = (
        '<table style="width:100%;margin:0;border-collapse:collapse;color:inherit;'
        'font-size:inherit;line-height:inherit;table-layout:auto">'
    )
    return [table, *rows, "</table>", _line(view.more)]


def _row(bar: Bar) -> str:
    cell = "padding:0;border:0;background:none;line-height:1.5"
    fill = COLOURS[Phase.DONE if bar.fraction >= 1 else Phase.RUNNING]
    label = f"{bar.label} {bar.text}"
    return (
        f'<tr style="background:none"><th scope="row" style="{cell};text-align:left;'
        f'font-weight:normal;white-space:nowrap">{escape(bar.label)}</th>'
        f'<td style="{cell};padding-left:12px;padding-right:12px;width:100%">'
        f"{_track(_part(bar.fraction, fill), '6px', label)}</td>"
        f'<td style="{cell};text-align:right;white-space:nowrap;min-width:3.5em">'
        f"{escape(bar.text)}</td></tr>"
    )
