"""What workers print, in a terminal or a pipe: every line with who has printed it.

In Ray: ``print_to_stdstream`` in ``python/ray/_private/worker.py``. Left out here: leaving out
lines that others have printed as well, since a program's output may be read by another one. What a
notebook shows is :mod:`raylite.notebook.output.router`'s.
"""

import contextlib
import os
import sys
from typing import Final, TextIO

from raylite._core.common.worker_output import OutputLines, Picture, unpacked

__all__ = ["OutputPrinter", "left_out_text", "without_rewriting"]

_COLOURS: Final = (36, 35, 32, 34, 33)
"""ANSI's cyan, magenta, green, blue and yellow, as the terminal's theme draws them. Never red."""
_RESET: Final = "\x1b[0m"


class OutputPrinter:
    """Prints what workers print; one colour each, where a terminal can show it."""

    def __init__(self) -> None:
        self._colour_of: dict[tuple[str, int], int] = {}

    def show(self, message: OutputLines | Picture) -> None:
        """Print a worker's lines to the stream of the same name."""
        is_error = isinstance(message, OutputLines) and message.stream == "stderr"
        stream = sys.stderr if is_error else sys.stdout
        # A stream that somebody has closed is no reason to lose the message behind this one.
        with contextlib.suppress(OSError, ValueError):
            stream.write(self._text(message, stream))
            stream.flush()

    def _text(self, message: OutputLines | Picture, stream: TextIO) -> str:
        who = f"({message.prefix or 'worker'} pid={message.pid})"
        if _is_coloured(stream):
            key = message.prefix, message.pid
            colour = self._colour_of.setdefault(key, _COLOURS[len(self._colour_of) % len(_COLOURS)])
            who = f"\x1b[{colour}m{who}{_RESET}"
        if isinstance(message, Picture):
            lines = str(unpacked(message)["data"].get("text/plain", "")).split("\n")
        else:
            lines = message.lines
            if message.left_out:
                lines = [left_out_text(message.left_out), *lines]
        return "".join(f"{who} {without_rewriting(line)}\n" for line in lines)


def _is_coloured(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR")


def left_out_text(number: int) -> str:
    """What stands for lines that came faster than anybody could take them."""
    return f"... {number:,} more lines, which came faster than they could be sent"


def without_rewriting(line: str) -> str:
    """What a terminal shows of a line that is written over, as bars of progress are."""
    if "\r" in line:
        line = line.rstrip("\r").rpartition("\r")[2]
    return f"{line}{_RESET}" if "\x1b" in line else line
