"""Lets ``display(figure)`` and ``plt.show()`` in a worker show something, once they are imported.

In Ray: none; there a worker's ``display`` prints a repr, and ``plt.show()`` does nothing.

A worker has no notebook of its own, and most never display anything. So nothing is imported here:
a finder waits for the user's code to import IPython or matplotlib, and completes what it has got.
"""

import builtins
import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final

from raylite._core.core_worker.task_execution.output import OutputState

__all__ = ["show_what_is_displayed"]

_HERE: Final = __name__.rpartition(".")[0]
_BACKEND: Final = f"module://{_HERE}.figure_backend"


def show_what_is_displayed(output: OutputState) -> None:
    """Have what user code displays go the way of what it prints."""

    def display(*objects: Any, **options: Any) -> Any:
        """Show objects under the cell that has made the call."""
        return rich(output).display(*objects, **options)

    # As in a notebook, where nobody imports it.
    builtins.display = display  # type: ignore[attr-defined]
    completes: dict[str, Callable[[ModuleType], None]] = {
        "IPython.core.display_functions": lambda module: _complete_ipython(module, output),
        "matplotlib": lambda module: _complete_matplotlib(module, output),
    }
    sys.meta_path.insert(0, _AfterImport(completes))


def rich(output: OutputState) -> Any:
    """What makes pictures of objects, loaded now."""
    module = importlib.import_module(f"{_HERE}.rich_display")
    module.Displays.output = output
    return module


def _complete_ipython(module: ModuleType, output: OutputState) -> None:
    ours = rich(output)
    module.display = ours.display  # type: ignore[attr-defined]  # It has them.
    module.publish_display_data = ours.publish_display_data  # type: ignore[attr-defined]
    module.clear_output = lambda wait=False: None  # type: ignore[attr-defined]  # noqa: ARG005


def _complete_matplotlib(module: ModuleType, output: OutputState) -> None:
    rich(output)  # Where the backend finds it.
    settings: Any = module.rcParams  # Not asked by name: that would choose a backend now.
    chosen = dict.__getitem__(settings, "backend")
    if not isinstance(chosen, str) or "inline" in chosen:
        settings["backend"] = _BACKEND


class _AfterImport:
    """Finds what others find, and does something after it was imported.

    Args:
        actions: by the module's name.
    """

    def __init__(self, actions: dict[str, Callable[[ModuleType], None]]) -> None:
        self._actions = actions

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, if something is to be done after its import."""
        action = self._actions.get(fullname)
        spec = PathFinder.find_spec(fullname, path, target) if action is not None else None
        if spec is None or action is None or spec.loader is None:
            return None
        loader: Any = spec.loader
        execute = loader.exec_module

        def execute_and_act(module: ModuleType) -> None:
            execute(module)
            action(module)

        loader.exec_module = execute_and_act
        return spec
