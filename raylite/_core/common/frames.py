"""A traceback as plain data: taken where the exception was, shown where the user is.

In Ray: ``RayTaskError.traceback_str`` in ``python/ray/exceptions.py``, a text made in the worker.
Here the frames travel and the text is made by the process that shows it, since that one knows the
notebook's cells: which ``Cell In[n]`` a file name stands for, and what its lines were.
"""

import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["CapturedError", "Frame", "capture", "cell_name", "format_frames", "frames_of"]

_FRAMES_SHOWN: Final = 6
"""Of a long traceback, from the beginning and from the end."""
_SUMMARY_CHARS: Final = 20_000
_MEMBERS: Final = 15
_CAUSED_BY = "The above exception was the direct cause of the following exception:"
_DURING = "During handling of the above exception, another exception occurred:"


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a traceback. Columns are byte offsets into the line, as Python has them."""

    filename: str
    lineno: int | None
    end_lineno: int | None
    colno: int | None
    end_colno: int | None
    name: str
    """Of the function."""


@dataclass(frozen=True, slots=True)
class CapturedError:
    """What there is to tell of an exception and of those that led to it."""

    frames: tuple[Frame, ...]
    summary: str
    """Type and text, as the last lines of a traceback have them."""
    earlier: "CapturedError | None" = None
    """The exception it was raised from, or while handling."""
    link: str = ""
    """The sentence between the two."""
    members: tuple["CapturedError", ...] = ()
    """Of an exception group."""


class _Frames(traceback.StackSummary):
    """Python's own layout, but for notebook cells, which have names of their own."""

    def format_frame_summary(self, frame_summary: traceback.FrameSummary, **how: Any) -> str:
        text = super().format_frame_summary(frame_summary, **how)  # From Python 3.13 on: colours.
        cell = cell_name(frame_summary.filename)
        return text.replace(f'File "{frame_summary.filename}"', cell, 1) if cell else text


def frames_of(error: BaseException, skip_prefixes: Sequence[str]) -> tuple[Frame, ...]:
    """The frames an exception passed through, outermost first.

    Args:
        error: an exception that was raised.
        skip_prefixes: beginnings of file names whose frames are left out: the runtime's own.
    """
    return _user_frames(_explained(error).stack, tuple(skip_prefixes))


def capture(error: BaseException, skip_prefixes: Sequence[str]) -> CapturedError:
    """Everything that can be told of an exception, without the exception.

    Args:
        error: an exception that was raised.
        skip_prefixes: beginnings of file names whose frames are left out.
    """
    return _captured(_explained(error), tuple(skip_prefixes))


def format_frames(frames: Sequence[Frame]) -> str:
    """The frames with their source lines, as Python's tracebacks show them.

    Of very many, as in a recursion through several functions, the first and the last.
    """
    summaries = [
        traceback.FrameSummary(
            frame.filename,
            frame.lineno,
            frame.name,
            lookup_line=False,
            end_lineno=frame.end_lineno,
            colno=frame.colno,
            end_colno=frame.end_colno,
        )
        for frame in frames
    ]
    lines = _Frames(summaries).format()
    if len(lines) > 2 * _FRAMES_SHOWN:
        number = len(lines) - 2 * _FRAMES_SHOWN
        left_out = f"  ... {number:,} more calls, not shown ...\n"
        lines = [*lines[:_FRAMES_SHOWN], left_out, *lines[-_FRAMES_SHOWN:]]
    return "".join(lines)


def cell_name(filename: str) -> str | None:
    """``Cell In[3]`` where IPython runs and made the file name for a cell, else None."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    describe = getattr(getattr(shell, "compile", None), "format_code_name", None)
    named = describe(filename) if describe else None
    return " ".join(named) if named else None


def _explained(error: BaseException) -> traceback.TracebackException:
    return traceback.TracebackException(
        type(error), error, error.__traceback__, lookup_lines=False, compact=True
    )


def _user_frames(
    stack: Sequence[traceback.FrameSummary], skip_prefixes: tuple[str, ...]
) -> tuple[Frame, ...]:
    return tuple(
        Frame(
            filename=summary.filename,
            lineno=summary.lineno,
            end_lineno=summary.end_lineno,
            colno=summary.colno,
            end_colno=summary.end_colno,
            name=summary.name,
        )
        for summary in stack
        if not (skip_prefixes and summary.filename.startswith(skip_prefixes))
    )


def _captured(
    explained: traceback.TracebackException, skip_prefixes: tuple[str, ...]
) -> CapturedError:
    earlier, link = None, ""
    if explained.__cause__ is not None:
        earlier, link = _captured(explained.__cause__, skip_prefixes), _CAUSED_BY
    elif explained.__context__ is not None and not explained.__suppress_context__:
        earlier, link = _captured(explained.__context__, skip_prefixes), _DURING
    return CapturedError(
        frames=_user_frames(explained.stack, skip_prefixes),
        summary=_cut("".join(explained.format_exception_only()).rstrip("\n")),
        earlier=earlier,
        link=link,
        members=tuple(
            _captured(one, skip_prefixes) for one in (explained.exceptions or ())[:_MEMBERS]
        ),
    )


def _cut(summary: str) -> str:
    """A message may be of any length, and the end of it is as likely to matter."""
    number = len(summary) - _SUMMARY_CHARS
    if number <= 0:
        return summary
    half = _SUMMARY_CHARS // 2
    return f"{summary[:half]}\n... {number:,} more characters, not shown ...\n{summary[-half:]}"
