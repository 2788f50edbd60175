"""What user code prints: whole lines, marked with who printed them.

In Ray: ``python/ray/_private/log_monitor.py`` and the magic tokens of ``ray_logging``. Left out
here: log files.

Standard output and error of a worker are pipes that the fork server reads. Python's streams are
replaced by :class:`MarkedStream`, which writes a marker line whenever another actor or task begins
to print. Markers are in band, so that they cannot come before or after the lines they belong to.
"""

import io
import os
import sys
from typing import Final

__all__ = ["MARK", "MarkedStream", "OutputState", "redirect_output"]

MARK: Final = "\x1e"
"""Begins a marker line: ASCII's record separator, which nobody prints."""


class OutputState:
    """What both streams of a process share."""

    def __init__(self) -> None:
        self.prefix = ""
        """Who prints at the moment: ``Accounting`` or ``f``."""
        self.printed = False
        """Whether anything was printed since the flag was last taken down."""


class MarkedStream(io.TextIOBase):
    """A text stream to a file descriptor that writes whole lines.

    Args:
        fd: where to.
        state: shared with the other stream.
    """

    def __init__(self, fd: int, state: OutputState) -> None:
        self._fd = fd
        self._state = state
        self._line = ""
        self._marked = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]  # The base class declares an attribute.
        """Always UTF-8."""
        return "utf-8"

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """The descriptor, for code that writes past Python."""
        return self._fd

    def write(self, text: str, /) -> int:
        """Take text; whole lines go out at once."""
        self._state.printed = True
        self._line += text
        if "\n" in text:
            lines, _, self._line = self._line.rpartition("\n")
            self._emit(lines + "\n")
        return len(text)

    def flush(self) -> None:
        """Write what there is of a line, as a line."""
        if self._line:
            line, self._line = self._line, ""
            self._emit(line + "\n")

    def _emit(self, lines: str) -> None:
        if self._state.prefix != self._marked:
            self._marked = self._state.prefix
            lines = f"{MARK}{self._marked}\n{lines}"
        data = lines.encode("utf-8", "backslashreplace")
        while data:
            data = data[os.write(self._fd, data) :]


def redirect_output(state: OutputState) -> None:
    """Replace ``sys.stdout`` and ``sys.stderr`` of this process."""
    sys.stdout = MarkedStream(1, state)
    sys.stderr = MarkedStream(2, state)
