"""A process of Ray's in which raylite is used for the first time gets its engine here.

In Ray: nothing like it, since a worker of Ray's is one from its first moment. raylite comes into it
with the first function, class, ref or handle of raylite's.
"""

import importlib
from typing import Any, Final

__all__ = ["attach", "session"]

_API: Final[Any] = importlib.import_module("raylite._engine")
"""Who holds the engine; by name, since no engine imports the layer above."""


def session() -> object:
    """What stands for the session that this process is in; None: for no session."""
    return _API.engine


def attach() -> None:
    """See that this process has an engine."""
    if _API.engine is None:
        made = importlib.import_module("raylite.engines.ray.engine")
        _API.set_engine(made.RayEngine.of_this_process())
