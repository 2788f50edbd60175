"""Which engine runs a program: processes of this machine, one process, or Ray itself.

In Ray: ``local_mode`` of ``ray.init``, which Ray has given up, and nothing else like it. The
program is the same on each of them; the engine is loaded by its name when a session begins.
"""

import importlib
import os
import sys
from typing import Any, Final

from raylite import _engine
from raylite.engines.base import Engine, EngineConfig

__all__ = ["INLINE", "PROCESSES", "RAY", "chosen_engine", "runs_on_ray", "start_engine"]

PROCESSES: Final = "processes"
INLINE: Final = "inline"
RAY: Final = "ray"
_MODULES: Final = {
    PROCESSES: "raylite.engines.local",
    INLINE: "raylite.engines.inline.start",
    RAY: "raylite.engines.ray.start",
}
_VARIABLE: Final = "RAYLITE_ENGINE"
_IN_BROWSER: Final = sys.platform == "emscripten"
"""Where no process can be started: Pyodide, as in JupyterLite."""


def chosen_engine(engine: Any, *, local_mode: bool) -> str:
    """The engine's name: what was given, else what ``RAYLITE_ENGINE`` says, else processes.

    In a browser, where there can be no processes, it is one process if nothing is said.

    Args:
        engine: ``init``'s keyword; None: not given.
        local_mode: Ray's older name for one process.

    Raises:
        TypeError: if it is no text.
        ValueError: if there is no engine of that name, or ``local_mode`` asks for another one.
    """
    if engine is not None and not isinstance(engine, str):
        msg = f"init(engine={engine!r}): this has to be the name of an engine. {_choices()}"
        raise TypeError(msg)
    if local_mode:
        if engine not in {None, INLINE}:
            msg = (
                f"init(engine={engine!r}, local_mode=True): local_mode is another word for "
                f"engine={INLINE!r}. Leave one of the two out."
            )
            raise ValueError(msg)
        return INLINE
    if engine is None:
        return _from_environment()
    if engine not in _MODULES:
        msg = f"init(engine={engine!r}): there is no such engine. {_choices()}"
        raise ValueError(msg)
    return engine


def _from_environment() -> str:
    named = os.environ.get(_VARIABLE, "")
    if named and named not in _MODULES:
        msg = f"The environment says {_VARIABLE}={named}, which is no engine. {_choices()}"
        raise ValueError(msg)
    return named or (INLINE if _IN_BROWSER else PROCESSES)


def _choices() -> str:
    return (
        f"Write {PROCESSES!r} for processes of this machine, {INLINE!r} for this process alone, to "
        f"debug in, or {RAY!r} for Ray itself."
    )


def runs_on_ray() -> bool:
    """Whether the session is on Ray itself; before it begins: whether the environment says so.

    Then it is Ray that has what raylite's own engine has not.
    """
    engine = _engine.get_or_none()
    if engine is None:
        return os.environ.get(_VARIABLE) == RAY
    return getattr(engine, "is_ray", False)


def start_engine(name: str, config: EngineConfig) -> Engine:
    """Load an engine and begin a session on it.

    Args:
        name: of :func:`chosen_engine`.
        config: what ``init`` was told.
    """
    started: Engine = importlib.import_module(_MODULES[name]).start(config)
    return started
