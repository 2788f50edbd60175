"""Progress as text: one line that is written over, or where that cannot be done one at the end.

In Ray: ``python/ray/experimental/tqdm_ray.py``. It goes to stderr, since a program's own output
may be piped elsewhere.
"""

import shutil
import sys
from typing import Final, TextIO

from raylite.notebook.view_model import ProgressView, text_line

__all__ = ["TerminalDisplay"]

_CLEAR_TO_THE_END: Final = "\x1b[K"
_SYMBOLS: Final = "█░"
_PLAIN_SYMBOLS: Final = "#-"


class TerminalDisplay:
    """Shows progress in a terminal.

    Args:
        stream: where to write; None: stderr.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._shown = False

    def show(self, view: ProgressView) -> None:
        """Write over the line, if there is a terminal to do so."""
        self._shown = True
        if self._stream.isatty():
            self._write(f"\r{self._line(view)}{_CLEAR_TO_THE_END}")

    def finish(self, view: ProgressView) -> None:
        """Write the last line, if there was anything to see before."""
        if not self._shown:
            return
        if self._stream.isatty():
            self._write(f"\r{self._line(view)}{_CLEAR_TO_THE_END}\n")
        else:
            self._write(f"{self._line(view)}\n")

    def _line(self, view: ProgressView) -> str:
        # One column stays free: some terminals break a line that fills the last one.
        return text_line(view, shutil.get_terminal_size().columns - 1, self._symbols())

    def _symbols(self) -> str:
        try:
            _SYMBOLS.encode(self._stream.encoding or "ascii")
        except UnicodeEncodeError:
            return _PLAIN_SYMBOLS
        return _SYMBOLS

    def _write(self, text: str) -> None:
        encoding = self._stream.encoding or "ascii"
        # Whatever a terminal cannot show becomes a question mark, and not an error.
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()
