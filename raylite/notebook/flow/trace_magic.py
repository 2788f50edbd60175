"""``%%trace``: runs its cell, then shows what it did, then the cell's own result.

In Ray: nothing like it.
"""

import importlib
from typing import Any

from IPython.core.magic import Magics, cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from raylite.notebook.magics.cell_code import run_cell_body
from raylite.notebook.magics.magic_lines import read_line

__all__ = ["TraceMagic"]

_RESULT = "_raylite_trace_result"


@magics_class
class TraceMagic(Magics):
    """What records a cell."""

    @no_var_expand
    @cell_magic
    @magic_arguments()
    @argument("--as", dest="variable", metavar="VARIABLE", help="the variable for the trace")
    def trace(self, line: str, cell: str) -> Any:
        """Run the cell, and show the flows and the timeline of what it did.

        They are shown, too, if the cell raises. As a function: with raylite.trace() as t: ...
        """
        shell: Any = self.shell
        told = read_line(self.trace, line, "%%trace")
        # Widgets take a third of a second to load, which the other magics do without.
        found = importlib.import_module("raylite.notebook.flow.trace").Trace()
        try:
            with found:
                value = _value_of(shell, f"%%trace {line}".rstrip(), cell)
        finally:
            if told.variable:
                shell.user_ns[told.variable] = found
            found.show()
        return value


def _value_of(shell: Any, first_line: str, cell: str) -> Any:
    """Run the cell; the value of its last line, if that is an expression."""
    namespace = shell.user_ns
    namespace.pop(_RESULT, None)
    run_cell_body(shell, first_line, cell, keep_last_as=_RESULT)
    value = namespace.pop(_RESULT, None)
    return None if cell.rstrip().endswith(";") else value
