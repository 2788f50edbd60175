"""What a check found, as a table for people: in the notebook, in a terminal, read aloud.

A report says for each check what was expected, what came, and what probably led there. It never
shows how the check was made.
"""

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from raylite.exercises.markup import badge, rich

__all__ = ["Report", "Result", "Verdict"]


class Verdict(Enum):
    """How one check ended: a word, never a colour alone."""

    PASSED = "passed"
    NOT_YET = "not yet"
    NOT_CHECKED = "not checked"


_LEFT = "text-align:left;vertical-align:top"
"""Notebooks would put a cell's text to the right."""

_ICONS = {Verdict.PASSED: "✓", Verdict.NOT_YET: "✗", Verdict.NOT_CHECKED: "·"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of a report."""

    check: str
    """The check's name: what should be true."""
    verdict: Verdict
    expected: str = ""
    came: str = ""
    advice: str = ""
    """The likely misunderstanding, and what to try."""

    def details(self) -> list[tuple[str, str]]:
        """What there is to say beside the verdict, each with its label."""
        rows = [("Expected", self.expected), ("Came", self.came), ("Likely", self.advice)]
        return [(label, text) for label, text in rows if text]


class Report:
    """The results of all checks of one exercise.

    Args:
        title: the exercise's.
        results: in the order of the checks.
        next_step: a sentence for those who are not done yet.
        note: a sentence that stands at the end, whatever the outcome.
    """

    def __init__(
        self, title: str, results: Sequence[Result], next_step: str, note: str = ""
    ) -> None:
        self.title = title
        self.results = tuple(results)
        self._next_step = next_step
        self._note = note

    @property
    def passed(self) -> bool:
        """Whether every check was passed."""
        return all(result.verdict is Verdict.PASSED for result in self.results)

    @property
    def headline(self) -> str:
        """The outcome in one sentence."""
        count = sum(result.verdict is Verdict.PASSED for result in self.results)
        return f"{self.title}: {count} of {len(self.results)} checks passed."

    @property
    def closing(self) -> str:
        """What comes next."""
        closing = "Well done: that is all of it." if self.passed else self._next_step
        return f"{closing} {self._note}".rstrip()

    def __repr__(self) -> str:
        lines = [self.headline]
        for result in self.results:
            lines.append(f"  {_ICONS[result.verdict]} {result.verdict.value}: {result.check}")
            for label, text in result.details():
                indent = " " * 6
                hanging = " " * (len(indent) + len(label) + 2)
                lines += textwrap.wrap(
                    f"{label}: {text}", 96, initial_indent=indent, subsequent_indent=hanging
                )
        return "\n".join([*lines, self.closing])

    def _repr_html_(self) -> str:
        """The table that a notebook shows."""
        rows = "".join(map(_row, self.results))
        return (
            '<table style="max-width:62em">'
            f'<caption style="{_LEFT};white-space:nowrap;font-weight:600">'
            f"{html.escape(self.headline)}</caption>"
            f'<thead><tr><th scope="col" style="{_LEFT}">Result</th>'
            f'<th scope="col" style="{_LEFT}">Check</th></tr></thead>'
            f"<tbody>{rows}</tbody></table><p>{rich(self.closing)}</p>"
        )


def _row(result: Result) -> str:
    details = "".join(
        f'<div style="margin-top:4px"><b>{label}:</b> {rich(text)}</div>'
        for label, text in result.details()
    )
    return (
        f'<tr><td style="{_LEFT}">{badge(_ICONS[result.verdict], result.verdict.value)}</td>'
        f'<th scope="row" style="{_LEFT};font-weight:normal">{rich(result.check)}{details}</th>'
        "</tr>"
    )
