"""What user code prints: whole lines, marked with who printed them, and for which cell.

In Ray: ``python/ray/_private/log_monitor.py`` and the magic tokens of ``ray_logging``. Left out
here: log files.

Standard output and error of a worker are pipes that the fork server reads. Python's streams are
replaced by :class:`MarkedStream`, which puts a marker line ahead of what it writes. Markers are in
band, so that they cannot come before or after the lines they belong to. Who prints is looked up
when something is printed, so that a call which prints nothing pays nothing for it.
"""

import contextlib
import io
import os
import sys
import threading
import time
from typing import Any, Final

from raylite._core.common.worker_output import (
    LINE_CHARS,
    MARK,
    PICTURE,
    shown_name,
    without_rest,
)
from raylite._core.core_worker.task_execution.executing_call import CURRENT

__all__ = ["MarkedStream", "OutputState", "redirect_output"]

_HARMLESS: Final = "\N{SYMBOL FOR RECORD SEPARATOR}"
_MARK_S: Final = 0.02
_REWRITTEN_S: Final = 1.0
"""How often a line is shown that is written over again and again, as a bar of progress is."""


class OutputState:
    """What both streams of a process share."""

    def __init__(self) -> None:
        self.actor_name = ""
        """Who prints, in an actor's process."""
        self.task_name = ""
        """The function that was called last, in any other."""
        self.origin = -1
        """Of the call that began last: of what is printed outside of any call."""
        self.printed = False
        """Whether anything was printed outside of any call since the flag was last taken down."""
        self.streams: tuple[MarkedStream, ...] = ()
        self._marked_s = 0.0
        self._latest_marker: tuple[str, int, str] | None = None

    def begin_for(self, origin: int, task_name: str = "", now_s: float = 0.0) -> None:
        """Another cell has caused what runs from here on, or it is another function.

        What is written past Python, as by a child process, comes after the last marker. Where short
        tasks of several functions take turns, not each writes one.

        Args:
            origin: of the cell.
            task_name: the function's, in a process that is no actor's.
            now_s: the time.
        """
        is_due = origin != self.origin or now_s > self._marked_s + _MARK_S
        self.origin, self.task_name = origin, task_name
        self._latest_marker = None
        if is_due or self.actor_name:
            self._marked_s = now_s
            for stream in self.streams:
                stream.mark()

    def marker(self) -> str:
        """Who prints now, and the cell that has caused it."""
        call = CURRENT.get()
        origin, name = self.origin, self.actor_name
        if call is not None:
            origin, name = call.origin, name or call.given_name or call.name
        latest = self._latest_marker  # As one: threads take turns anywhere.
        if latest is None or latest[0] is not name or latest[1] != origin:
            text = f"{MARK}{max(origin, 0):x} {shown_name(name or self.task_name)}\n"
            latest = self._latest_marker = (name, origin, text)
        return latest[2]

    def note_printed(self) -> None:
        """The code that runs here has printed, or has used the value of a call that has."""
        call = CURRENT.get()
        if call is None:
            self.printed = True
        else:
            call.has_printed = True

    def finish(self, call: object) -> None:
        """A call has ended: write what there is of a line of its own."""
        for stream in self.streams:
            stream.finish(call)

    def finish_all(self) -> None:
        """The process ends."""
        for stream in self.streams:
            with contextlib.suppress(OSError):
                stream.finish_all()


class _Beginning:
    """What there is of a line."""

    __slots__ = ("left_out", "parts", "rewritten", "shown_s", "size")

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.size = 0
        self.left_out = 0
        self.rewritten = False
        """It was written over: a bar of progress, most often."""
        self.shown_s = 0.0

    def add(self, text: str) -> None:
        if "\r" in text:
            text = text.rpartition("\r")[2]
            self.parts.clear()
            self.size = self.left_out = 0
            self.rewritten = True
        size = self.size + len(text)
        if size > LINE_CHARS:
            self.left_out += size - LINE_CHARS
            text, size = text[: LINE_CHARS - self.size], LINE_CHARS
        self.parts.append(text)
        self.size = size

    def take(self) -> str:
        parts, self.parts = self.parts, []
        line = parts[0] if len(parts) == 1 else "".join(parts)
        if self.left_out:
            line = without_rest(line, self.left_out)
        self.size = self.left_out = 0
        return line


