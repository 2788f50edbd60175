"""A slip that raylite refuses is shown with the user's lines alone, not with raylite's own.

In Ray: nothing like it.

``f.options(num_cpus="2")`` raises a sentence that says what to write; the thirty lines of the
functions that have checked it would only hide it. They are cut from what the cell shows, if
raylite has raised the error by a ``raise`` of its own; an error that it did not mean to raise is
shown whole. An interrupt is shown where it found the user's code, wherever raylite waited then.
"""

import linecache
import os
import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from raylite._explain import hint_for
from raylite.exceptions import RayError

__all__ = ["hide_own_lines", "show_own_lines", "up_to_own_lines", "without_own_lines"]

_OURS: Final = str(Path(__file__).parents[2]) + os.sep
_IMPORT: Final = "<frozen importlib"


def hide_own_lines(shell: Any) -> None:
    """Have the shell show tracebacks without raylite's lines at their end. Twice is harmless."""
    if "showtraceback" in vars(shell):
        return
    show = shell.showtraceback

    def show_cut(exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        kind, error, trace = sys.exc_info() if exc_tuple is None else exc_tuple
        _add_hint(error)
        if isinstance(error, KeyboardInterrupt):
            trace = up_to_own_lines(trace)
            _forget_what_we_had_caught(error, trace)
        else:
            trace = without_own_lines(trace)
        if trace is not None:
            exc_tuple = kind, error, trace
        show(exc_tuple, *args, **kwargs)

    shell.showtraceback = show_cut


def show_own_lines(shell: Any) -> None:
    """Take that back."""
    vars(shell).pop("showtraceback", None)


def _add_hint(error: Any) -> None:
    """Have a well-known slip followed by what to write instead. Twice is harmless."""
    if not isinstance(error, BaseException) or isinstance(error, RayError):  # That says it itself.
        return
    hint = hint_for(error)
    note = f"Hint: {hint}"
    if hint and note not in getattr(error, "__notes__", ()):
        with suppress(TypeError):  # The user may have put something else where notes are.
            error.add_note(note)


def _forget_what_we_had_caught(error: KeyboardInterrupt, shown: types.TracebackType | None) -> None:
    """An interrupt may come while raylite handles an error of its own; the user's are told."""
    frames = [step.tb_frame for step in _steps(shown)]
    earlier = error.__context__
    while earlier is not None and _handled_in(earlier) not in frames:
        earlier = earlier.__context__
    error.__context__ = earlier


def _handled_in(error: BaseException) -> types.FrameType | None:
    return error.__traceback__.tb_frame if error.__traceback__ is not None else None


def without_own_lines(trace: types.TracebackType | None) -> types.TracebackType | None:
    """The traceback up to the last line that is not raylite's, if raylite meant to raise."""
    steps = list(_steps(trace))
    if not steps or not _is_ours(steps[-1]) or not _raises(steps[-1]):
        return trace
    while steps and (_is_ours(steps[-1]) or _file(steps[-1]).startswith(_IMPORT)):
        steps.pop()
    return _joined(steps) if steps else trace


def up_to_own_lines(trace: types.TracebackType | None) -> types.TracebackType | None:
    """The traceback up to the first line that is raylite's."""
    steps = list(takewhile(lambda step: not _is_ours(step), _steps(trace)))
    if steps and _file(steps[-1]).startswith(_IMPORT):  # Of a file that is being imported.
        steps = list(takewhile(lambda step: not _file(step).startswith(_IMPORT), steps))
    return _joined(steps) if steps else trace


def _joined(steps: Sequence[types.TracebackType]) -> types.TracebackType | None:
    cut: types.TracebackType | None = None
    for step in reversed(steps):
        cut = types.TracebackType(cut, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return cut


def _steps(trace: types.TracebackType | None) -> Iterator[types.TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _file(step: types.TracebackType) -> str:
    return step.tb_frame.f_code.co_filename


def _is_ours(step: types.TracebackType) -> bool:
    return _file(step).startswith(_OURS)


def _raises(step: types.TracebackType) -> bool:
    return linecache.getline(_file(step), step.tb_lineno).lstrip().startswith("raise")
