"""Real processes on this machine: the engine that ``init()`` starts, or joins, by default.

In Ray: ``python/ray/_private/node.py``. The head takes longest to come up, so it is started before
the driver imports its own part of the runtime; the two load side by side.
"""

import os
from pathlib import Path
from typing import Any

from raylite._core.common.resources import ResourceSet
from raylite._core.node.begun_session import BegunSession
from raylite._core.node.session_folder import StorePlace, runtime_folder
from raylite._core.rpc.cpus import cpu_count
from raylite._core.rpc.interrupt import InterruptGuard
from raylite.engines.base import EngineConfig

__all__ = ["start"]


def start(config: EngineConfig) -> Any:
    """Start a session on this machine, or join the one that ``raylite start`` has begun.

    Returns:
        The :class:`~raylite.engines.local_engine.LocalEngine`.

    Raises:
        RaySystemError: if it does not come up.
        ConnectionError: if the runtime to join is not there.
        ValueError: if there is one, and a keyword was given for a new session.
        RuntimeError: if the runtime is another Python's, or another version of raylite's.
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
    found = _runtime_to_join(config)
    if found is not None:
        from raylite._core.node.joined_session import JoinedSession  # noqa: PLC0415  # Most sessions do without.
        from raylite.engines.local_engine import LocalEngine  # noqa: PLC0415  # As below.

        try:
            return LocalEngine(config, JoinedSession(found, namespace), guard)
        except ConnectionError:  # It has just ended.
            if config.address:
                raise
    store = StorePlace(
        memory=config.plasma_directory,
        disk=config.spilling_directory,
        limit=config.object_store_memory,
    )
    session = BegunSession(ResourceSet.of(_resources(config)), namespace, config.labels, store)
    try:
        from raylite.engines.local_engine import LocalEngine  # noqa: PLC0415  # While the head loads.

        engine = LocalEngine(config, session, guard)
        for node in config.further_nodes:
            engine.add_node(node.total(), node.labels)
    except BaseException:
        session.give_up()
        raise
    return engine


def _runtime_to_join(config: EngineConfig) -> Any:
    """The runtime that the address means; None: a session is to be begun.

    Raises:
        ConnectionError: if it is not there.
        ValueError: if a keyword was given that only a new session can honour.
        RuntimeError: if it is another Python's, or another version of raylite's.
    """
    if config.address == "local":
        return None
    folder = runtime_folder() if config.address in {"", "auto"} else config.address
    if not Path(folder).exists():
        return _none_to_join(config, folder)
    from raylite._core.node import runtime_address  # noqa: PLC0415  # Most sessions do without.

    found = runtime_address.find(folder)
    if found is None or not runtime_address.listens(found):
        return _none_to_join(config, folder)
    if config.of_new_session:
        given = ", ".join(f"{name}=..." for name in config.of_new_session)
        msg = (
            f"When connecting to an existing cluster, init({given}) is not possible: the runtime "
            "that `raylite start` began has its resources already. Write init() to join it, "
            f"init(address='local', {given}) for a session of this program's own, or end the "
            "runtime with `raylite stop`."
        )
        raise ValueError(msg)
    runtime_address.check_versions(found)
    return found


def _none_to_join(config: EngineConfig, folder: str) -> None:
    if config.address:
        msg = (
            f"init(address={config.address!r}) could not find any running instance to join; it "
            f"looked in {folder}. Start one with `raylite start --head` in a terminal, or write "
            "init() for a session of this program's own."
        )
        raise ConnectionError(msg)


def _resources(config: EngineConfig) -> dict[str, float]:
    cpus = cpu_count() if config.num_cpus is None else config.num_cpus
    memory = {} if config.memory is None else {"memory": config.memory}
    if config.object_store_memory is not None:
        memory["object_store_memory"] = config.object_store_memory
    return {"CPU": cpus, "GPU": config.num_gpus, **config.resources, **memory}
