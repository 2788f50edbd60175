"""The doors to :mod:`raylite.notebook`, which is loaded only when one of them is used.

In Ray: nothing like it. The import goes by name, since the notebook layer builds on this API.
"""

import importlib
import sys
from collections.abc import Callable
from typing import Any

__all__ = [
    "hide_own_lines_in_cells",
    "load_ipython_extension",
    "output",
    "progress",
    "show_actor",
    "show_output_in_cells",
    "show_ref",
    "unload_ipython_extension",
]


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
    shown = importlib.import_module("raylite.notebook.bars.waiting")
    shown.progress(what, by=by, desc=desc, total=total)


def output(last: int = 1000) -> str:
    """What workers have printed, whether it was shown under a cell or only counted there.

    Args:
        last: how many lines, at most; what is kept is 20 MB.

    Returns:
        The lines, oldest first. Nothing outside of notebooks, where all is shown when it comes.
    """
    found: str = importlib.import_module("raylite.notebook.output.router").output(last)
    return found


def show_output_in_cells(engine: Any) -> None:
    """In a kernel, have what workers print appear under the cell that made the call."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if getattr(shell, "kernel", None) is not None:
        importlib.import_module("raylite.notebook.output.router").follow(shell, engine)


def hide_own_lines_in_cells() -> None:
    """In a notebook, have slips shown without raylite's lines, those before ``init`` as well.

    Until there is one, nothing of the notebook layer is loaded.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or "showtraceback" in vars(shell):
        return

    def show_first(*args: Any, **kwargs: Any) -> None:
        del shell.showtraceback
        importlib.import_module("raylite.notebook.magics.own_errors").hide_own_lines(shell)
        shell.showtraceback(*args, **kwargs)

    shell.showtraceback = show_first


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext raylite`` calls: adds ``%%actor`` and ``%raylite``. Twice is harmless."""
    importlib.import_module("raylite.notebook.magics.magics").load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """What ``%unload_ext raylite`` calls: takes the magics away. The session goes on."""
    importlib.import_module("raylite.notebook.magics.magics").unload(shell)


def show_actor(handle: Any) -> None:
    """What a notebook does with a handle at the end of a cell: shows its actor's card.

    Raises:
        NotImplementedError: where there is no notebook, so that IPython shows the text.
    """
    _show("raylite.notebook.card.card", "show_handle", handle)


def show_ref(ref: Any) -> None:
    """What a notebook does with an ObjectRef at the end of a cell: shows how far it is.

    Raises:
        NotImplementedError: as above.
    """
    _show("raylite.notebook.chip.chip", "show_ref", ref)


def _show(module: str, function: str, thing: Any) -> None:
    # Widgets take a third of a second to load, which a terminal need not pay.
    ipython = sys.modules.get("IPython")
    if ipython is None or getattr(ipython.get_ipython(), "kernel", None) is None:
        raise NotImplementedError
    try:
        getattr(importlib.import_module(module), function)(thing)
    except Exception:  # A picture that fails leaves the text.
        raise NotImplementedError from None
