"""Real processes on this machine: the engine that ``init()`` starts by default.

In Ray: ``python/ray/_private/node.py``. The head takes longest to come up, so it is started before
the driver imports its own part of the runtime; the two load side by side.
"""

import os
from typing import Any

from raylite._core.common.resources import ResourceSet
from raylite._core.node.begun_session import BegunSession
from raylite._core.node.cpus import cpu_count
from raylite._core.rpc.interrupt import InterruptGuard
from raylite.engines.base import EngineConfig

__all__ = ["start"]


def start(config: EngineConfig) -> Any:
    """Start a session on this machine.

    Returns:
        The :class:`~raylite.engines.local_engine.LocalEngine`.

    Raises:
        RaySystemError: if it does not come up.
        KeyboardInterrupt: if Ctrl-C was pressed meanwhile; then nothing of the session stays.
    """
    guard = InterruptGuard()
    guarded = guard.enter()
    try:
        engine = _started(config, guard)
    except BaseException:
        guard.uninstall()
        if guarded:
            guard.leave()
        raise
    try:
        if guarded:
            guard.leave()
    except BaseException:
        engine.close()
        raise
    return engine


def _started(config: EngineConfig, guard: InterruptGuard) -> Any:
    namespace = config.namespace or os.urandom(8).hex()
    session = BegunSession(ResourceSet.of(_resources(config)), namespace)
    try:
        from raylite.engines.local_engine import LocalEngine  # noqa: PLC0415  # While the head loads.

        return LocalEngine(config, session, guard)
    except BaseException:
        session.give_up()
        raise


def _resources(config: EngineConfig) -> dict[str, float]:
    cpus = cpu_count() if config.num_cpus is None else config.num_cpus
    return {"CPU": cpus, "GPU": config.num_gpus, **config.resources}
