"""Beginning and ending a session: ``init``, ``shutdown``, and whether there is one.

In Ray: ``init`` and ``shutdown`` in ``python/ray/_private/worker.py``. What was typed is checked
here; the engine that it names is loaded, and started with it.
"""

import atexit
import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from raylite import _engine
from raylite._context import RayContext
from raylite._engine_choice import RAY, chosen_engine, start_engine
from raylite._init_options import check_init, note_ignored
from raylite._nodes import with_nodes
from raylite._notebook import show_output_in_cells
from raylite._store_options import with_store_folders
from raylite.engines.base import Engine, EngineConfig

__all__ = ["init", "is_initialized", "shutdown"]

# Two threads may use the API first at the same time; the one that starts the engine may use it.
_lock = threading.RLock()


def init(
    address: str | None = None,
    *,
    num_cpus: int | None = None,
    num_gpus: int | None = None,
    resources: Mapping[str, float] | None = None,
    object_store_memory: int | None = None,
    local_mode: bool = False,
    ignore_reinit_error: bool = False,
    log_to_driver: bool | None = None,
    logging_level: int | str | None = None,
    namespace: str | None = None,
    runtime_env: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
    nodes: Sequence[Mapping[str, Any]] | None = None,
    engine: str | None = None,
    _memory: int | None = None,
    **of_ray: Any,
) -> RayContext:
    """Join the runtime that ``raylite start`` has begun, or start a session.

    A session is processes, and all that ends with them. A program need not call this: the first
    ``.remote()``, ``put`` or ``get`` does.

    Args:
        address: None joins your runtime if there is one, and starts a session if not. ``"auto"``
            insists on the runtime, ``"local"`` on a session of this program's own. The folder
            that ``raylite start`` has named stands for its runtime. ``RAYLITE_ADDRESS`` and
            ``RAY_ADDRESS`` in the environment count before None and ``"auto"``.
        num_cpus: how many CPUs tasks and actors share; None: as many as there are.
        num_gpus: the same for GPUs.
        resources: further resources, by name.
        object_store_memory: bytes that all large values of the session may take together, in
            memory and on disk; at least 75 MiB. None: as many as there is room for.
        local_mode: True is ``engine="inline"``.
        ignore_reinit_error: True: a second call gives the session there is.
        log_to_driver: False keeps the workers' output out of the notebook.
        logging_level: how much raylite says of itself, as in Python's ``logging``.
        namespace: in which actors get their names; None: one of this session's own.
        runtime_env: what workers are started with: ``env_vars``, and a ``working_dir``, in a copy
            of which they are.
        labels: what ``label_selector`` finds the node by.
        nodes: all nodes of the session, as ``[{"num_cpus": 2}, {"num_cpus": 4, "labels": ...}]``,
            instead of the keywords for one; see :mod:`raylite.cluster`.
        engine: what runs the program. ``"processes"``: this machine's; ``"inline"``: this process
            alone, each call at once, so that ``breakpoint()`` lands in an actor's code; ``"ray"``:
            Ray itself, at an address of Ray's. None: what ``RAYLITE_ENGINE`` in the environment
            says, else processes.
        _memory: bytes that tasks and actors share; None: those the machine has.
        of_ray: ``_plasma_directory``, where large values lie instead of in ``/dev/shm``, and
            ``object_spilling_directory``, where they go that find no room there, instead of where
            temporary files go. Ray's other keywords, for clusters and dashboards, have no effect
            but on ``engine="ray"``, which hands all of them to Ray.

    Returns:
        A context, which ends the session if used in a ``with`` statement.

    Raises:
        RuntimeError: if there is a session already, or for a keyword that Ray does not know.
        ConnectionError: if there is no runtime at the address, or it is that of a cluster.
        ValueError: for a value out of range, and for resources where a runtime is to be joined.
        TypeError: for a value of the wrong type.
    """
    with _lock:
        living = _living_engine()
        if living is not None and not ignore_reinit_error:
            msg = (
                "init() was called while a session is running already: maybe the cell was run "
                "twice. Write init(ignore_reinit_error=True) to go on with that session, or call "
                "shutdown() first."
            )
            raise RuntimeError(msg)
        name = chosen_engine(engine, local_mode=local_mode)
        config = check_init(
            engine=name,
            address=address,
            num_cpus=num_cpus,
            num_gpus=num_gpus,
            resources=resources,
            object_store_memory=object_store_memory,
            namespace=namespace,
            log_to_driver=log_to_driver,
            logging_level=logging_level,
            runtime_env=runtime_env,
        )
        config = with_nodes(config, nodes, labels, _memory)
        if living is None or logging_level is not None:
            logging.getLogger("raylite").setLevel(config.logging_level)
        config = _with_keywords_of_ray(config, of_ray)
        return _context_of(living or _started(config))


_engine.set_starter(init)


def _with_keywords_of_ray(config: EngineConfig, of_ray: dict[str, Any]) -> EngineConfig:
    """The keywords that only Ray's ``init`` has a use for, but those that name folders."""
    if config.engine == RAY:
        return config.replaced(of_ray={**config.of_ray, **of_ray})
    config = with_store_folders(config, of_ray)
    note_ignored(of_ray)
    return config


def _started(config: EngineConfig) -> Engine:
    engine = start_engine(config.engine, config)
    _engine.set_engine(engine)
    atexit.register(shutdown)
    show_output_in_cells(engine)
    return engine


def _context_of(engine: Engine) -> RayContext:
    address_info = {**engine.address_info(), "namespace": engine.facts().namespace}
    return RayContext(address_info, shutdown)


def shutdown(*, wait_for_processes: bool = True) -> None:  # noqa: ARG001  # in Ray's signature
    """End the session: every process and every file of it. Without a session, do nothing.

    In a task or an actor this does nothing but say so: the session is the driver's.

    Args:
        wait_for_processes: without effect; they have ended when this returns.
    """
    with _lock:
        engine = _engine.get_or_none()
        if engine is None:
            return
        if not engine.over and not engine.facts().is_driver:
            logging.getLogger("raylite").warning(
                "raylite: shutdown() in a task or an actor does nothing: the driver ends the "
                "session. To end an actor from inside, write ray.actor.exit_actor()."
            )
            return
        _engine.tell_of_end(engine)
        # First, so that nothing begins in a session that is ending.
        _engine.set_engine(None)
        atexit.unregister(shutdown)
        engine.close()


def is_initialized() -> bool:
    """Whether there is a session."""
    return _living_engine() is not None


def _living_engine() -> Engine | None:
    """The engine; one whose session has ended by itself is cleared away, and counts as none."""
    engine = _engine.get_or_none()
    if engine is None or not engine.over:
        return engine
    shutdown()
    return None
