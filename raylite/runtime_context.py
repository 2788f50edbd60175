"""Where the calling code runs: in which job, on which node, in which task or actor.

In Ray: ``python/ray/runtime_context.py``. Left out here: placement groups, runtime environments,
accelerators' ids.
"""

from typing import Any

from raylite import _engine
from raylite._core.common.ids import ActorID
from raylite.actor import ActorHandle, make_handle
from raylite.engines.base import RuntimeFacts

__all__ = ["RuntimeContext", "get_runtime_context"]


class RuntimeContext:
    """Facts about the place of the code that asks. Each is looked up anew."""

    def _facts(self) -> RuntimeFacts:
        return _engine.current().facts()

    def _in_worker(self, what: str) -> RuntimeFacts:
        facts = self._facts()
        if facts.is_driver:
            msg = f"{what} is known inside of a task or an actor, and was asked for in the driver."
            raise AssertionError(msg)
        return facts

    def get_job_id(self) -> str:
        """The job's id, 8 hexadecimal digits: one job for each driver."""
        return self._facts().job_id

    def get_node_id(self) -> str:
        """The node's id, 56 hexadecimal digits."""
        return self._facts().node_id

    def get_worker_id(self) -> str:
        """The id of this process, 56 hexadecimal digits; the driver has one as well."""
        return self._facts().worker_id

    def get_task_id(self) -> str | None:
        """The id of the task that runs; None in the driver."""
        return self._facts().task_id

    def get_task_name(self) -> str | None:
        """The name of the task that runs; None in the driver."""
        return self._facts().task_name

    def get_task_function_name(self) -> str | None:
        """The function of the task that runs; None in the driver."""
        return self._facts().task_name

    def get_actor_id(self) -> str | None:
        """The id of the actor this is, 32 hexadecimal digits; None outside of actors."""
        return self._facts().actor_id

    def get_actor_name(self) -> str | None:
        """The name of the actor this is, ``""`` if it has none; None outside of actors."""
        facts = self._facts()
        return None if facts.actor_id is None else facts.actor_name or ""

    def get_assigned_resources(self) -> dict[str, float]:
        """What this task or actor holds, by name.

        Raises:
            AssertionError: in the driver, which holds nothing.
        """
        return dict(self._in_worker("get_assigned_resources()").assigned_resources)

    def get_accelerator_ids(self) -> dict[str, list[str]]:
        """The accelerators this task or actor may use: none, since raylite only counts them."""
        return {"GPU": []}

    def get(self) -> dict[str, Any]:
        """The facts that are known here, in a dictionary."""
        facts = self._facts()
        known = {
            "job_id": facts.job_id,
            "node_id": facts.node_id,
            "namespace": facts.namespace,
            "task_id": facts.task_id,
            "actor_id": facts.actor_id,
        }
        return {name: value for name, value in known.items() if value is not None}

    @property
    def namespace(self) -> str:
        """The namespace in which names of actors are looked up."""
        return self._facts().namespace

    @property
    def job_id(self) -> str:
        """As :meth:`get_job_id`."""
        return self.get_job_id()

    @property
    def node_id(self) -> str:
        """As :meth:`get_node_id`."""
        return self.get_node_id()

    @property
    def task_id(self) -> str | None:
        """As :meth:`get_task_id`, inside of a task.

        Raises:
            AssertionError: in the driver.
        """
        return self._in_worker("task_id").task_id

    @property
    def actor_id(self) -> ActorID | None:
        """As :meth:`get_actor_id`, inside of a task or actor.

        Raises:
            AssertionError: in the driver.
        """
        return self._in_worker("actor_id").actor_id

    @property
    def was_current_actor_reconstructed(self) -> bool:
        """Whether this actor was restarted after a crash.

        Raises:
            AssertionError: in the driver.
        """
        return self._in_worker("was_current_actor_reconstructed").num_restarts > 0

    @property
    def current_actor(self) -> ActorHandle:
        """A handle for the actor this is, to be passed to others.

        Raises:
            RuntimeError: outside of actors.
        """
        facts = self._facts()
        if facts.actor_id is None:
            msg = "current_actor is known inside of an actor, and was asked for outside of one."
            raise RuntimeError(msg)
        return make_handle(facts.actor_handle, facts.actor_id, None)


def get_runtime_context() -> RuntimeContext:
    """Facts about the place of the calling code; starts a session if there is none."""
    _engine.current()
    return RuntimeContext()
