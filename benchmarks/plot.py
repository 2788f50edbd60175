"""The picture: for each row a mark for each system, by how many times it is faster than raylite.

Drawn as SVG by hand: small, sharp at every size, and with a light and a dark dress of its own. The
colours can be told apart by everyone, and each system has a shape as well.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil, floor, log10
from statistics import median
from xml.sax.saxutils import escape

from benchmarks.measures import MEASURES, Measure
from benchmarks.systems import PEERS
from benchmarks.units import figure
from benchmarks.verdicts import Samples, compared

WIDTH = 880
LEFT, RIGHT = 212, 720
"""Between these the marks lie; names are left of them, raylite's figures right."""
TOP = 112
ROW, GAP = 23, 9
"""Heights of a row, and of the space between two parts of the table."""
CLOSE, APART = 7, 6
"""Marks that are closer than the one are set apart by the other, up and down."""
FARTHEST = 4
"""Powers of ten shown at most on either side; what is farther away lies on the edge."""
SHAPES = {
    "ray": "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0z",
    "dask": "M-4.6 -4.6h9.2v9.2h-9.2z",
    "xoscar": "M0 -5.8L5.6 4.4H-5.6z",
    "ipyparallel": "M0 -6.2L5.2 0L0 6.2L-5.2 0z",
    "loky": "M0 5.8L5.6 -4.4H-5.6z",
    "pykka": "M-4.4 0a4.4 4.4 0 1 0 8.8 0a4.4 4.4 0 1 0 -8.8 0z",
    "bare": "M0 -7V7",
}
LEGEND = {
    "ray": "Ray",
    "dask": "Dask actors",
    "xoscar": "xoscar",
    "ipyparallel": "ipyparallel",
    "loky": "loky",
    "pykka": "Pykka (threads)",
    "bare": "bare connection",
}
LEGEND_WIDTHS = (62, 108, 82, 106, 66, 128, 120)
"""How far each name reaches, in the fonts that viewers have."""
LIGHT = {
    "card": "#ffffff",
    "text": "#1f2328",
    "soft": "#59636e",
    "grid": "#e4e8ec",
    "own": "#1f2328",
    "ray": "#d04f00",
    "dask": "#0072b2",
    "xoscar": "#00805d",
    "ipyparallel": "#b0447f",
    "loky": "#8a6a00",
}
DARK = {
    "card": "#0d1117",
    "text": "#e6edf3",
    "soft": "#9da7b1",
    "grid": "#252c35",
    "own": "#f0f6fc",
    "ray": "#ff8540",
    "dask": "#56b4e9",
    "xoscar": "#2fc49a",
    "ipyparallel": "#e79ac4",
    "loky": "#e3c04b",
}
FONTS = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"
HOLLOW = ("pykka", "bare")
"""What is no peer but a limit: drawn as outlines, in the colour of the text."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the picture."""

    measure: Measure
    y: float
    marks: dict[str, float]
    """By system, how many times faster than raylite it is."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis over whole powers of ten."""

    lowest: int
    highest: int

    def x(self, ratio: float) -> float:
        """Where a ratio lies; beyond the ends, at the end."""
        power = min(max(log10(ratio), self.lowest), self.highest)
        return LEFT + (RIGHT - LEFT) * (power - self.lowest) / (self.highest - self.lowest)


