"""The engine this process talks to, if any.

In Ray: ``global_worker`` and ``auto_init_ray`` in ``python/ray/_private``. In the driver ``init``
sets the engine, or the first use of the API does; in a worker process it is the ``CoreWorker``,
set before any user code runs.
"""

from collections.abc import Callable

from raylite.engines.base import Engine
from raylite.exceptions import RaySystemError

__all__ = ["before_end", "current", "get_or_none", "set_engine", "set_starter", "tell_of_end"]

engine: Engine | None = None
"""Read by the hot path of actor calls; written by :func:`set_engine` alone."""


def _no_starter() -> object:
    msg = "raylite is not initialised here: call raylite.init() first."
    raise RaySystemError(msg)


_start: Callable[[], object] = _no_starter


_told_of_end: list[Callable[[Engine], None]] = []


def before_end(tell: Callable[[Engine], None]) -> None:
    """Have ``tell`` called when a session is about to be shut down. It must not raise."""
    _told_of_end.append(tell)


def tell_of_end(ending: Engine) -> None:
    """A session is about to be shut down, and can still be asked."""
    for tell in _told_of_end:
        tell(ending)


def set_engine(new: Engine | None) -> None:
    """Make ``new`` the engine of this process; None says that the session is over."""
    global engine  # noqa: PLW0603  # one process, one engine: this module is the variable
    engine = new


def set_starter(start: Callable[[], object]) -> None:
    """Name the function that starts a session when the API is used without one."""
    global _start  # noqa: PLW0603  # as above
    _start = start


def get_or_none() -> Engine | None:
    """The engine, if there is one."""
    return engine


def current() -> Engine:
    """The engine; without one, a session is started as ``init()`` would.

    Raises:
        RaySystemError: if it cannot be started.
    """
    if engine is None:
        _start()
    if engine is None:
        msg = "raylite was shut down while it was being used."
        raise RaySystemError(msg)
    return engine
