"""Waiting with a picture of how far it is.

In Ray: ``python/ray/experimental/tqdm_ray.py``, and the loops around ``ray.wait`` that every
course has. The thread that waits also draws, ten times a second: there is no other thread whose
output could land in another cell.

The caller's side of it is :func:`raylite.progress`, which explains the arguments.
"""

# ruff: noqa: SLF001  # an API's own names, in the same package

import sys
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

import raylite
from raylite import _engine
from raylite._actor_method import ActorMethod
from raylite.actor import ActorHandle
from raylite.exceptions import GetTimeoutError, RayError, RaySystemError
from raylite.notebook.bars.model import (
    Pace,
    Phase,
    ProgressView,
    Reading,
    bars_of,
    mean_fraction,
    read_progress,
)
from raylite.notebook.bars.terminal import TerminalDisplay
from raylite.object_ref import ObjectRef

__all__ = ["Display", "display_for_here", "progress"]

TICK_S: Final = 0.1
"""Between two looks: ten drawings a second are smooth, and cost next to nothing."""
TICK_PER_REF_S: Final = 20e-6
"""Added for each ref, since a look at ten thousand takes its time: it is not to cost a CPU."""
QUIET_S: Final = 0.5
"""What is over in less than this is not shown."""
LAST_WORD_S: Final = 0.5
"""How long the method that reports may take to say that all is done."""

Method = ActorMethod | Callable[[], Any]


class Display(Protocol):
    """Where progress is drawn."""

    def show(self, view: ProgressView) -> None:
        """Draw, the first time in a new place."""
        ...

    def finish(self, view: ProgressView) -> None:
        """Draw for the last time; nothing, if nothing was drawn before."""
        ...


def display_for_here() -> Display:
    """The cell in a notebook, else the terminal."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if getattr(shell, "kernel", None) is None:
        return TerminalDisplay()
    # Loads the widgets' packages, which a terminal has no use for.
    from raylite.notebook.bars.widget import NotebookDisplay  # noqa: PLC0415  # loads the widgets' packages, which a terminal has no use for

    return NotebookDisplay()


class _Reporter:
    """Asks a function or an actor's method how far it is. One question at a time is under way."""

    def __init__(self, method: Method, total: float | None) -> None:
        self._method = method
        self._total = total
        self._answer: ObjectRef[Any] | None = None
        self.value: Any = None
        self.readings: list[Reading] = []
        self.trouble: RayError | None = None
        """Why there will be no further answers."""

    def ask(self) -> list[ObjectRef[Any]]:
        """Have a question under way, if it is an actor that is asked.

        Returns:
            What the answer will be, in a list; empty if there is nothing to wait for.
        """
        if self.trouble is not None or not isinstance(self._method, ActorMethod):
            return []
        if self._answer is None:
            self._answer = self._method.remote()
        return [self._answer]

    def look(self, wait_s: float) -> None:
        """Take the answer, if it comes within that many seconds.

        Raises:
            TypeError: if it is not about progress.
            ValueError: likewise.
        """
        if not isinstance(self._method, ActorMethod):
            self._take(self._method())
        if self._answer is None:
            return
        try:
            value = raylite.get(self._answer, timeout=wait_s)
        except GetTimeoutError:
            return
        except RayError as error:
            # The actor is dead, or its method raised: the tasks are still worth waiting for.
            self.trouble, self._answer = error, None
            return
        self._answer = None
        self._take(value)

    def _take(self, value: Any) -> None:
        self.value, self.readings = value, read_progress(value, self._total)

    @property
    def fraction(self) -> float:
        """As far as was told."""
        return mean_fraction(self.readings, self._total if isinstance(self.value, dict) else None)


