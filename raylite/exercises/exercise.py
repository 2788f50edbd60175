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
import raylite as ray
from raylite.exceptions import RayError
from raylite.exercises import diary
from raylite.exercises.markup import code, panel, rich
from raylite.exercises.misunderstandings import named
from raylite.exercises.report import Report, Result, Verdict
from raylite.exercises.trial import NotYet

__all__ = ["Check", "Exercise", "Note", "load", "names"]

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
        lesson: the file of its lesson, without ``.ipynb``.
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
        lesson: str = "",
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
        self.lesson = lesson
        self.minutes = minutes
        self.asks_for = dict(asks_for)
        self.stub_source = stub
        self.hints = tuple(hints)
        self.solution_source = solution
        self.checks = tuple(checks)
        self.time_limit_s = time_limit_s
        self._hints_given = 0
        self._checks_made = 0
        self._is_done = False
        self._is_sure = False
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
        _noted(self.name, num_hints=number)
        left = count - number
        more = f"{left} more: run {self.name}.hint() again" if left else "the last one"
        return Note(f"Hint {number} of {count} ({more})", self.hints[number - 1])

    def solution(self) -> Note:
        """One way to solve it, when it is asked for once more; a notebook folds it up.

        Who asks for the first time is asked back, unless all checks were passed before.
        """
        known = self._known()
        if not (self._is_sure or known.is_done):
            self._is_sure = True
            title = f"The solution of {self.title}: now already?"
            return Note(title, self._asked_back(known.num_checks))
        _noted(self.name, saw_solution=True)
        return Note(
            f"A solution of {self.title}: open it when you have tried",
            "Yours may look different and be as good: what counts is that the checks pass.",
            source=self.solution_source,
            is_folded=True,
        )

    def _known(self) -> diary.Entry:
        """What was kept of it; where nothing can be, what this process knows."""
        own = diary.Entry(num_checks=self._checks_made, is_done=self._is_done)
        try:
            return diary.entries().get(self.name, own)
        except diary.NotKeptError:
            return own

    def _asked_back(self, num_checks: int) -> str:
        left = len(self.hints) - self._hints_given
        times = {0: "not checked yet", 1: "checked once"}
        checked = f"You have {times.get(num_checks, f'checked {num_checks} times')}."
        hint = f"`{self.name}.hint()` has {left} more for you." if left else "All hints are read."
        return (
            f"{checked} {hint} What you find yourself, you keep. To read the solution all the "
            f"same, run `{self.name}.solution()` once more."
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
        return self.check_in({**vars(__main__), **given})

    def check_in(self, names: Mapping[str, Any]) -> Report:
        """The same for what some names stand for, as those of a notebook do.

        Args:
            names: whatever is known; the exercise takes what it asks for.
        """
        found = {name: names.get(name, _MISSING) for name in self.asks_for}
        results = self._missing(found, names) or self._tried(found)
        self._checks_made += 1
        is_done = all(result.verdict is Verdict.PASSED for result in results)
        self._is_done = self._is_done or is_done
        not_kept = _noted(self.name, checks=1, is_done=is_done)
        next_step = (
            f"Look at the first ✗, change your cell, run it, and check again. "
            f"Stuck? `{self.name}.hint()`"
        )
        return Report(self.title, results, next_step, not_kept)

    def _missing(self, found: Mapping[str, Any], known: Mapping[str, Any]) -> list[Result]:
        """What to say where a name does not exist; empty if all do."""
        missing = [name for name, thing in found.items() if thing is _MISSING]
        if not missing:
            return []
        name = missing[0]
        own = [one for one in known if not one.startswith("_")]
        near = difflib.get_close_matches(name, own, n=1, cutoff=0.5)
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
                _run(check, found, self.time_limit_s)
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
            (f"%%check {self.name}", "the same, as the first line of your cell"),
            (f"{self.name}.hint()", f"the next of {len(self.hints)} hints"),
            (f"{self.name}.solution()", "one solution, when asked for twice"),
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


def names() -> list[str]:
    """What the exercises are called, in the order of the lessons."""
    return sorted(_exercises, key=lambda name: (_exercises[name].lesson, _exercises[name].title))


def _noted(name: str, **news: Any) -> str:
    """Keep what a student has done; empty, or why it cannot be kept."""
    try:
        diary.note(name, **news)
    except diary.NotKeptError as error:
        return str(error)
    return ""


def _run(check: Check, found: Mapping[str, Any], limit_s: float) -> None:
    """Make one check.

    Raises:
        NotYet: also for an error that no check has thought of.
    """
    try:
        check.run(found, limit_s)
    except NotYet:
        raise
    except Exception as error:
        is_over = isinstance(error, RuntimeError) and not ray.is_initialized()
        if is_over or isinstance(error, RayError):
            advice = "Run the cell with `ray.init` again, then your own cell, and check once more."
            came = f"the session did not go on: {named(error)}"
            raise NotYet(came=came, advice=advice, is_final=True) from None
        came = f"a value that cannot be looked at: that raised {named(error)}"
        advice = (
            "Plain values are wanted: numbers, texts, lists. Does a class of yours define `__eq__` "
            "or another method with underscores? Then mend that first."
        )
        raise NotYet(came=came, advice=advice, is_final=True) from None


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