def picture(samples: Samples) -> str:
    """The whole picture, as SVG."""
    places = list(_places(samples))
    axis = _axis(mark for place in places for mark in place.marks.values())
    bottom = (places[-1].y if places else TOP) + ROW / 2 + 6
    height = bottom + 34
    shown = {system for place in places for system in place.marks}
    size = f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="t">',
        '<title id="t">How fast other systems are, as multiples of raylite</title>',
        f"<style>{_style()}</style>",
        f'<rect class="card" width="{WIDTH}" height="{height:.0f}" rx="10"/>',
        *_head([system for system in SHAPES if system in shown]),
        *_grid(axis, bottom),
        *(line for place in places for line in _row(place, axis, samples)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _places(samples: Samples) -> Iterator[Place]:
    y, program = float(TOP), ""
    for measure in MEASURES:
        marks = _marks(samples, measure) if measure.headline else {}
        if marks:
            y += ROW + (GAP if program and program != measure.program else 0)
            program = measure.program
            yield Place(measure, y - ROW / 2, marks)


def _marks(samples: Samples, measure: Measure) -> dict[str, float]:
    ours, found = samples.of("raylite", measure), {}
    for peer in PEERS:
        ratio = compared(ours, samples.of(peer.key, measure), measure.unit)
        if ratio:
            found[peer.key] = 1 / ratio.middle
    return found


def _axis(ratios: Iterable[float]) -> Axis:
    powers = [log10(ratio) for ratio in ratios] or [0.0]
    lowest = max(min(floor(min(powers)), -1), -FARTHEST)
    return Axis(lowest, min(max(ceil(max(powers)), 1), FARTHEST))


def _style() -> str:
    return f"{_dress(LIGHT)}@media(prefers-color-scheme:dark){{{_dress(DARK)}}}"


def _dress(colours: dict[str, str]) -> str:
    card, text, soft = colours["card"], colours["text"], colours["soft"]
    rules = [
        f".card{{fill:{card}}}",
        f"text{{font:13px {FONTS};fill:{text}}}",
        f".h{{font-size:17px;font-weight:600}}.s{{fill:{soft};font-size:12px}}",
        f".g{{stroke:{colours['grid']}}}.o{{stroke:{colours['own']};stroke-width:2}}",
        f".d{{fill:{colours['own']}}}",
    ]
    for system in SHAPES:
        if system in HOLLOW:
            rules.append(f".{system}{{fill:none;stroke:{soft};stroke-width:2}}")
        else:
            rules.append(f".{system}{{fill:{colours[system]};stroke:{card};stroke-width:1}}")
    return "".join(rules)


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _mark(system: str, x: float, y: float) -> str:
    return f'<path class="{system}" transform="translate({x:.1f} {y:.1f})" d="{SHAPES[system]}"/>'


def _head(systems: list[str]) -> Iterator[str]:
    yield _text(24, 34, "How fast, beside raylite", "h")
    told = "left of raylite's line: slower, or larger; right of it: faster, or smaller"
    yield _text(WIDTH - 24, 34, told, "s", "end")
    widths = dict(zip(SHAPES, LEGEND_WIDTHS, strict=True))
    spare = WIDTH - 48 - sum(widths[system] for system in systems)
    x = 24.0
    for system in systems:
        yield _mark(system, x + 6, 62)
        yield _text(x + 18, 66.5, LEGEND[system])
        x += widths[system] + spare / max(len(systems) - 1, 1)


def _grid(axis: Axis, bottom: float) -> Iterator[str]:
    for power in range(axis.lowest, axis.highest + 1):
        x = axis.x(10.0**power)
        kind = "o" if power == 0 else "g"
        yield f'<path class="{kind}" d="M{x:.1f} {TOP - 4}V{bottom:.1f}"/>'
        words = "raylite" if power == 0 else f"{10**power:,}x" if power > 0 else f"1/{10**-power:,}"
        for y in (TOP - 12, bottom + 18):
            yield _text(x, y, words, "" if power == 0 else "s", "middle")
    yield _text(WIDTH - 24, TOP - 12, "raylite's figure", "s", "end")


def _row(place: Place, axis: Axis, samples: Samples) -> Iterator[str]:
    y, measure = place.y, place.measure
    yield f'<path class="g" d="M{LEFT} {y:.1f}H{RIGHT}"/>'
    yield _text(LEFT - 16, y + 4.5, measure.headline, anchor="end")
    ours = median(samples.of("raylite", measure).values())
    yield _text(WIDTH - 24, y + 4.5, figure(ours, measure.unit), "s", "end")
    yield f'<circle class="d" cx="{axis.x(1):.1f}" cy="{y:.1f}" r="3.5"/>'
    xs = {system: axis.x(ratio) for system, ratio in place.marks.items()}
    offsets = apart({system: x for system, x in xs.items() if system != "bare"})
    # The limits lie behind the peers, and Ray before all.
    for system in reversed(SHAPES):
        if system in xs:
            yield _mark(system, xs[system], y + offsets.get(system, 0))


def apart(xs: dict[str, float]) -> dict[str, float]:
    """How far up or down each mark goes, so that those at almost the same place are all seen."""
    groups: list[list[str]] = []
    for system in sorted(xs, key=xs.__getitem__):
        if groups and xs[system] - xs[groups[-1][-1]] < CLOSE:
            groups[-1].append(system)
        else:
            groups.append([system])
    return {
        system: APART * (number - (len(group) - 1) / 2)
        for group in groups
        for number, system in enumerate(group)
    }
