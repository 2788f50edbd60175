"""A kernel without a browser, in which cells run as in JupyterLab: what comes late is seen, too.

``nbclient`` drops what comes for a cell after its end; here every message is kept with the cell
that it belongs to, in order.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

from jupyter_client.manager import start_new_kernel

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
LONGEST_S = 60.0
_STEP_S = 0.05


@dataclass
class LiveCell:
    """A cell that was sent to the kernel, and what has come for it."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    is_idle: bool = False

    def text(self, stream: str = "stdout") -> str:
        """What was printed, without colours."""
        parts = [
            message["content"]["text"]
            for message in self.messages
            if message["msg_type"] == "stream" and message["content"]["name"] == stream
        ]
        return COLOURS.sub("", "".join(parts))

    def raw_text(self) -> str:
        """The same with the colours."""
        return "".join(
            message["content"]["text"]
            for message in self.messages
            if message["msg_type"] == "stream"
        )

    def kinds(self) -> list[str]:
        """What came, but for the kernel's states; what one stream has in a row counts once."""
        found: list[str] = []
        for message in self.messages:
            kind = message["msg_type"]
            kind = message["content"]["name"] if kind == "stream" else kind
            if kind not in {"status", "execute_input"} and found[-1:] != [kind]:
                found.append(kind)
        return found

    def error(self) -> tuple[str, str] | None:
        """What it has raised: the name, and what was shown of it, without colours."""
        for message in self.messages:
            if message["msg_type"] == "error":
                shown = "\n".join(message["content"]["traceback"])
                return message["content"]["ename"], COLOURS.sub("", shown)
        return None

    def num_sent(self, kind: str = "stream") -> int:
        """How many messages of a kind have come."""
        return sum(message["msg_type"] == kind for message in self.messages)


class LiveKernel:
    """A kernel, and the cells that were sent to it."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.strangers: list[dict[str, Any]] = []
        """Messages that belong to no cell."""
        self._cells: dict[str, LiveCell] = {}

    def begin(self, source: str) -> LiveCell:
        """Send a cell, and do not wait."""
        cell = LiveCell()
        self._cells[self.client.execute(source)] = cell
        return cell

    def run(self, source: str) -> LiveCell:
        """Send a cell and wait until it has ended, without an error."""
        cell = self.attempt(source)
        error = cell.error()
        assert error is None, error
        return cell

    def attempt(self, source: str) -> LiveCell:
        """Send a cell and wait until it has ended, in whichever way."""
        cell = self.begin(source)
        self.wait_until(lambda: cell.is_idle, f"the end of\n{source}")
        return cell

    def all_messages(self) -> list[dict[str, Any]]:
        """Everything that has come, whichever cell it belongs to."""
        of_cells = [message for cell in self._cells.values() for message in cell.messages]
        return [*of_cells, *self.strangers]

    def wait_for(self, cell: LiveCell, text: str, stream: str = "stdout") -> None:
        """Wait until a cell shows a text."""
        self.wait_until(lambda: text in cell.text(stream), f"{text!r}, in {cell.text(stream)!r}")

    def wait_until(self, condition: Any, what: str) -> None:
        """Take messages until something is so."""
        end_s = time.monotonic() + LONGEST_S
        while not condition():
            assert time.monotonic() < end_s, f"waited in vain for {what}"
            self._take()

    def _take(self) -> None:
        try:
            message = self.client.get_iopub_msg(timeout=_STEP_S)
        except Empty:
            return
        cell = self._cells.get(message["parent_header"].get("msg_id"))
        if cell is None:
            self.strangers.append(message)
            return
        cell.messages.append(message)
        if message["msg_type"] == "status":
            cell.is_idle = message["content"]["execution_state"] == "idle"


@contextmanager
def live_kernel() -> Iterator[LiveKernel]:
    """A kernel that ends with the test."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield LiveKernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
