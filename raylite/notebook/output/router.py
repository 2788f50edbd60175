"""What workers print, under the cell that made the call, also when a later cell runs by then.

In Ray: nothing; there it appears in whichever cell runs when it comes.

Each cell has a number, its *origin*, which goes with every call that it makes, and with what those
call. What is printed comes back with it. A message to the front end names the request that it
belongs to, and so the cell: that of the cell which ran at the time is kept here.

Programs that run notebooks without a browser, as nbclient does, drop what comes for a cell that has
ended. They are known by allowing no input; there, it is shown under the cell that runs.

What the cell prints itself and what its workers print keep their order: in the thread of the cell
that runs, lines are written to its own stream; for any other, they are sent.
"""

import contextlib
import os
import sys
import threading
import time
from collections import deque
from typing import Any, Final, NamedTuple

from raylite import _engine
from raylite.engines.base import Engine, OutputLines, Picture, unpacked
from raylite.notebook.magics.own_errors import hide_own_lines
from raylite.notebook.output.folding import CellOutput, Row
from raylite.notebook.output.text import NameColours, in_streams, text_of

__all__ = ["Cell", "KeptLines", "OutputRouter", "follow", "output"]

_MOST_CELLS: Final = 1000
_KEPT_BYTES: Final = 20_000_000
_LINE_BYTES: Final = 60
"""What a line takes beside its characters."""
_FETCH_S: Final = 1.0
"""How long the end of a cell may wait for what its workers have printed."""


class Cell:
    """A cell that has run, or runs.

    Args:
        origin: its number.
        header: of the request to run it; what is sent with it appears under the cell.
        number: what stands beside it, as in ``In [3]``.
    """

    def __init__(self, origin: int, header: dict[str, Any], number: int) -> None:
        self.origin = origin
        self.header = header
        self.number = number
        self.output = CellOutput()
        # One that is not known is nowhere: it counts as running, so its lines are simply written.
        self.thread: int | None = threading.get_ident()
        """Where it runs; None: it has ended."""
        self.depth = 1
        """How many runs of cells it takes: a magic may run one within another."""
        self.is_watched = True
        """Whether what comes after its end is shown."""


class _Kept(NamedTuple):
    origin: int
    stream: str
    name: str
    pid: int
    lines: list[str]
    size: int


class KeptLines:
    """The last lines that workers have printed, whether they were shown or not."""

    def __init__(self) -> None:
        self._kept: deque[_Kept] = deque()
        self._size = 0

    def add(self, message: OutputLines) -> None:
        """Keep these, and let go of the oldest where it becomes too much."""
        size = sum(map(len, message.lines)) + _LINE_BYTES * len(message.lines)
        name = message.prefix or "worker"
        self._kept.append(
            _Kept(message.origin, message.stream, name, message.pid, message.lines, size)
        )
        self._size += size
        while self._size > _KEPT_BYTES and len(self._kept) > 1:
            self._size -= self._kept.popleft().size

    def lines(self, last: int) -> list[str]:
        """The last of them, oldest first, each with who has printed it."""
        found: list[str] = []
        for kept in reversed(self._kept):
            who = f"({kept.name} pid={kept.pid})"
            found += [f"{who} {line}" for line in reversed(kept.lines)]
            if len(found) >= last:
                break
        return found[:last][::-1]