class MarkedStream(io.TextIOBase):
    """A text stream to a file descriptor that writes whole lines.

    Each call, and each thread outside of any, has a line of its own that it begins.

    Args:
        fd: where to.
        state: shared with the other stream.
    """

    def __init__(self, fd: int, state: OutputState) -> None:
        self._fd = fd
        self._state = state
        self._begun: dict[object, _Beginning] = {}
        # Python may delete something of the user's in between, which may print as well.
        self._lock = threading.RLock()
        os.register_at_fork(after_in_child=self._begin_anew)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # The base class declares an attribute.
        """Always UTF-8."""
        return "utf-8"

    @property
    def buffer(self) -> "_Bytes":
        """For code that writes bytes."""
        return _Bytes(self)

    def reconfigure(self, **_options: Any) -> None:
        """Do nothing: there is nothing to configure."""

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """The descriptor, for code that writes past Python."""
        return self._fd

    def write(self, text: str, /) -> int:
        """Take text; whole lines go out at once."""
        call = CURRENT.get()
        if call is None:
            self._state.printed = True
        else:
            call.has_printed = True
        key = call or threading.get_ident()
        lines, newline, rest = text.rpartition("\n")
        if newline:
            begun = self._begun.pop(key, None)
            if begun is not None and lines:
                first, newline, lines = lines.partition("\n")
                begun.add(first.removesuffix("\r"))
                lines = begun.take() + newline + lines
            elif begun is not None:  # As print ends a line.
                lines = begun.take()
            self._emit(lines)
        if rest:
            begun = self._begun.get(key)
            if begun is None:
                begun = self._begun[key] = _Beginning()
            begun.add(rest)
        return len(text)

    def flush(self) -> None:
        """Write what there is of a line, as a line."""
        key = CURRENT.get() or threading.get_ident()
        begun = self._begun.get(key)
        if begun is None or not begun.parts:
            return
        if begun.rewritten:
            now_s = time.monotonic()
            if now_s - begun.shown_s < _REWRITTEN_S:
                return
            begun.shown_s = now_s
        self._emit(begun.take())

    def finish(self, key: object) -> None:
        """Write what a call, or a thread, has begun of a line."""
        begun = self._begun.pop(key, None)
        if begun is not None and begun.parts:
            self._emit(begun.take())

    def finish_all(self) -> None:
        """Write all that was begun."""
        for key in list(self._begun):
            self.finish(key)

    def mark(self) -> None:
        """Say who prints from here on, though nothing is printed yet."""
        self._write(self._state.marker())

    def display(self, bundle: str) -> None:
        """Write what was displayed, in order with what is printed.

        Args:
            bundle: JSON, in one line.
        """
        self._state.note_printed()
        self.finish(CURRENT.get() or threading.get_ident())
        self._write(f"{self._state.marker()}{MARK}{PICTURE}{bundle}\n")

    def _emit(self, lines: str) -> None:
        if MARK in lines:
            lines = lines.replace(MARK, _HARMLESS)
        if "\r" in lines:  # What a terminal would show of a line that is written over.
            lines = "\n".join(x.rstrip("\r").rpartition("\r")[2] for x in lines.split("\n"))
        if len(lines) > LINE_CHARS:
            lines = "\n".join(without_rest(line) for line in lines.split("\n"))
        self._write(f"{self._state.marker()}{lines}\n")

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "backslashreplace")
        with self._lock:
            try:
                written = os.write(self._fd, data)
                while written < len(data):
                    written += os.write(self._fd, memoryview(data)[written:])
            except BrokenPipeError:  # Without the fork server the worker is about to be ended.
                pass

    def _begin_anew(self) -> None:
        """This is a forked copy of the process: whoever held the lock is not in it."""
        self._lock = threading.RLock()
        self._begun.clear()


class _Bytes(io.RawIOBase):
    """Takes bytes for a stream of text."""

    def __init__(self, stream: MarkedStream) -> None:
        self._stream = stream

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any, /) -> int:
        """Take bytes, as UTF-8."""
        text = bytes(data).decode("utf-8", "replace")
        self._stream.write(text)
        return len(bytes(data))

    def flush(self) -> None:
        """Write what there is of a line."""
        self._stream.flush()


def redirect_output(state: OutputState) -> None:
    """Replace ``sys.stdout`` and ``sys.stderr`` of this process."""
    sys.stdout, sys.stderr = state.streams = MarkedStream(1, state), MarkedStream(2, state)
