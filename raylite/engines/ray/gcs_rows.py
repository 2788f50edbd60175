"""Ray's messages as the rows that events are made from.

In Ray: ``src/ray/protobuf/gcs.proto``, ``common.proto``, ``task_events.proto``.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from raylite._core.common.ids import ActorID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.states import ActorState, PlacementGroupState, TaskState
from raylite.engines.ray.events_rows import ActorRow, GroupRow, NodeRow, TaskRow, WorkerRow
from raylite.engines.ray.gcs_words import death_words, exit_words

__all__ = ["RowMaker", "real_resources"]

_NO_TIME: Final = 2**63
"""Ray writes -1 as a number without a sign where it knows no time."""
_OF_RAYLITE: Final = "_raylite_"
"""How methods begin that raylite has put into actors."""
_OF_NODES: Final = "node:"
_TASK_STATES: Final = {
    1: TaskState.PENDING_ARGS_AVAIL,
    2: TaskState.PENDING_NODE_ASSIGNMENT,
    3: TaskState.PENDING_NODE_ASSIGNMENT,
    4: TaskState.PENDING_NODE_ASSIGNMENT,
    5: TaskState.SUBMITTED_TO_WORKER,
    6: TaskState.SUBMITTED_TO_WORKER,
    7: TaskState.PENDING_ACTOR_TASK_ORDERING_OR_CONCURRENCY,
    8: TaskState.RUNNING,
    9: TaskState.RUNNING_IN_RAY_GET,
    10: TaskState.RUNNING_IN_RAY_WAIT,
    11: TaskState.FINISHED,
    12: TaskState.FAILED,
    13: TaskState.SUBMITTED_TO_WORKER,
}
"""Ray's numbers; what raylite has no word for counts as the state before."""
_CREATION, _METHOD = 1, 2


def real_resources(amounts: Mapping[str, float]) -> dict[str, float]:
    """Without what only names a node."""
    return {
        name: amount
        for name, amount in amounts.items()
        if amount and not name.startswith(_OF_NODES)
    }


