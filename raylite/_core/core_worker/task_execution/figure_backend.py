"""A matplotlib backend for workers: ``plt.show()`` displays the figures and closes them.

In Ray: none. In Jupyter: ``matplotlib_inline``, which needs a kernel. Imported by matplotlib alone.
"""

from typing import Any

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from raylite._core.core_worker.task_execution.rich_display import display

__all__ = ["FigureCanvas", "FigureManager", "show"]

FigureCanvas = FigureCanvasAgg
FigureManager = FigureManagerBase


def show(*_args: Any, **_options: Any) -> None:
    """Display all open figures under the cell that has made the call."""
    for manager in Gcf.get_all_fig_managers():
        display(manager.canvas.figure)
    Gcf.destroy_all()
