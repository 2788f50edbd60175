"""``raylite.exercises.progress()``: what is done and what is open, as a table and as text.

In Ray: nothing like it. Where it is kept: :mod:`~raylite.exercises.diary`.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from raylite.exercises import diary
from raylite.exercises.exercise import Exercise, load, names
from raylite.exercises.markup import badge

__all__ = ["Progress", "Row", "progress"]

_ICONS: Final = {"done": "✓", "begun": "…", "open": "·"}
_NONE: Final = "-"
_CELL: Final = "text-align:left;vertical-align:top;padding:3px 18px 3px 0"
_SMALL: Final = "font-size:var(--jp-ui-font-size1,13px)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One exercise."""

    lesson: str
    """The file of its lesson, without ``.ipynb``."""
    name: str
    title: str
    entry: diary.Entry
    num_hints: int
    """How many there are."""

    @property
    def state(self) -> str:
        """``done``, ``begun`` or ``open``."""
        if self.entry.is_done:
            return "done"
        return "begun" if self.entry != diary.Entry() else "open"

    def checks(self) -> str:
        """How often it was checked."""
        return str(self.entry.num_checks or _NONE)

    def hints(self) -> str:
        """What help there was."""
        entry = self.entry
        hints = f"{entry.num_hints} of {self.num_hints}" if entry.num_hints else _NONE
        return f"{hints}, and the solution" if entry.saw_solution else hints


class Progress:
    """What is done and what is open.

    Args:
        rows: the exercises, in the order of the lessons.
        kept: where that is kept, or why it is not.
    """

    def __init__(self, rows: Sequence[Row], kept: str) -> None:
        self.rows = tuple(rows)
        self._kept = kept

    @property
    def headline(self) -> str:
        """The outcome in a sentence, and what comes next."""
        num_done = sum(row.state == "done" for row in self.rows)
        done = f"{num_done} of {len(self.rows)} exercises are done."
        left = [row for row in self.rows if row.state != "done"]
        if not left:
            return f"{done} That is the whole course: well done!"
        return f"{done} Next: {left[0].title}, in {left[0].lesson}.ipynb."

    def __repr__(self) -> str:
        table = [("", "Exercise", "Lesson", "Checks", "Hints")]
        table += [
            (f"{_ICONS[row.state]} {row.state}", row.title, row.lesson, row.checks(), row.hints())
            for row in self.rows
        ]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
            for line in table
        ]
        return "\n".join([self.headline, "", *lines, "", self._kept])

    def _repr_html_(self) -> str:
        """The table that a notebook shows."""
        heads = "".join(
            f'<th scope="col" style="{_CELL}">{text}</th>'
            for text in ("State", "Exercise", "Lesson", "Checks", "Hints")
        )
        return (
            '<table style="max-width:62em">'
            '<caption style="text-align:left;white-space:nowrap;font-weight:600">'
            f"{html.escape(self.headline)}</caption><thead><tr>{heads}</tr></thead>"
            f"<tbody>{''.join(map(_html_row, self.rows))}</tbody></table>"
            f'<p style="{_SMALL}">{html.escape(self._kept)}</p>'
        )


def _html_row(row: Row) -> str:
    lesson = html.escape(row.lesson)
    cells = [
        badge(_ICONS[row.state], row.state),
        f'<a href="{lesson}.ipynb">{lesson}</a>',
        row.checks(),
        html.escape(row.hints()),
    ]
    first, *others = (f'<td style="{_CELL}">{cell}</td>' for cell in cells)
    title = f'<th scope="row" style="{_CELL};font-weight:normal">{html.escape(row.title)}</th>'
    return f"<tr>{first}{title}{''.join(others)}</tr>"


def progress() -> Progress:
    """What of the course is done, and what is open; kept in a file beside your notebooks.

    Each check and each hint notes itself there. Nothing leaves this computer.
    """
    known: dict[str, diary.Entry] = {}
    try:
        known = diary.entries()
        path = diary.place()
        kept = f"Kept in {path}, and nowhere else." if path else "Nothing of it is kept."
    except diary.NotKeptError as error:
        kept = str(error)
    return Progress([_row(load(name), known) for name in names()], kept)


def _row(exercise: Exercise, known: dict[str, diary.Entry]) -> Row:
    return Row(
        lesson=exercise.lesson,
        name=exercise.name,
        title=exercise.title,
        entry=known.get(exercise.name, diary.Entry()),
        num_hints=len(exercise.hints),
    )
