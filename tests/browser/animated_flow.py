"""The moving picture of the README: the submission flow of a run that was recorded, as one SVG.

``python -m tests.browser.animated_flow`` draws it anew from the saved events, which ``make
gallery`` does as well; ``--record`` has a program run and its events saved first. It moves by CSS
alone, since a picture in a page runs no script, and it follows the page's light or dark theme.
Whoever has asked for less motion sees all of it at rest.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Final

import raylite as ray
from raylite.notebook.flow.model import FlowView, How, Token
from raylite.notebook.flow.svg import flow_svg, svg_size

FOLDER: Final = Path(__file__).parent.parent.parent / "docs" / "gallery"
EVENTS: Final = FOLDER / "submission_flow.jsonl.gz"
PICTURE: Final = FOLDER / "submission_flow.svg"
CODE: Final = "acc.add.remote(100);  acc.remove.remote(10);  ray.get(acc.total.remote())"

_CALLS: Final = 3
_PLAYS_S, _RESTS_S = 19.0, 4.0
_LOOP_S: Final = _PLAYS_S + _RESTS_S
_BEGIN_PX: Final = 8.0
"""Where the line that moves down stands at first."""
_JUMP_S: Final = 0.3
"""A move that took no time is seen all the same."""
_CODE_PX, _SAID_PX = 46, 60
_HEAD_PX: Final = 116
"""What stands above the first moment in the drawing: the parts, and the names of the lanes."""

_STYLE: Final = """
.paper { fill: #ffffff }
.ink { fill: #1f2328 }
.code { font: 16px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.said { font-size: 17px; text-anchor: middle }
.line { stroke: #0072B2; stroke-width: 1.5 }
.token circle { fill: #0072B2; stroke: #ffffff; stroke-width: 2 }
.token text { fill: #ffffff; font-size: 12px; font-weight: 700; text-anchor: middle }
.moves { opacity: 0 }
@media (prefers-color-scheme: dark) {
  .paper, [fill="#ffffff"] { fill: #161b22 }
  [stroke="#ffffff"] { stroke: #161b22 }
  .ink, [fill="#1f2328"] { fill: #e6edf3 }
  [fill="#57606a"] { fill: #9aa4af }
  [stroke="#57606a"] { stroke: #9aa4af }
  [fill="#f6f8fa"] { fill: #21262d }
  [stroke="#d0d7de"] { stroke: #484f58 }
  [stroke="#eef1f4"] { stroke: #21262d }
  [stroke="#0072B2"], .line { stroke: #58a6ff }
  path[fill="#0072B2"] { fill: #58a6ff }
  .token circle { stroke: #161b22 }
}
"""


def record() -> None:
    """Run a program with an actor, and save its events."""
    ray.init(num_cpus=2)

    class Accounting:
        def __init__(self) -> None:
            self.balance = 0

        def add(self, amount: int) -> None:
            time.sleep(0.02)
            self.balance += amount

        def remove(self, amount: int) -> None:
            time.sleep(0.02)
            self.balance -= amount

        def total(self) -> int:
            return self.balance

    account = ray.remote(Accounting).remote()
    ray.get(account.total.remote())
    account.add.remote(100)
    account.remove.remote(10)
    ray.get(account.total.remote())
    ray.save_events(EVENTS)
    ray.shutdown()


def recorded_flow() -> FlowView:
    """The flow as it was recorded."""
    flow = ray.submission_flow("Accounting", last=_CALLS, events=ray.load_events(EVENTS))
    shown = flow.shown
    assert isinstance(shown, FlowView)
    return shown


def animated(view: FlowView) -> str:
    """The picture as an SVG document."""
    width, drawn = svg_size(view)
    height = _CODE_PX + drawn + _SAID_PX
    still = flow_svg(view).split("</desc>\n", 1)[1].removesuffix("</svg>")
    rules, moving = _moving(view, width)
    first = escape(view.summary)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="13" '
        f'fill="#1f2328" role="img"><title>{escape(view.title)}</title><desc>{first}</desc>\n'
        f"<style>{_STYLE}@media (prefers-reduced-motion: no-preference) {{\n{rules}\n}}\n</style>\n"
        f'<rect class="paper" width="{width}" height="{height}" rx="10"/>\n'
        f'<text class="code ink" x="26" y="30">{escape(CODE)}</text>\n'
        f'<g transform="translate(0 {_CODE_PX})">\n{still}\n'
        f'<g transform="translate(0 {_HEAD_PX})">\n{moving}\n</g>\n</g>\n'
        f"{_said(view, width, height - 24)}\n</svg>\n"
    )


def _moving(view: FlowView, width: int) -> tuple[str, str]:
    """The rules and the elements of what moves: what hides the future, now, and the calls."""
    end = view.height
    rules = [
        _rule("now", [(0.0, _down(_BEGIN_PX)), (_PLAYS_S, _down(end)), (_LOOP_S, _down(end))]),
        *(_rule(f"t{n}", _stops(token, end)) for n, token in enumerate(view.tokens)),
        *(_rule(f"s{n}", _shown(view, n)) for n in range(len(view.steps) + 1)),
        f".moves {{ animation: {_LOOP_S}s linear infinite }}",
    ]
    names = ["now", *(f"t{n}" for n in range(len(view.tokens)))]
    names += [f"s{n}" for n in range(len(view.steps) + 1)]
    rules += [f".{name} {{ animation-name: {name} }}" for name in names]
    lanes = "".join(
        f'<path d="M{lane.x} -14V{end - 8:.1f}" stroke="#d0d7de" stroke-width="1.5"/>'
        for lane in view.lanes
    )
    hidden = f'<rect class="paper" x="2" width="{width - 4}" height="{end:.0f}"/>'
    line = f'<path class="line" d="M132 0H{width - 20}"/>'
    # What hides the future is as high as the picture, and is cut off where it stands out below.
    frame = f'<rect x="0" y="-20" width="{width}" height="{end + 16:.0f}"/>'
    parts = [
        f'<clipPath id="below">{frame}</clipPath>',
        f'<g clip-path="url(#below)"><g class="moves now">{hidden}{line}</g></g>',
        f'<g opacity="0.6">{lanes}</g>',
        *(_token(n, token) for n, token in enumerate(view.tokens)),
    ]
    return "\n".join(rules), "\n".join(parts)


def _rule(name: str, frames: Iterable[tuple[float, str]]) -> str:
    """How something moves: from which second of the loop on it looks how."""
    said = " ".join(f"{100 * at_s / _LOOP_S:.2f}% {{ {how} }}" for at_s, how in frames)
    return f"@keyframes {name} {{ {said} }}"


def _when(y: float, height: float) -> float:
    """At which second of the loop the line has come down to ``y``."""
    return _PLAYS_S * max(0.0, y - _BEGIN_PX) / (height - _BEGIN_PX)


def _down(y: float) -> str:
    return f"opacity: 1; transform: translate(0px, {y:.1f}px)"


def _stops(token: Token, height: float) -> Iterator[tuple[float, str]]:
    """A call's way: it stays on the line that moves down, and goes from lane to lane."""
    first = token.stops[0]
    x = first[2]
    at_s = _when(first[0], height)
    yield 0.0, _at(x, first[0], 0)
    yield at_s, _at(x, first[0], 0)
    for y, until, to_x, how in token.stops[1:]:
        begin_s = max(at_s + 0.01, _when(y, height))
        end_s = max(begin_s + _JUMP_S, _when(until, height))
        yield begin_s, _at(x, _line(begin_s, height), 1)
        x, at_s = to_x, end_s
        yield end_s, _at(x, _line(end_s, height), 0 if how is How.UNSEEN else 1)
    yield _LOOP_S, _at(x, _line(at_s, height), 0)


def _line(at_s: float, height: float) -> float:
    """Where the line is at that second."""
    return _BEGIN_PX + min(at_s / _PLAYS_S, 1.0) * (height - _BEGIN_PX)


def _at(x: float, y: float, opacity: int) -> str:
    return f"opacity: {opacity}; transform: translate({x:.1f}px, {y:.1f}px)"


def _token(number: int, token: Token) -> str:
    return (
        f'<g class="token moves t{number}"><circle r="11"/>'
        f'<text y="4.3">{escape(token.label)}</text></g>'
    )


def _shown(view: FlowView, number: int) -> Iterator[tuple[float, str]]:
    """When the sentence of a step is to be read; the last one sums up."""
    starts = [_when(step.y, view.height) for step in view.steps]
    starts.append(_PLAYS_S - 0.2)
    begin_s = starts[number]
    end_s = starts[number + 1] if number + 1 < len(starts) else _LOOP_S
    if begin_s > 0:
        yield 0.0, "opacity: 0"
        yield begin_s, "opacity: 0"
    yield begin_s + 0.15, "opacity: 1"
    yield end_s - 0.15, "opacity: 1"
    yield end_s, "opacity: 0"
    if end_s < _LOOP_S:
        yield _LOOP_S, "opacity: 0"


def _said(view: FlowView, width: int, y: int) -> str:
    """A sentence a step, of which one is seen at a time; without motion, what it all comes to."""
    texts = [f"{step.number}.  {step.text}" for step in view.steps]
    texts.append(f"From the first call to the last answer: {view.took}, drawn from what was sent.")
    last = len(texts) - 1
    style = ' style="opacity: 1"'
    return "\n".join(
        f'<g class="moves s{n}"{style if n == last else ""}>'
        f'<text class="said ink" x="{width // 2}" y="{y}">{escape(text)}</text></g>'
        for n, text in enumerate(texts)
    )


def main() -> int:
    """Draw it, after recording it anew if that is asked for."""
    if "--record" in sys.argv[1:]:
        record()
    PICTURE.write_text(animated(recorded_flow()), encoding="utf-8")
    sizes = ", ".join(f"{one.name} {one.stat().st_size / 1024:.1f} KB" for one in (EVENTS, PICTURE))
    print(f"The moving flow: {sizes}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
