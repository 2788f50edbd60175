"""Runs a lesson without a browser, and says what each of its cells has shown."""

import os
import re
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.memory_watch import MemoryWatch
from tests.small_machine import SmallMachine

__all__ = ["LESSONS", "SHORTER", "WARNINGS", "Lesson"]

ROOT = Path(__file__).parent.parent.parent
LESSONS = ROOT / "notebooks"
SHORTER = {
    "02_pi_with_progress": {"parameters": "SECONDS = 1\nTASKS_PER_CPU = 2\nREPORTS = 10"},
}
"""What takes seconds on purpose, written anew."""
WARNINGS = {"04_resources_and_placement": ("impossible", "groups-too-many")}
"""Cells in which somebody is told, on stderr, that he asks for more than there is."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Lesson:
    """A lesson as a student gets it, or with some cells written anew.

    Args:
        name: the file's, without its ending.
        written: sources by cell id: what a student has written.
        again: ids of cells to run a second time, at the end but before the cell ``end``.
    """

    def __init__(
        self, name: str, written: Mapping[str, str] | None = None, again: tuple[str, ...] = ()
    ) -> None:
        self.book = nbformat.read(LESSONS / f"{name}.ipynb", as_version=4)
        self.cells = {cell["id"]: cell for cell in self.book.cells}
        for cell_id, source in (written or {}).items():
            self.cells[cell_id].source = source
        end = self.book.cells.index(self.cells["end"])
        self.book.cells[end:end] = [self._copy(cell_id) for cell_id in again]

    def _copy(self, cell_id: str) -> Any:
        copy = nbformat.from_dict({**self.cells[cell_id], "id": f"{cell_id}-again"})
        self.cells[copy["id"]] = copy
        return copy

    def run(self) -> None:
        """Run it top to bottom.

        Raises:
            CellExecutionError: for a cell that raises.
        """
        self._client().execute()

    def run_on(self, machine: SmallMachine) -> int:
        """The same within the limits of a small machine.

        Returns:
            The most bytes that kernel, head and workers together held at a time; 0 where nobody
            tells.

        Raises:
            CellExecutionError: for a cell that raises.
        """
        with ExitStack() as watching:

            def watch(**_: object) -> None:
                kernel: Any = client.km
                watches.append(watching.enter_context(MemoryWatch(kernel.provisioner.pid)))

            watches: list[MemoryWatch] = []
            client = self._client(kernel_manager_class=machine.kernels(), on_notebook_start=watch)
            client.execute()
        return watches[0].peak_bytes

    def _client(self, **options: Any) -> NotebookClient:
        os.environ["PYTHONPATH"] = str(ROOT)
        where = {"metadata": {"path": LESSONS}}
        return NotebookClient(
            self.book, timeout=60, kernel_name="python3", resources=where, **options
        )

    def text(self, cell_id: str) -> str:
        """What the cell has shown, as plain text without colours."""
        text = "".join(
            output["text"] if output.output_type == "stream" else output.data.get("text/plain", "")
            for output in self.cells[cell_id].outputs
        )
        return _COLOURS.sub("", text)

    def html(self, cell_id: str) -> str:
        """What the cell has shown, as HTML."""
        return "".join(
            output.data.get("text/html", "")
            for output in self.cells[cell_id].outputs
            if "data" in output
        )

    def kinds(self, cell_id: str) -> set[str]:
        """The kinds of data among the cell's outputs."""
        return {
            kind
            for output in self.cells[cell_id].outputs
            if "data" in output
            for kind in output.data
        }

    def numbers(self, cell_id: str) -> list[float]:
        """Every number that the cell has shown."""
        return [
            float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*\.?\d*", self.text(cell_id))
        ]

    def complaints(self) -> list[str]:
        """What was written to stderr, and what was raised, by any cell."""
        return [
            f"{cell['id']}: {output.get('text') or output.get('evalue')}"
            for cell in self.book.cells
            if cell.cell_type == "code"
            for output in cell.outputs
            if output.output_type == "error" or output.get("name") == "stderr"
            # Said once on a slow machine, when matplotlib is new there.
            if "building the font cache" not in output.get("text", "")
        ]
