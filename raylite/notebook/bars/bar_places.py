"""Where the bars of a cell are drawn: below that cell in a notebook, else in the terminal.

In Ray: nothing like it; its bars appear below the cell that happens to run.
"""

import contextlib
import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from raylite.notebook.bars.terminal import TerminalDisplay
from raylite.notebook.bars.waiting import Display
from raylite.notebook.output.router import router_of_this_kernel

__all__ = ["Place", "place_of", "tell_of_ended_cells"]

_numbers: Final = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to draw."""

    display: Display
    is_watched: bool = True
    """Whether what comes after the end of its cell is seen."""

    def is_free(self) -> bool:
        """Whether it can be drawn now: not where somebody types at IPython's prompt."""
        application = getattr(getattr(_shell(), "pt_app", None), "app", None)
        return not getattr(application, "is_running", False)


def place_of(origin: int) -> Place:
    """Where the bars of a cell go.

    Args:
        origin: the cell's number; 0: the one that runs.
    """
    shell = _shell()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return Place(TerminalDisplay(in_detail=True))
    # Loads the widgets' packages, which a terminal has no use for.
    from raylite.notebook.bars.widget import NotebookDisplay  # noqa: PLC0415  # as said above

    parent, is_watched = _cell(shell, origin)
    return Place(NotebookDisplay(lambda shown: _InCell(kernel, parent, shown)), is_watched)


def _cell(shell: Any, origin: int) -> tuple[Any, bool]:
    """What a message says that belongs to the cell, and whether late ones are seen."""
    router = router_of_this_kernel()
    cell = router.cell_of(origin) if router is not None else None
    if cell is None:
        request = shell.get_parent()
        return request, bool(request.get("content", {}).get("allow_stdin", True))
    if cell.thread is None and not cell.is_watched:
        return shell.get_parent(), False  # Nobody would see it there.
    return cell.header, cell.is_watched


def tell_of_ended_cells(ended: Callable[[], None]) -> None:
    """Have a function called at the end of each cell; without IPython there are none."""
    events = getattr(_shell(), "events", None)
    if events is None:
        return

    def post_run_cell(*_: object) -> None:
        with contextlib.suppress(Exception):  # A cell is not to fail for its picture.
            ended()

    post_run_cell.raylite_bars = True  # type: ignore[attr-defined]  # to be told from others
    if not any(hasattr(one, "raylite_bars") for one in events.callbacks["post_run_cell"]):
        events.register("post_run_cell", post_run_cell)


def _shell() -> Any:
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()


class _InCell:
    """Something that is shown below a cell, from any thread, also when another cell runs.

    Args:
        kernel: IPython's.
        parent: the request that has run the cell.
        shown: what to begin with.
    """

    def __init__(self, kernel: Any, parent: Any, shown: Any) -> None:
        self._kernel = kernel
        self._parent = parent
        self._id = f"raylite-bars-{next(_numbers)}"
        self._send("display_data", *shown._repr_mimebundle_())

    def update(self, shown: Any, *, raw: bool = False) -> None:
        """Show something else in its place.

        Args:
            shown: what; a bundle of texts by type if it is raw.
            raw: whether it is.
        """
        data, metadata = (shown, {}) if raw else shown._repr_mimebundle_()
        self._send("update_display_data", data, metadata)

    def _send(self, kind: str, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        content = {"data": data, "metadata": metadata, "transient": {"display_id": self._id}}
        session = self._kernel.session
        session.send(
            self._kernel.iopub_socket, kind, content, parent=self._parent, ident=kind.encode()
        )
