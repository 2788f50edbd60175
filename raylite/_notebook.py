"""The doors to :mod:`raylite.notebook`, which is loaded only when one of them is used.

In Ray: nothing like it. The import goes by name, since the notebook layer builds on this API.
"""

import importlib
from collections.abc import Callable
from typing import Any

__all__ = ["load_ipython_extension", "progress", "unload_ipython_extension"]


def progress(
    what: Any,
    *,
    by: Callable[[], Any] | None = None,
    desc: str = "",
    total: float | None = None,
) -> None:
    """Wait, and show how far it is: a bar in the notebook or in the terminal.

    1. ``progress(refs)`` waits for tasks and counts those that have ended.
    2. ``progress(refs, by=actor.get_progress)`` does so too, and the bar shows what the method of
       the actor says: a number between 0 and 1, a pair ``(done, total)``, or a dictionary that
       has one of these for each task and gives each a bar of its own. The method takes no
       arguments. An ordinary function will do as well.
    3. ``progress(actor.get_progress)`` has nothing but the method to go by, and ends when all is
       done. What has ended within half a second shows nothing.

    Interrupting it ends the watching, not the tasks. It gives nothing back: ``ray.get(refs)``
    has the values, and raises what a task raised; here such tasks are only counted.

    Args:
        what: an ObjectRef, several of them, an actor's method, or a function.
        by: says how far it is, where ``what`` are refs.
        desc: stands before the bar.
        total: what counts as all, where plain numbers of things done are reported; where a
            dictionary is, how many tasks will report.

    Raises:
        TypeError: for anything else, or if progress cannot be read from what is reported.
        ValueError: if a number that is reported makes no sense.
        RaySystemError: if the session ends meanwhile.
        RayError: from an actor's method that is all there is to go by.
    """
    shown = importlib.import_module("raylite.notebook.watch")
    shown.progress(what, by=by, desc=desc, total=total)


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext raylite`` calls: adds ``%%actor`` and ``%raylite``. Twice is harmless."""
    importlib.import_module("raylite.notebook.magics").load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """What ``%unload_ext raylite`` calls: takes the magics away. The session goes on."""
    importlib.import_module("raylite.notebook.magics").unload(shell)
