"""Where the calling code runs: in which job, on which node, in which task or actor.

In Ray: ``python/ray/runtime_context.py``. Left out here: the worker object behind it.

Ids come in two forms, as in Ray: ``get_job_id()`` and the like give hexadecimal digits, and the
older properties ``job_id`` and the like give an id that knows its kind.
"""

import importlib
from pathlib import PurePath
from typing import Any, Final

from raylite import _engine
from raylite._core.common.public_ids import ActorID, JobID, NodeID, PlacementGroupID, TaskID
from raylite.actor import ActorHandle, make_handle
from raylite.engines.base import RuntimeFacts

__all__ = ["RuntimeContext", "get_runtime_context"]

_NO_ACCELERATORS: Final = (
    *("FURIOSA", "HPU", "MBLT", "NPU", "RBLN", "TPU", "TTNPU", "neuron_cores"),
)
"""What Ray can tell apart beside GPUs."""


class RuntimeContext:
    """Facts about the place of the code that asks. Each is looked up anew."""

    def get_job_id(self) -> str:
        """The job's id, 8 hexadecimal digits: one job for each driver."""
        return _facts().job_id

    def get_node_id(self) -> str:
        """The node's id, 56 hexadecimal digits."""
        return _facts().node_id

    def get_worker_id(self) -> str:
        """The id of this process, 56 hexadecimal digits; the driver has one as well."""
        return _facts().worker_id

    def get_task_id(self) -> str | None:
        """The id of the task that runs, 48 hexadecimal digits; None in the driver."""
        return _facts().task_id

    def get_task_name(self) -> str | None:
        """The name of the task that runs, ``f`` or ``Counter.add``; None in the driver.

        It is what ``.options(name=...)`` has said, if it has; ``""`` in a thread of the program's
        own.
        """
        return _task_fact(_facts().task_name)

    def get_task_function_name(self) -> str | None:
        """The function of the task that runs, with its module; None in the driver."""
        return _task_fact(_facts().function_name)

    def get_actor_id(self) -> str | None:
        """The id of the actor this is, 32 hexadecimal digits; None outside of actors."""
        return _facts().actor_id

    def get_actor_name(self) -> str | None:
        """The name of the actor this is, ``""`` if it has none; None outside of actors."""
        facts = _facts()
        return None if facts.actor_id is None else facts.actor_name or ""

    def get_placement_group_id(self) -> str | None:
        """The id of the placement group this runs in, 36 hexadecimal digits; None outside."""
        return _facts().strategy.group_id

    def get_assigned_resources(self) -> dict[str, float]:
        """What this task or actor holds, by name.

        Raises:
            AssertionError: in the driver, which holds nothing.
        """
        return dict(_facts_in_worker("get_assigned_resources()").assigned_resources)

    def get_accelerator_ids(self) -> dict[str, list[str]]:
        """The accelerators this task or actor may use, by family; raylite has GPUs only."""
        gpus = [str(gpu_id) for gpu_id in _facts().gpu_ids]
        return {"GPU": gpus, **{family: [] for family in _NO_ACCELERATORS}}

    def get_resource_ids(self) -> dict[str, list[str]]:
        """As :meth:`get_accelerator_ids`, under its older name."""
        return self.get_accelerator_ids()

    def get_node_labels(self) -> dict[str, str]:
        """The labels of the node, its id among them."""
        own_id = self.get_node_id()
        rows = _engine.current().state("nodes")
        return next((dict(row["Labels"]) for row in rows if row["NodeID"] == own_id), {})

    def get_session_name(self) -> str:
        """The name of the session: that of the folder its files are in."""
        return PurePath(_engine.current().address_info()["session_dir"]).name

    def get_temp_dir(self) -> str:
        """Where the session's folder is."""
        return str(PurePath(_engine.current().address_info()["session_dir"]).parent)

    def is_canceled(self) -> bool:
        """Whether the task or call that asks was cancelled with ``ray.cancel``.

        A method of an actor is not interrupted: a long one asks this now and then, and returns.

        Raises:
            RuntimeError: in the driver, which nobody can cancel, and in an asynchronous actor.
        """
        engine = _engine.current()
        facts = engine.facts()
        if facts.is_driver:
            msg = "is_canceled() is for the code of tasks and actors, and was asked in the driver."
            raise RuntimeError(msg)
        if facts.is_async:
            msg = (
                "is_canceled() is not supported in an async actor: a coroutine that is cancelled "
                "gets asyncio.CancelledError where it awaits."
            )
            raise RuntimeError(msg)
        return engine.is_cancelled()

    def get(self) -> dict[str, Any]:
        """The ids that are known here, and the namespace, in a dictionary."""
        known: dict[str, Any] = {
            "job_id": self.job_id,
            "node_id": self.node_id,
            "namespace": self.namespace,
        }
        facts = _facts()
        if facts.task_id is not None:
            known["task_id"] = TaskID.from_hex(facts.task_id)
        if facts.actor_id is not None:
            known["actor_id"] = ActorID.from_hex(facts.actor_id)
        return known

    def get_runtime_env_string(self) -> str:
        """As :attr:`runtime_env`, in JSON."""
        json = importlib.import_module("json")
        return str(json.dumps(self.runtime_env, sort_keys=True))

    @property
    def runtime_env(self) -> dict[str, Any]:
        """What this process was started with; in the driver, what its workers are started with.

        A ``working_dir`` is the directory that was given to ``init``; workers are in a copy.
        """
        made: dict[str, Any] = importlib.import_module("raylite._runtime_env").RuntimeEnv()
        made.update(_facts().environment.to_dict())
        return made

    @property
    def namespace(self) -> str:
        """The namespace in which names of actors are looked up."""
        return _facts().namespace

    @property
    def gcs_address(self) -> str:
        """Where the session's head is reached."""
        return str(_engine.current().address_info()["gcs_address"])

    @property
    def job_id(self) -> JobID:
        """The job's id."""
        return JobID.from_hex(self.get_job_id())

    @property
    def node_id(self) -> NodeID:
        """The node's id."""
        return NodeID.from_hex(self.get_node_id())

    @property
    def task_id(self) -> TaskID | None:
        """The id of the task that runs; None in a thread of the program's own.

        Raises:
            AssertionError: in the driver.
        """
        task_id = _facts_in_worker("task_id").task_id
        return None if task_id is None else TaskID.from_hex(task_id)

    @property
    def actor_id(self) -> ActorID | None:
        """The id of the actor this is; None in a task.

        Raises:
            AssertionError: in the driver.
        """
        actor_id = _facts_in_worker("actor_id").actor_id
        return None if actor_id is None else ActorID.from_hex(actor_id)

    @property
    def current_placement_group_id(self) -> PlacementGroupID:
        """The id of the placement group this runs in; outside of all, the one that is nil."""
        group_id = self.get_placement_group_id()
        return PlacementGroupID.nil() if group_id is None else PlacementGroupID.from_hex(group_id)

    @property
    def should_capture_child_tasks_in_placement_group(self) -> bool:
        """Whether what this starts goes into its placement group, unless it says otherwise."""
        return _facts().strategy.captures_children

    @property
    def was_current_actor_reconstructed(self) -> bool:
        """Whether this actor was restarted after a crash.

        Raises:
            AssertionError: in the driver.
        """
        return _facts_in_worker("was_current_actor_reconstructed").num_restarts > 0

    @property
    def current_actor(self) -> ActorHandle:
        """A handle for the actor this is, to be passed to others.

        Raises:
            RuntimeError: outside of actors.
        """
        facts = _facts()
        if facts.actor_id is None:
            msg = "current_actor is known inside of an actor, and was asked for outside of one."
            raise RuntimeError(msg)
        engine = _engine.current()
        return make_handle(facts.actor_handle, facts.actor_id, engine.weak_ref(facts.actor_id))


def _facts() -> RuntimeFacts:
    return _engine.current().facts()


def _facts_in_worker(what: str) -> RuntimeFacts:
    facts = _facts()
    if facts.is_driver:
        msg = f"{what} is known inside of a task or an actor, and was asked for in the driver."
        raise AssertionError(msg)
    return facts


def _task_fact(known: str | None) -> str | None:
    """Something about a task; in a worker's thread that runs none, it is empty, as in Ray."""
    return "" if known is None and not _facts().is_driver else known


_context: Final = RuntimeContext()


def get_runtime_context() -> RuntimeContext:
    """Facts about the place of the calling code; starts a session if there is none."""
    _engine.current()
    return _context