class OutputRouter:
    """Shows what workers print under the cells of one notebook.

    Args:
        shell: IPython, in a kernel.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._lock = threading.RLock()
        # Sessions may have several drivers: a number is nobody else's.
        self._number = int.from_bytes(os.urandom(4), "big") << 32
        self._cells: dict[int, Cell] = {}
        self.newest = Cell(0, {}, 0)
        """The cell that began last of those that run, or ran."""
        self._running: list[Cell] = []
        self._unshown: dict[int, Cell] = {}
        """The cells for which something was printed that is not shown yet."""
        self._late: list[list[Row]] = []
        """What came for cells that have ended, and waits for one that runs."""
        self._timer: threading.Timer | None = None
        self._colours = NameColours(on=not os.environ.get("NO_COLOR"))
        self.kept = KeptLines()
        shell.events.register("pre_run_cell", self.cell_begins)
        shell.events.register("post_run_cell", self.cell_ended)
        self.cell_begins()

    def follow(self, engine: Engine) -> None:
        """Show what the workers of a session print."""
        engine.origin = self.newest.origin
        engine.show_output_with(self.take, self.fetched)

    def cell_begins(self, _info: object = None) -> None:
        """A cell is about to run: what is submitted from now on is its."""
        try:
            request = self._shell.get_parent() or {}
        except Exception:  # Nothing of this may come between the user and his cell.
            request = {}
        header = dict(request.get("header") or {})
        with self._lock:
            if self.newest.origin and header.get("msg_id") == self.newest.header.get("msg_id"):
                self.newest.depth += 1
                return  # A magic runs the rest of its cell.
            self._number += 1
            cell = Cell(self._number, header, self._shell.execution_count)
            cell.is_watched = bool(request.get("content", {}).get("allow_stdin", True))
            self.newest = self._cells[cell.origin] = cell
            if len(self._cells) > _MOST_CELLS:
                del self._cells[next(iter(self._cells))]
            late, self._late = self._late, []
            for rows in late:
                self._try_to_send(cell, rows)
            self._end_cells_here()  # What ran here has ended, even if nobody has said so.
            self._running.append(cell)
        self._tell_origin()

    def _end_cells_here(self) -> None:
        me = threading.get_ident()
        for cell in [cell for cell in self._running if cell.thread == me]:
            cell.thread = None
            self._running.remove(cell)

    def _tell_origin(self) -> None:
        engine = _engine.get_or_none()
        if engine is not None:
            engine.origin = self.newest.origin

    def cell_ended(self, _result: object = None) -> None:
        """A cell has run: show what was printed until now, as far as it is to be shown."""
        with contextlib.suppress(Exception):  # The session may be ending.
            engine = _engine.get_or_none()
            if engine is not None and not engine.over:
                engine.fetch_output(_FETCH_S)
        me = threading.get_ident()
        with self._lock:
            for cell in list(self._unshown.values()):
                self._show(cell, is_last=cell.thread == me)
            here = [cell for cell in self._running if cell.thread == me]
            for cell in here:
                cell.depth -= 1
            if not any(cell.depth for cell in here):
                self._end_cells_here()
            if self._running:  # In another thread, a subshell's.
                self.newest = self._running[-1]
        self._tell_origin()

    def cell_of(self, origin: int) -> Cell | None:
        """The cell of a number, if it is known."""
        return self._cells.get(origin)

    def take(self, message: OutputLines | Picture) -> None:
        """A worker has printed. Called by whichever thread reads."""
        now_s = time.monotonic()
        who = message.prefix, message.pid
        with self._lock:
            cell = self._cells.get(message.origin, self.newest)
            if isinstance(message, Picture):
                bundle = unpacked(message)
                what = "" if bundle.get("update") else str(bundle.get("what", ""))
                cell.output.add_picture(who, bundle, now_s, what)
            else:
                self.kept.add(message)
                cell.output.add(message.stream, who, message.lines, now_s, message.left_out)
            self._show_if_due(cell)

    def fetched(self) -> None:
        """A value is about to be used: all that was printed on the way to it is shown first."""
        with self._lock:
            for cell in list(self._unshown.values()):
                self._show(cell)

    def _show_if_due(self, cell: Cell) -> None:
        due_s = cell.output.due_s()
        if due_s is None:
            return
        self._unshown[cell.origin] = cell
        delay_s = due_s - time.monotonic()
        if delay_s <= 0:
            self._show(cell)
        elif self._timer is None:
            self._timer = threading.Timer(delay_s, self._show_what_is_due)
            self._timer.daemon = True
            self._timer.start()

    def _show_what_is_due(self) -> None:
        with self._lock:
            self._timer = None
            for cell in list(self._unshown.values()):
                self._show_if_due(cell)

    def _show(self, cell: Cell, *, is_last: bool = False) -> None:
        rows = cell.output.take(time.monotonic(), is_last=is_last)
        if cell.output.due_s() is None:
            self._unshown.pop(cell.origin, None)
        for group in in_streams(rows):
            if cell.thread is not None or cell.is_watched:
                self._try_to_send(cell, group)
            elif self.newest.thread is not None:
                self._try_to_send(self.newest, group)
            else:
                self._late.append(group)

    def _try_to_send(self, cell: Cell, rows: list[Row]) -> None:
        with contextlib.suppress(Exception):  # Whatever the front end, or a stream, has.
            self._send(cell, rows)

    def _send(self, cell: Cell, rows: list[Row]) -> None:
        text = "".join(text_of(row, self._colours) for row in rows)
        if text:
            self._send_text(cell, rows[0].stream, text)
        if rows[0].picture is not None:
            self._send_picture(cell, rows[0].picture)

    def _send_text(self, cell: Cell, name: str, text: str) -> None:
        stream = getattr(sys, name)
        if cell.thread is not None:
            is_mine = cell.thread == threading.get_ident()
            if is_mine or not cell.header or not hasattr(stream, "pub_thread"):
                # As in a cell with %%capture. What the other stream has came before.
                (sys.stdout if name == "stderr" else sys.stderr).flush()
                stream.write(text)
                return
            stream.flush()  # What the cell has printed came before.
        kernel = self._shell.kernel
        kernel.session.send(
            kernel.iopub_socket,
            "stream",
            {"name": name, "text": text},
            parent=cell.header,
            ident=f"stream.{name}".encode(),
        )

    def _send_picture(self, cell: Cell, bundle: dict[str, Any]) -> None:
        transient = bundle.get("transient") or {}
        kind = "update_display_data" if bundle.get("update") else "display_data"
        content = {"data": bundle["data"], "metadata": bundle["metadata"], "transient": transient}
        if cell.thread is not None:
            sys.stdout.flush()
        kernel = self._shell.kernel
        kernel.session.send(
            kernel.iopub_socket, kind, content, parent=cell.header, ident=kind.encode()
        )


_routers: dict[int, OutputRouter] = {}
"""By the shell's identity: one process has one."""


def follow(shell: Any, engine: Engine) -> None:
    """Show what the workers of a session print under the cells of a notebook."""
    router = _routers.get(id(shell))
    if router is None:
        router = _routers[id(shell)] = OutputRouter(shell)
        hide_own_lines(shell)  # As with the magics: who makes a slip sees where, and not ours.
    router.follow(engine)


def router_of_this_kernel() -> OutputRouter | None:
    """The router, where ``init`` was called in a kernel."""
    return next(iter(_routers.values()), None)


class PrintedText(str):
    """Lines, shown as they are and not in quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def output(last: int) -> PrintedText:
    """The last lines that workers have printed, whether they were shown or not."""
    router = router_of_this_kernel()
    return PrintedText("\n".join(router.kept.lines(last)) if router is not None else "")