class _Watch:
    """What is waited for, and how far it is."""

    def __init__(self, refs: list[ObjectRef[Any]], reporter: _Reporter | None, desc: str) -> None:
        self._refs = list(dict.fromkeys(refs))
        self._pending = self._refs
        self._num_failed = 0
        self._reporter = reporter
        self._desc = desc
        self._pace = Pace()
        self._began_s = time.monotonic()
        self._session = _engine.get_or_none()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began_s

    def step(self) -> bool:
        """Wait for a moment; whether there is more to wait for.

        Raises:
            RaySystemError: if the session has ended.
            RayError: if nobody reports any more and there is nothing else to go by.
        """
        began_s = time.monotonic()
        if self._refs and not self._session_lives():
            # Anything else would start another session, which knows nothing of these refs.
            msg = "progress() was waiting for tasks of a session that has ended meanwhile."
            raise RaySystemError(msg)
        answer = self._reporter.ask() if self._reporter is not None else []
        awaited = [*self._pending, *answer]
        if awaited:
            tick_s = TICK_S + TICK_PER_REF_S * len(awaited)
            ready, rest = raylite.wait(awaited, num_returns=len(awaited), timeout=tick_s)
            self._pending = [ref for ref in rest if ref not in answer]
            ended = [ref for ref in ready if ref not in answer]
            self._num_failed += sum(ref._has_failed() for ref in ended)
        if self._reporter is not None:
            all_done = bool(self._refs) and not self._pending
            self._reporter.look(LAST_WORD_S if all_done else 0.0)
            if all_done:
                # The last word counts: what was asked before the tasks ended may be older.
                self._reporter.ask()
                self._reporter.look(LAST_WORD_S)
            if not self._refs and self._reporter.trouble is not None:
                raise self._reporter.trouble
        more = bool(self._pending) if self._refs else self._fraction() < 1
        if more:
            # Whoever is asked may answer at once, and need not be asked again that soon.
            time.sleep(max(TICK_S - (time.monotonic() - began_s), 0))
        return more

    def _session_lives(self) -> bool:
        return self._session is not None and _engine.get_or_none() is self._session

    def _fraction(self) -> float:
        reporter, total = self._reporter, len(self._refs)
        tells = reporter is not None and reporter.trouble is None and reporter.readings
        if reporter is not None and tells and (self._pending or not total):
            return reporter.fraction
        # Nobody has reported, or nobody does any more: there are the tasks to count.
        return (total - len(self._pending)) / total if total else 0.0

    def view(self, stopped_by: BaseException | None = None) -> ProgressView:
        """What is to be seen at the moment, or at the end, if something ended the watching."""
        fraction, elapsed_s = self._fraction(), self.elapsed_s
        reporter = self._reporter
        readings = reporter.readings if reporter is not None else []
        bars, more = bars_of(readings) if any(one.label for one in readings) else ((), "")
        ended = Phase.FAILED if self._num_failed else Phase.DONE
        phase = ended if fraction >= 1 else Phase.RUNNING
        total = len(self._refs)
        return ProgressView(
            title=self._desc,
            phase=Phase.STOPPED if stopped_by is not None else phase,
            fraction=fraction,
            failed_fraction=min(self._num_failed / total, fraction) if total else 0.0,
            counts=self._counts(readings),
            num_failed=self._num_failed,
            elapsed_s=elapsed_s,
            remaining_s=self._pace.remaining_s(fraction, elapsed_s),
            bars=bars,
            more=more,
            note=self._note(stopped_by),
        )

    def _note(self, stopped_by: BaseException | None) -> str:
        trouble = self._reporter.trouble if self._reporter is not None else None
        if isinstance(stopped_by, KeyboardInterrupt):
            return "Interrupted; the work goes on."
        if stopped_by is not None:
            return f"Ended by {_class_name(stopped_by)}."
        return f"No report any more: {_class_name(trouble)}." if trouble is not None else ""

    def _counts(self, readings: list[Reading]) -> str:
        total = len(self._refs)
        if total:
            word = "task" if total == 1 else "tasks"
            return f"{total - len(self._pending)} of {total} {word}"
        if len(readings) == 1 and not readings[0].is_fraction and not readings[0].label:
            return f"{readings[0].done:,.12g} of {readings[0].total:,.12g}"
        return ""


def progress(what: Any, *, by: Method | None, desc: str, total: float | None) -> None:
    """Wait, and show how far it is; see :func:`raylite.progress`.

    Raises:
        TypeError: if ``what`` or ``by`` is nothing that can be watched.
        KeyboardInterrupt: when interrupted; the tasks go on.
    """
    refs, method = _checked(what, by)
    if not refs and method is None:
        return
    reporter = None if method is None else _Reporter(method, total)
    _run(_Watch(refs, reporter, desc or _title(method)), display_for_here())


def _run(watch: _Watch, display: Display) -> None:
    try:
        while watch.step():
            if watch.elapsed_s >= QUIET_S:
                display.show(watch.view())
    except BaseException as error:
        display.finish(watch.view(error))
        if isinstance(error, KeyboardInterrupt):
            # A notebook shows this instead of the place where the waiting happened to be.
            said = ["KeyboardInterrupt: progress() was interrupted; the work goes on."]
            error._render_traceback_ = lambda: said  # type: ignore[attr-defined]  # IPython's hook
        raise
    display.finish(watch.view())


def _checked(what: Any, by: Any) -> tuple[list[ObjectRef[Any]], Method | None]:
    if by is not None and not _is_method(by):
        msg = (
            f"progress(..., by={by!r}): this has to be a function or an actor's method, without "
            "brackets: by=actor.get_progress."
        )
        raise TypeError(msg)
    if isinstance(what, ObjectRef):
        return [what], by
    if _is_method(what) and by is None:
        return [], what
    found = _listed(what)
    if found is not None:
        refs = found
        wrong = next((one for one in refs if not isinstance(one, ObjectRef)), None)
        if wrong is None and (refs or by is None):
            return refs, by
        if wrong is not None:
            what = wrong
    msg = (
        "progress() takes what .remote() returned, a list of that, an actor's method or a "
        f"function; it got {what!r} of type {type(what).__name__}."
    )
    raise TypeError(msg)


def _listed(what: Any) -> list[Any] | None:
    """What is in it; None if nothing can be."""
    try:
        return list(what)
    except TypeError:
        return None


def _is_method(thing: Any) -> bool:
    if isinstance(thing, (ActorHandle, ObjectRef)):  # They can be called only to say no.
        return False
    return isinstance(thing, ActorMethod) or (callable(thing) and not hasattr(thing, "remote"))


def _title(method: Method | None) -> str:
    """What stands before a bar that was given no name."""
    if isinstance(method, ActorMethod):
        return repr(method).removeprefix("ActorMethod(").removesuffix(")")
    return "Progress"


def _class_name(error: BaseException) -> str:
    return type(error).__name__
