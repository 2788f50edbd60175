"""What a notebook shows of the runtime, and the magics.

In Ray: ``python/ray/widgets`` and the dashboard. Left out here: a server of its own; all that is
shown is in the cell, and stays readable in the saved notebook.

The events of a session are folded into a :mod:`.world`. Every picture has a folder with a view
model, which is pure and says what is shown, and drawings of it: for the browser while it moves
(``static``), as plain HTML that stays, and as text. What moves has its common ground in
:mod:`.live`. Nothing here is loaded by ``import raylite``; IPython is loaded by the magics and by
``init`` in a kernel, widgets when one is shown.
"""

import importlib
from typing import Any

from raylite._notebook import progress
from raylite.notebook.tables.session_status import SessionStatus, init, shutdown, status

__all__ = ["SessionStatus", "init", "progress", "shutdown", "status"]

_WHERE = {
    "actors": "raylite.notebook.tables.session_lists",
    "doctor": "raylite._doctor_text",
    "kill": "raylite.notebook.magics.kill_actor",
    "memory": "raylite.notebook.tables.memory_view",
    "metrics": "raylite.notebook.tables.metrics_view",
    "objects": "raylite.notebook.tables.session_lists",
    "tasks": "raylite.notebook.tables.session_lists",
}
"""The other functions behind magics, which are loaded when they are first used."""


def __getattr__(name: str) -> Any:
    """A function behind a magic."""
    if name in _WHERE:
        return getattr(importlib.import_module(_WHERE[name]), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
