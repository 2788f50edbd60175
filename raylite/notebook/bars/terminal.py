"""Progress as text: lines at the bottom that are written over, or else lines at the end.

In Ray: ``python/ray/experimental/tqdm_ray.py``. It goes to stderr, since a program's own output
may be piped elsewhere.

What a program or its workers print meanwhile must not land in the middle of a bar: while bars are
shown in a terminal, ``sys.stdout`` and ``sys.stderr`` make them vanish first. They come back with
the next drawing, once the printed line is whole.
"""

import shutil
import sys
import threading
from collections.abc import Sequence
from typing import Any, Final, TextIO

from raylite.notebook.bars.model import ProgressView, text_line, text_lines

__all__ = ["TerminalDisplay"]

_CLEAR_TO_THE_END: Final = "\x1b[K"
_CLEAR_BELOW: Final = "\x1b[J"
_UP: Final = "\x1b[A"
_SYMBOLS: Final = "█░"
_PLAIN_SYMBOLS: Final = "#-"
_LEAST_LINES: Final = 3


class _MakingWay:
    """A stream that has the bars vanish before anything is written.

    Args:
        stream: where it is written.
        display: whose bars.
    """

    def __init__(self, stream: Any, display: "TerminalDisplay") -> None:
        self._raylite_stream = stream
        self._raylite_display = display

    def write(self, text: str) -> Any:
        return self._raylite_display.write_above(self._raylite_stream, text)

    def writelines(self, lines: Any) -> None:
        self.write("".join(lines))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raylite_stream, name)


class TerminalDisplay:
    """Shows progress in a terminal.

    Args:
        stream: where to write; None: stderr.
        in_detail: whether each bar of several has a line; else there is one for all.
    """

    def __init__(self, stream: TextIO | None = None, *, in_detail: bool = False) -> None:
        self._in_detail = in_detail
        self._stream: Any = stream or sys.stderr
        self._shown = False
        self._num_lines = 0
        """How many lines stand in the terminal; the cursor is at the end of the last."""
        self._is_free = True
        """Whether the cursor is at the beginning of a line, apart from our own."""
        self._writing = threading.RLock()
        self._in_place_of: dict[str, tuple[Any, Any]] = {}

    def show(self, *views: ProgressView) -> None:
        """Write over the lines, if there is a terminal to do so."""
        self._shown = True
        if not self._stream.isatty():
            return
        with self._writing:
            if self._is_free:
                self._begin()
                self._write_over(self._lines(views))

    def finish(self, *views: ProgressView) -> None:
        """Write the last lines, if there was anything to see before."""
        if not self._shown:
            return
        self._shown = False
        with self._writing:
            if self._stream.isatty():
                self._write("" if self._is_free else "\n")
                self._write_over(self._lines(views))
                self._write("\n")
                self._num_lines = 0
                self._is_free = True
            else:
                self._write("".join(f"{self._line(view)}\n" for view in views))
            self._end()

    def write_above(self, stream: Any, text: str) -> Any:
        """Write something else, in the place of the bars."""
        with self._writing:
            if text:
                self._vanish()
                self._is_free = text.endswith("\n")
            return stream.write(text)

    def _begin(self) -> None:
        """Have what is printed make the bars vanish."""
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if name not in self._in_place_of and self._is_on_screen(stream):
                way = _MakingWay(stream, self)
                self._in_place_of[name] = stream, way
                setattr(sys, name, way)

    def _is_on_screen(self, stream: Any) -> bool:
        if isinstance(stream, _MakingWay):
            return False
        try:
            return bool(stream.isatty())
        except (AttributeError, ValueError):
            return False

    def _end(self) -> None:
        for name, (stream, way) in self._in_place_of.items():
            if getattr(sys, name) is way:  # Else the program has replaced it meanwhile.
                setattr(sys, name, stream)
        self._in_place_of.clear()

    def _vanish(self) -> None:
        if self._num_lines:
            self._write(f"\r{_UP * (self._num_lines - 1)}{_CLEAR_BELOW}")
            self._num_lines = 0

    def _write_over(self, lines: Sequence[str]) -> None:
        up = _UP * (self._num_lines - 1) if self._num_lines else ""
        body = f"{_CLEAR_TO_THE_END}\n".join(lines)
        below = _CLEAR_BELOW if self._num_lines > len(lines) else _CLEAR_TO_THE_END
        self._write(f"\r{up}{body}{below}")
        self._num_lines = len(lines)

    def _lines(self, views: Sequence[ProgressView]) -> list[str]:
        size = shutil.get_terminal_size()
        if not self._in_detail:
            return [self._line(view) for view in views]
        # One column stays free: some terminals break a line that fills the last one.
        lines = text_lines(views, size.columns - 1, self._symbols())
        most = max(size.lines - 1, _LEAST_LINES)
        return lines if len(lines) <= most else [*lines[: most - 1], "…"]

    def _line(self, view: ProgressView) -> str:
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
