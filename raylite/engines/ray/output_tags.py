"""What code in a worker of Ray's prints: each line tagged with the task that printed it.

In Ray: the magic lines of ``ray_logging``, which name an actor or a function, but no call. What a
worker prints is kept in files by Ray, and sent from there to the drivers, line by line. A tag is in
band, so it cannot come before or after its line; the driver takes it off again. Who prints is
looked up when something is printed: a call that prints nothing pays nothing.
"""

import contextlib
import io
import json
import sys
import threading
import time
from typing import Any, Final

import ray

from raylite._core.common.bars import BarsTold
from raylite._core.common.worker_output import LINE_CHARS, MARK, without_rest

__all__ = ["BARS", "NO_TASK", "TaggedStream", "tag_output", "tell_bars"]

BARS: Final = "="
"""Follows the mark where a line says how far progress bars are."""
NO_TASK: Final = "0" * 48
"""Who prints in a thread of its own, outside of any task."""
_LINES_BITS: Final = 32
_RAYS_OWN: Final = (":actor_name:", ":task_name:", ":job_id:")
"""How lines begin with which Ray tells itself who prints."""
_HARMLESS: Final = "\N{SYMBOL FOR RECORD SEPARATOR}"


def _task() -> str:
    try:
        return str(ray.get_runtime_context().get_task_id() or NO_TASK)
    except Exception:  # The worker ends.
        return NO_TASK


class TaggedStream(io.TextIOBase):
    """A text stream that writes whole tagged lines to Ray's own.

    Each task, and each thread outside of any, has a line of its own that it begins.

    Args:
        stream: Ray's.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._begun: dict[tuple[str, int], str] = {}
        # Larger than any of a process before that had the same number.
        self._number = int(time.time()) << _LINES_BITS
        # Python may delete something of the user's in between, which may print as well.
        self._lock = threading.RLock()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # The base class declares an attribute.
        """Always UTF-8."""
        return "utf-8"

    @property
    def buffer(self) -> Any:
        """For code that writes bytes; those are not tagged."""
        return self._stream.buffer

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """The descriptor, for code that writes past Python."""
        return int(self._stream.fileno())

    def write(self, text: str, /) -> int:
        """Take text; whole lines go out at once."""
        task_id = _task()
        key = task_id, threading.get_ident() if task_id == NO_TASK else 0
        with self._lock:
            *lines, rest = (self._begun.pop(key, "") + text).split("\n")
            if rest:
                # A bar of progress writes over its line: only the last of it is to be seen.
                self._begun[key] = rest.rpartition("\r")[2] or rest
            if lines:
                self._emit(task_id, lines)
        return len(text)

    def flush(self) -> None:
        """Write what there is of a line, as a line."""
        task_id = _task()
        key = task_id, threading.get_ident() if task_id == NO_TASK else 0
        with self._lock:
            begun = self._begun.pop(key, "")
            if begun and "\r" not in begun:
                self._emit(task_id, [begun])
            elif begun:
                self._begun[key] = begun

    def write_line(self, line: str) -> None:
        """Write a line of raylite's own, in order with what is printed."""
        with self._lock:
            self._number += 1
            self._stream.write(f"{MARK}{_task()}{self._number:x}{MARK}{line}\n")
            self._stream.flush()

    def _emit(self, task_id: str, lines: list[str]) -> None:
        tagged = []
        for line in lines:
            if line.startswith(_RAYS_OWN):
                tagged.append(f"{line}\n")
                continue
            text = line.replace(MARK, _HARMLESS) if MARK in line else line
            if "\r" in text:
                text = text.rstrip("\r").rpartition("\r")[2]
            if len(text) > LINE_CHARS:
                text = without_rest(text)
            self._number += 1
            tagged.append(f"{MARK}{task_id}{self._number:x}{MARK}{text}\n")
        with contextlib.suppress(ValueError, OSError):  # The worker ends.
            self._stream.write("".join(tagged))
            self._stream.flush()


def tag_output() -> None:
    """Tag what this worker prints from now on. Twice is harmless."""
    if not isinstance(sys.stdout, TaggedStream):
        sys.stdout, sys.stderr = TaggedStream(sys.stdout), TaggedStream(sys.stderr)


def tell_bars(news: BarsTold) -> None:
    """Tell the driver how far something is, by the way that what is printed takes."""
    stream = sys.stdout
    if isinstance(stream, TaggedStream):
        bars = [{name: getattr(bar, name) for name in bar.field_names} for bar in news.bars]
        told = {"worker_id": news.worker_id, "pid": news.pid, "bars": bars}
        stream.write_line(f"{MARK}{BARS}{json.dumps(told)}")