class RowMaker:
    """Makes rows; knows when the session began.

    Args:
        began_unix_s: that, in seconds since 1970.
    """

    def __init__(self, began_unix_s: float) -> None:
        self._began_unix_s = began_unix_s
        gcs_pb2: Any = importlib.import_module("ray.core.generated.gcs_pb2")
        common_pb2: Any = importlib.import_module("ray.core.generated.common_pb2")
        self._gcs_pb2 = gcs_pb2
        self._strategy: Callable[[int], str] = common_pb2.PlacementStrategy.Name
        self._error: Callable[[int], str] = common_pb2.ErrorType.Name
        self._exit: Callable[[int], str] = common_pb2.WorkerExitType.Name
        self.class_names: dict[str, str] = {}
        """Of the actors that were seen, by id."""
        self.worker_of_task: dict[str, WorkerID] = {}
        """Who has run a task, and so owns what it has submitted."""

    def _ms(self, told: int) -> float | None:
        return self._s(told / 1e3) if 0 < told < _NO_TIME else None

    def _s(self, unix_s: float) -> float:
        return max(0.0, unix_s - self._began_unix_s)

    def actor(self, packed: bytes) -> tuple[ActorRow, Any]:
        """An actor, and Ray's message of it."""
        told = self._gcs_pb2.ActorTableData.FromString(packed)
        actor_id = ActorID(told.actor_id.hex())
        self.class_names[actor_id] = told.class_name
        state = ActorState(self._gcs_pb2.ActorTableData.ActorState.Name(told.state))
        changed = told.end_time if state is ActorState.DEAD else 0
        row = ActorRow(
            actor_id=actor_id,
            class_name=told.class_name,
            state=state,
            name=told.name or None,
            namespace=told.ray_namespace,
            owner_id=WorkerID(told.owner_address.worker_id.hex()),
            is_detached=told.is_detached,
            resources=dict(told.required_resources),
            max_restarts=told.max_restarts,
            num_restarts=told.num_restarts,
            worker_id=_worker_id(told.address.worker_id),
            started_s=self._ms(told.start_time),
            changed_s=self._ms(changed),
            why=death_words(told.death_cause) if state is ActorState.DEAD else "",
        )
        return row, told

    def worker(self, packed: bytes) -> tuple[WorkerRow, Any]:
        """A driver or a worker, and Ray's message of it."""
        told = self._gcs_pb2.WorkerTableData.FromString(packed)
        is_driver = told.worker_type == 1
        row = WorkerRow(
            worker_id=WorkerID(told.worker_address.worker_id.hex()),
            node_id=NodeID(told.worker_address.node_id.hex()),
            pid=told.pid,
            is_alive=told.is_alive,
            is_driver=is_driver,
            started_s=self._ms(told.worker_launch_time_ms) or self._ms(told.start_time_ms),
            ended_s=self._ms(told.end_time_ms),
            why="" if told.is_alive else exit_words(self._exit(told.exit_type), told.exit_detail),
            entrypoint=_text(told.worker_info.get("name", b"")) if is_driver else "",
        )
        return row, told

    def node(self, told: Mapping[str, Any]) -> NodeRow:
        """A node, from a row of Ray's ``nodes()``."""
        resources = told.get("Resources") or {}
        name = told.get("NodeName") or ""
        labels = dict(told.get("Labels") or {})
        if name and name != told.get("NodeManagerAddress"):
            labels.setdefault("name", name)
        return NodeRow(
            node_id=NodeID(str(told["NodeID"])),
            is_alive=bool(told["Alive"]),
            resources=real_resources(resources),
            labels=labels,
            is_head="node:__internal_head__" in resources,
        )

    def group(self, packed: bytes) -> GroupRow:
        """A placement group."""
        told = self._gcs_pb2.PlacementGroupTableData.FromString(packed)
        names = self._gcs_pb2.PlacementGroupTableData.PlacementGroupState
        return GroupRow(
            group_id=PlacementGroupID(told.placement_group_id.hex()),
            name=told.name,
            state=PlacementGroupState(names.Name(told.state)),
            bundles=tuple(dict(bundle.unit_resources) for bundle in told.bundles),
            node_ids=tuple(
                NodeID(one.node_id.hex()) if one.node_id else None for one in told.bundles
            ),
            strategy=self._strategy(told.strategy),
        )

    def task(self, packed: bytes, driver_id: WorkerID) -> TaskRow | None:
        """One attempt of a task; None for what is raylite's own, and where little is known yet.

        Args:
            packed: Ray's message of it.
            driver_id: who owns the tasks of the driver's own code.
        """
        told = self._gcs_pb2.TaskEvents.FromString(packed)
        info, updates = told.task_info, told.state_updates
        task_id = told.task_id.hex()
        worker_id = _worker_id(updates.worker_id)
        if worker_id is not None:
            self.worker_of_task[task_id] = worker_id
        actor_id = info.actor_id.hex() if info.type in {_CREATION, _METHOD} else ""
        name = info.name.removeprefix(f"{self.class_names.get(actor_id, '')}.")
        if not info.name or name.startswith(_OF_RAYLITE) or info.name.startswith(_OF_RAYLITE):
            return None
        failed = updates.HasField("error_info")
        fetched_s, ran_s = self._profile(told.profile_events.events)
        return TaskRow(
            task_id=task_id,
            attempt=told.attempt_number,
            name=name,
            actor_id=ActorID(actor_id) if actor_id else None,
            owner_id=self.worker_of_task.get(info.parent_task_id.hex(), driver_id),
            worker_id=worker_id,
            times=self._times(updates.state_ts_ns),
            ran_s=ran_s,
            fetched_s=fetched_s,
            error_type=self._error(updates.error_info.error_type) if failed else None,
            resources=dict(info.required_resources),
            is_creation=info.type == _CREATION,
        )

    def _times(self, told: Mapping[int, int]) -> dict[TaskState, float]:
        times: dict[TaskState, float] = {}
        for number in sorted(told):
            state = _TASK_STATES.get(number)
            if state is not None:
                times.setdefault(state, self._s(told[number] / 1e9))
        return times

    def _profile(self, events: Any) -> tuple[float, float | None]:
        """How long the arguments were fetched, and when the code had ended."""
        fetched_s, ran_s = 0.0, None
        for event in events:
            if event.event_name == "task:deserialize_arguments":
                fetched_s = (event.end_time - event.start_time) / 1e9
            elif event.event_name == "task:execute":
                ran_s = self._s(event.end_time / 1e9)
        return fetched_s, ran_s


def _worker_id(told: bytes) -> WorkerID | None:
    """None for the id that Ray gives where there is none yet: all bits set, or none."""
    return WorkerID(told.hex()) if told.strip(b"\xff") and told.strip(b"\0") else None


def _text(told: bytes | str) -> str:
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else told
