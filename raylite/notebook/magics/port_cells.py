"""``%raylite port``: which cells of this notebook could not run on Ray, and what to write there.

In Ray: nothing like it. The cells are those that have run, as they were typed; of a cell that was
run several times, the last. A notebook's file is the matter of ``raylite port`` in a terminal.
"""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from raylite._port.analysis import Part
from raylite._port.bindings import bindings_of
from raylite._port.finding import Direction
from raylite._port.magic_lines import read_cell
from raylite._port.program import ported
from raylite._port.report import PortReport

__all__ = ["port_cells"]


def port_cells(shell: Any, *, name: str = "", last: bool = False) -> PortReport:
    """What was found in the cells of a notebook.

    Args:
        shell: IPython's, which keeps what was typed.
        name: only the cell that has given this name to something last; empty: any.
        last: only the cell that ran before this one.

    Raises:
        LookupError: if there is no such cell.
    """
    parts = _parts(shell.history_manager.input_hist_raw, shell.execution_count)
    # What one cell imports the others use: all are read, and some are told of.
    done = ported(parts, Direction.TO_RAY)
    if name:
        chosen = _cell_of(name, parts)
        title = f"{name}, defined in {chosen.cell}"
    elif last:
        if not parts:
            msg = "no cell has run before this one."
            raise LookupError(msg)
        chosen = parts[-1]
        title = chosen.cell
    else:
        title = f"The {len(parts)} cells that have run" if len(parts) != 1 else "The one cell"
        return PortReport(done.findings, title=title)
    found = [one for one in done.findings if one.cell == chosen.cell]
    return PortReport(found, title=title)


def _parts(typed: Sequence[str], now: int) -> list[Part]:
    """The cells that ran before this one and can be read, each once."""
    numbers: Mapping[str, int] = {
        text: number for number, text in enumerate(typed[:now]) if number and text.strip()
    }
    last_of_all = sorted((number, text) for text, number in numbers.items())
    cells = [Part(text=text, cell=f"In [{number}]") for number, text in last_of_all]
    return [cell for cell in cells if _is_python(cell) and not _asks_for_this(cell.text)]


def _is_python(part: Part) -> bool:
    # A cell that was not Python has raised its SyntaxError when it ran.
    try:
        read_cell(part.text)
    except SyntaxError:
        return False
    return True


def _asks_for_this(text: str) -> bool:
    return text.strip().lstrip("%").startswith("raylite port")


def _cell_of(name: str, parts: Sequence[Part]) -> Part:
    for part in reversed(parts):
        tree = read_cell(part.text).tree
        if name in bindings_of([ast.Module(body=tree.body, type_ignores=[])]).other_names:
            return part
    msg = f"no cell that has run has given the name {name} to something."
    raise LookupError(msg)
