"""One exercise: its task, its hints, its solution, and the checks of what a student wrote.

The task itself stands in the lesson, where it can be read without a kernel. The object is the
tool beside it: evaluated in a cell it shows what will be checked, and what else it can do.
"""

import difflib
import html
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import __main__
from raylite.exercises.markup import code, panel, rich
from raylite.exercises.report import Report, Result, Verdict
from raylite.exercises.trial import NotYet

__all__ = ["Check", "Exercise", "Note", "load"]

DEFAULT_TIME_LIMIT_S = 5.0

_MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that should be true of what a student wrote."""

    name: str
    expected: str
    run: Callable[[Mapping[str, Any], float], None]
    """Called with the student's things by name, and the seconds one trial may take; raises
    NotYet."""


class Note:
    """A short text with a title: a hint, or a solution.

    Args:
        title: one line.
        text: shown below it; code stands between backticks.
        source: a program to show below the text.
        is_folded: whether a notebook shows it only after a click.
    """

    def __init__(self, title: str, text: str, *, source: str = "", is_folded: bool = False) -> None:
        self.title = title
        self.text = text
        self.source = source
        self.is_folded = is_folded

    def __repr__(self) -> str:
        lines = [self.title, *textwrap.wrap(self.text, 96)]
        if self.source:
            lines += ["", textwrap.indent(self.source.rstrip(), "    ")]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        body = f"<p>{rich(self.text)}</p>" + (code(self.source) if self.source else "")
        title = html.escape(self.title)
        if self.is_folded:
            body = f"<details><summary><b>{title}</b></summary>{body}</details>"
        else:
            body = f"<p><b>{title}</b></p>{body}"
        return panel(self.title, body)


class Exercise:
    """A task that a student solves in a notebook.

    Args:
        name: what it is called in programs, and by :func:`load`.
        title: what it is called in texts.
        task: one sentence.
        minutes: how long it usually takes.
        asks_for: the names the student's things are to have, and what each is.
        stub: the cell a student starts from.
        hints: from a nudge to almost the answer.
        solution: a cell that passes every check.
        checks: in the order in which they are made.
        time_limit_s: seconds after which a trial of the student's class is ended.
    """

    def __init__(
        self,
        *,
        name: str,
        title: str,
        task: str,
        minutes: int,
        asks_for: Mapping[str, str],
        stub: str,
        hints: Sequence[str],
        solution: str,
        checks: Sequence[Check],
        time_limit_s: float = DEFAULT_TIME_LIMIT_S,
    ) -> None:
        self.name = name
        self.title = title
        self.task = task
        self.minutes = minutes
        self.asks_for = dict(asks_for)
        self.stub_source = stub
        self.hints = tuple(hints)
        self.solution_source = solution
        self.checks = tuple(checks)
        self.time_limit_s = time_limit_s
        self._hints_given = 0
        _exercises[name] = self

    def hint(self, number: int | None = None) -> Note:
        """The next hint, or the one of that number.

        Args:
            number: counted from 1; None: the next one, and after the last that one again.

        Raises:
            ValueError: if there is no hint of that number.
        """
        count = len(self.hints)
        if number is None:
            number = min(self._hints_given + 1, count)
        if not 1 <= number <= count:
            msg = f"hint({number!r}): {self.title} has the hints 1 to {count}."
            raise ValueError(msg)
        self._hints_given = max(self._hints_given, number)
        left = count - number
        more = f"{left} more: run {self.name}.hint() again" if left else "the last one"
        return Note(f"Hint {number} of {count} ({more})", self.hints[number - 1])

    def solution(self) -> Note:
        """One way to solve it; a notebook shows it after a click."""
        return Note(
            f"A solution of {self.title}: open it when you have tried",
            "Yours may look different and be as good: what counts is that the checks pass.",
            source=self.solution_source,
            is_folded=True,
        )

    def check(self, *things: Any) -> Report:
        """Try what the student wrote, and say what is right and what is not there yet.

        The classes run in fresh actors, which are ended afterwards; actors of the notebook's own
        are left alone.

        Args:
            things: in the order of ``asks_for``; those left out are looked up in the notebook
                under the names the exercise asks for.

        Raises:
            TypeError: if there are more things than the exercise asks for.
        """
        if len(things) > len(self.asks_for):
            expected = ", ".join(self.asks_for)
            msg = f"{self.name}.check() takes {expected} at most, but got {len(things)} arguments."
            raise TypeError(msg)
        given = dict(zip(self.asks_for, things, strict=False))
        found = {name: given.get(name, _in_notebook(name)) for name in self.asks_for}
        results = self._missing(found) or self._tried(found)
        next_step = (
            f"Look at the first ✗, change your cell, run it, and check again. "
            f"Stuck? `{self.name}.hint()`"
        )
        return Report(self.title, results, next_step)

    def _missing(self, found: Mapping[str, Any]) -> list[Result]:
        """What to say where a name does not exist; empty if all do."""
        missing = [name for name, thing in found.items() if thing is _MISSING]
        if not missing:
            return []
        name = missing[0]
        near = difflib.get_close_matches(name, _names_in_notebook(), n=1, cutoff=0.5)
        advice = (
            f"There is `{near[0]}`. If that is yours, call it `{name}`."
            if near
            else f"Run the cell that makes `{name}` first; if it raised an error, mend that."
        )
        first = Result(
            check=f"The notebook has the name `{name}`",
            verdict=Verdict.NOT_YET,
            expected=f"`{name}`: {self.asks_for[name]}",
            came=f"nothing is called `{name}` in this notebook",
            advice=advice,
        )
        return [first, *map(_not_checked, self.checks)]

    def _tried(self, found: Mapping[str, Any]) -> list[Result]:
        results: list[Result] = []
        is_over = False
        for check in self.checks:
            if is_over:
                results.append(_not_checked(check))
                continue
            try:
                check.run(found, self.time_limit_s)
            except NotYet as finding:
                is_repeated = any(finding.advice == result.advice for result in results)
                advice = "the same as above." if is_repeated else finding.advice
                results.append(_failed(check, finding, advice))
                is_over = finding.is_final
            else:
                results.append(Result(check=check.name, verdict=Verdict.PASSED))
        return results

    def __repr__(self) -> str:
        lines = [f"Exercise {self.title} (about {self.minutes} min)", self.task, ""]
        lines += ["What will be checked:", *(f"  - {check.name}" for check in self.checks), ""]
        lines += [f"{call:28} {what}" for call, what in self._commands()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        checks = "".join(f"<li>{rich(check.name)}</li>" for check in self.checks)
        commands = "".join(
            f'<tr><th scope="row" style="text-align:left"><code>{html.escape(call)}</code></th>'
            f'<td style="text-align:left">{html.escape(what)}</td></tr>'
            for call, what in self._commands()
        )
        title = f"Exercise {self.title}"
        return panel(
            title,
            f"<p><b>{html.escape(title)}</b> (about {self.minutes} min)</p>"
            f"<p>{rich(self.task)}</p><p>What will be checked:</p><ul>{checks}</ul>"
            f'<table><caption style="text-align:left">What it can do for you</caption>'
            f"<tbody>{commands}</tbody></table>",
        )

    def _commands(self) -> list[tuple[str, str]]:
        return [
            (f"{self.name}.check()", "try what you wrote"),
            (f"{self.name}.hint()", f"the next of {len(self.hints)} hints"),
            (f"{self.name}.solution()", "one solution, folded up"),
        ]


_exercises: dict[str, Exercise] = {}


def load(name: str) -> Exercise:
    """The exercise of that name.

    Raises:
        ValueError: if there is none; it names those there are.
    """
    if name not in _exercises:
        msg = f"There is no exercise {name!r}. There are: {', '.join(sorted(_exercises))}."
        raise ValueError(msg)
    return _exercises[name]


def _failed(check: Check, finding: NotYet, advice: str) -> Result:
    return Result(
        check=check.name,
        verdict=Verdict.NOT_YET,
        expected=check.expected,
        came=finding.came,
        advice=advice,
    )


def _not_checked(check: Check) -> Result:
    return Result(check=check.name, verdict=Verdict.NOT_CHECKED)


def _in_notebook(name: str) -> Any:
    return vars(__main__).get(name, _MISSING)


def _names_in_notebook() -> list[str]:
    return [name for name in vars(__main__) if not name.startswith("_")]
