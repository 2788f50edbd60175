"""What a worker prints, cut into lines, and who has printed each.

In Ray: ``LogFileInfo`` in ``python/ray/_private/log_monitor.py``, which reads files.

The markers in it are those of :mod:`raylite._core.core_worker.task_execution.output`. What child
processes and libraries write past Python lies in between, and belongs to the marker before it.
"""

from collections.abc import Iterator
from typing import Final

from raylite._core.common.ids import WorkerID
from raylite._core.common.worker_output import (
    LINE_CHARS,
    MARK,
    PICTURE,
    OutputLines,
    Picture,
    without_rest,
)
from raylite._core.node.crash_report import without_runtime_frames

__all__ = ["WorkerPipe"]

_PICTURE_BYTES: Final = 32 << 20
"""Workers leave out what is larger, long before."""
_LINE_BYTES: Final = 4 * LINE_CHARS + 200
"""What a worker has cut already, and said so, passes whole."""
_A_PICTURE: Final = f"{MARK}{PICTURE}"


class WorkerPipe:
    """One of the two streams of a worker.

    Args:
        fd: where to read.
        name: ``stdout`` or ``stderr``.
        worker_id: who prints.
        pid: his process.
    """

    def __init__(self, fd: int, name: str, worker_id: WorkerID, pid: int) -> None:
        self.fd = fd
        self.name = name
        self.is_open = True
        self._worker_id = worker_id
        self._pid = pid
        self._begun: list[bytes] = []
        self._size = 0
        self._cut = 0
        """Characters that were left out of the line which has begun."""
        self._marker = ""
        self._prefix = ""
        self._origin = 0

    def feed(self, data: bytes) -> Iterator[OutputLines | Picture]:
        """Take what was read; what is whole now, in order."""
        lines, newline, rest = data.rpartition(b"\n")
        if not newline:
            self._begin(data)
            return
        first, newline, lines = lines.partition(b"\n")
        self._begin(first)
        begun = self._take_begun()
        text = lines.decode("utf-8", "replace").split("\n") if newline else []
        self._begin(rest)
        yield from self._sorted([begun, *text])

    def end(self) -> Iterator[OutputLines | Picture]:
        """Nothing more will come: what there is of a line."""
        if self._begun:
            yield from self._sorted([self._take_begun()])

    def _begin(self, data: bytes) -> None:
        """Keep the beginning of a line, as far as anybody wants to see it."""
        if not data:
            return
        is_picture = (self._begun[0] if self._begun else data).startswith(_A_PICTURE.encode())
        room = (_PICTURE_BYTES if is_picture else _LINE_BYTES) - self._size
        if len(data) > room:
            self._cut += len(data[room:].decode("utf-8", "ignore"))
            data = data[:room]
        if data:
            self._begun.append(data)
            self._size += len(data)

    def _take_begun(self) -> str:
        line = b"".join(self._begun).decode("utf-8", "ignore" if self._cut else "replace")
        if self._cut and not line.startswith(_A_PICTURE):
            line = without_rest(line, self._cut)
        elif self._cut:
            line = ""
        self._begun.clear()
        self._size = self._cut = 0
        return line

    def _sorted(self, lines: list[str]) -> Iterator[OutputLines | Picture]:
        """What was printed, by whom: one message for what the same one has printed in a row."""
        batch: list[str] = []
        for line in lines:
            if MARK not in line:
                batch.append(line)
                continue
            # A child process may have written half a line before.
            text, _, said = line.partition(MARK)
            if text:
                batch.append(text)
            if said == self._marker:
                continue
            if batch:
                yield from self._told(batch)
                batch = []
            if said.startswith(PICTURE):
                yield self._picture(said.removeprefix(PICTURE))
            else:
                self._note(said)
        if batch:
            yield from self._told(batch)

    def _note(self, marker: str) -> None:
        origin, _, prefix = marker.partition(" ")
        try:
            self._origin = int(origin, 16)
        except ValueError:  # Somebody has printed a separator.
            return
        self._marker, self._prefix = marker, prefix

    def _told(self, lines: list[str]) -> Iterator[OutputLines]:
        if self.name == "stderr":
            lines = without_runtime_frames(lines)
        if lines:
            yield OutputLines(
                worker_id=self._worker_id,
                pid=self._pid,
                stream=self.name,
                lines=lines,
                prefix=self._prefix,
                origin=self._origin,
            )

    def _picture(self, bundle: str) -> Picture:
        return Picture(
            worker_id=self._worker_id,
            pid=self._pid,
            bundle=bundle,
            prefix=self._prefix,
            origin=self._origin,
        )
