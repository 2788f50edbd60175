"""What was found, as a text for terminals and a table for notebooks.

In Ray: nothing like it. All that comes from the program is shortened and escaped.
"""

from collections.abc import Iterable, Sequence
from html import escape
from textwrap import wrap
from typing import Final

from raylite._port.finding import Direction, Finding, Kind

__all__ = ["PortReport", "counts", "text_of"]

_SIGNS: Final = {Kind.MISSING: "✕", Kind.DIFFERS: "≠", Kind.CHANGED: "✎"}
_COLOURS: Final = {Kind.MISSING: "#D55E00", Kind.DIFFERS: "inherit", Kind.CHANGED: "inherit"}
"""For the signs only: a word stands beside each. The one is Okabe and Ito's."""
_LONGEST: Final = 100
_WIDTH: Final = 92
_INDENT: Final = 6
_CELL: Final = "text-align:left;vertical-align:top;padding:6px 16px 6px 0"
_SMALL: Final = "font-size:var(--jp-ui-font-size1,13px)"
_NARROW: Final = "max-width:32em;overflow-wrap:anywhere"
_MONO: Final = "font-family:var(--jp-code-font-family,monospace)"


class PortReport:
    """The lines of a program that are not the same on the other side.

    Args:
        findings: the lines.
        title: of the program.
        direction: to where.
        num_cells: how many cells were looked at; None for a program without.
    """

    def __init__(
        self,
        findings: Sequence[Finding],
        *,
        title: str,
        direction: Direction = Direction.TO_RAY,
        num_cells: int | None = None,
    ) -> None:
        self.findings = tuple(findings)
        self._title = title
        self._direction = direction
        self._num_cells = num_cells

    def __repr__(self) -> str:
        return text_of(self._title, self.findings, self._direction).rstrip("\n")

    def _repr_html_(self) -> str:
        caption = escape(f"{self._title}: {counts(self.findings, self._direction)}")
        head = "".join(
            f'<th scope="col" style="{_CELL}">{name}</th>'
            for name in ("where", "line", "on " + self._direction.value)
        )
        rows = "".join(_row(one) for one in self.findings)
        body = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>" if rows else ""
        return (
            '<table style="margin:4px 0;color:var(--jp-ui-font-color1,inherit)">'
            '<caption style="text-align:left;padding:4px 0;'
            f'font-size:var(--jp-content-font-size1,14px);color:inherit">{caption}</caption>'
            f"{body}</table>"
        )


def counts(findings: Iterable[Finding], direction: Direction) -> str:
    """How many lines there are of each kind, as a sentence."""
    told = list(findings)
    if not told:
        return f"nothing to do, it runs on {direction.value} as it is."
    of_kind = {kind: sum(one.kind is kind for one in told) for kind in Kind}
    parts = [f"{n} {_plural(kind, n)}" for kind, n in of_kind.items() if n]
    lines = "1 place" if len(told) == 1 else f"{len(told)} places"
    return f"{lines}: {', '.join(parts)}."


def text_of(title: str, findings: Sequence[Finding], direction: Direction) -> str:
    """A block for each line, below the name of the program."""
    lines = [f"{title}: {counts(findings, direction)}"]
    width = max((len(one.place) for one in findings), default=0)
    for one in findings:
        lines.append(f"{one.place.rjust(width)}  {_short(one.code)}")
        lines += [f"{' ' * min(width, _INDENT)}  {text}" for text in _told(one)]
    return "\n".join(lines) + "\n"


def _told(finding: Finding) -> list[str]:
    sign = _SIGNS[finding.kind]
    if finding.kind is Kind.CHANGED:
        return [f"{sign} {finding.kind.value}: {_short(finding.instead)}"]
    what = f"{sign} {finding.kind.value}: {_ended(finding.what)}"
    instead = f"→ {_ended(finding.instead)}"
    return [
        *wrap(what, _WIDTH, subsequent_indent="  ", break_on_hyphens=False),
        *wrap(
            instead, _WIDTH, initial_indent="  ", subsequent_indent=" " * 4, break_on_hyphens=False
        ),
    ]


def _row(finding: Finding) -> str:
    kind = finding.kind
    sign = f'<span aria-hidden="true" style="color:{_COLOURS[kind]}">{_SIGNS[kind]}</span>'
    word = f'<span style="white-space:nowrap">{sign} {kind.value}</span>'
    what = f"{escape(finding.what)}.<br>" if finding.what else ""
    instead = f"→ {escape(_short(finding.instead, 300))}"
    if kind is Kind.CHANGED:
        instead = f'<code style="{_MONO}">{escape(_short(finding.instead))}</code>'
    return (
        f'<tr><td style="{_CELL};white-space:nowrap">{escape(finding.place)}</td>'
        f'<td style="{_CELL};{_MONO};{_SMALL};{_NARROW}">{escape(_short(finding.code))}</td>'
        f'<td style="{_CELL}">{word}<br>{what}{instead}</td></tr>'
    )


def _plural(kind: Kind, number: int) -> str:
    words = {
        Kind.MISSING: "cannot run there",
        Kind.DIFFERS: "do something else there" if number > 1 else "does something else there",
        Kind.CHANGED: "are written anew" if number > 1 else "is written anew",
    }
    return words[kind]


def _ended(text: str) -> str:
    return text if text.endswith((".", ")")) else f"{text}."


def _short(text: str, longest: int = _LONGEST) -> str:
    one_line = "".join(one if one.isprintable() else " " for one in text.strip())
    return one_line if len(one_line) <= longest else f"{one_line[: longest - 1]}…"
