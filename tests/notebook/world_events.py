"""Events for tests of the pictures: stories told by hand, and any sequence of events at all."""

from typing import Any

from hypothesis import strategies as st

from raylite._core.common import events as happened
from raylite._core.common.ids import ActorID, LeaseID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.states import (
    ActorState,
    LeaseState,
    NodeState,
    PlacementGroupState,
    TaskState,
    WorkerState,
)

__all__ = ["ACTOR", "BATCHES", "DRIVER", "EVENTS", "NODE", "WORKER", "actor_moves", "registered"]

DRIVER = WorkerID("d" * 56)
WORKER = WorkerID("a" * 56)
NODE = NodeID("e" * 56)
ACTOR = ActorID("1" * 32)

_ACTORS = st.sampled_from([ActorID(letter * 32) for letter in "123"])
_WORKERS = st.sampled_from([DRIVER, WORKER, WorkerID("b" * 56)])
_NODES = st.sampled_from([NODE, NodeID("f" * 56)])
_GROUPS = st.sampled_from([PlacementGroupID("9" * 36), PlacementGroupID("8" * 36)])
_NAMES = st.sampled_from(["Accounting", "<script>alert(1)</script>", "Ærø", "x" * 500, ""])
_TIMES_S = st.floats(0, 1e6, allow_nan=False)
_AMOUNTS = st.dictionaries(st.sampled_from(["CPU", "GPU", "<b>"]), st.floats(0, 64), max_size=3)
_TASK_IDS = st.sampled_from([f"{number:048x}" for number in range(5)])


def _maybe(found: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | found


def _ended(**values: Any) -> happened.TaskEnded:
    # The contract: each of a call's times is not before the one above it.
    submitted_s, sent_s, started_s, ended_s, at_s = sorted(values.pop("times_s"))
    return happened.TaskEnded(
        **values,
        submitted_s=submitted_s,
        sent_s=sent_s,
        started_s=started_s,
        ended_s=ended_s,
        at_s=at_s,
    )


EVENTS: st.SearchStrategy[happened.Event] = st.one_of(
    st.builds(
        happened.ActorRegistered,
        actor_id=_ACTORS,
        class_name=_NAMES,
        name=_maybe(_NAMES),
        namespace=_NAMES,
        owner_id=_WORKERS,
        is_detached=st.booleans(),
        resources=_AMOUNTS,
        max_restarts=st.integers(-1, 5),
        at_s=_TIMES_S,
    ),
    st.builds(
        happened.ActorStateChanged,
        actor_id=_ACTORS,
        class_name=_NAMES,
        name=_maybe(_NAMES),
        old=_maybe(st.sampled_from(ActorState)),
        new=st.sampled_from(ActorState),
        worker_id=_maybe(_WORKERS),
        num_restarts=st.integers(0, 5),
        at_s=_TIMES_S,
        why=_NAMES,
    ),
    st.builds(
        happened.WorkerStateChanged,
        worker_id=_WORKERS,
        node_id=_NODES,
        pid=_maybe(st.integers(1, 99999)),
        old=_maybe(st.sampled_from(WorkerState)),
        new=st.sampled_from(WorkerState),
        at_s=_TIMES_S,
        why=_NAMES,
    ),
    st.builds(
        happened.DriverStateChanged,
        worker_id=_WORKERS,
        node_id=_NODES,
        pid=st.integers(1, 99999),
        is_alive=st.booleans(),
        entrypoint=_NAMES,
        at_s=_TIMES_S,
    ),
    st.builds(
        happened.LeaseStateChanged,
        lease_id=st.sampled_from([LeaseID("l1"), LeaseID("l2")]),
        holder_id=_WORKERS,
        worker_id=_maybe(_WORKERS),
        actor_id=_maybe(_ACTORS),
        old=_maybe(st.sampled_from(LeaseState)),
        new=st.sampled_from(LeaseState),
        at_s=_TIMES_S,
        resources=_AMOUNTS,
        group_id=_maybe(_GROUPS),
        bundle_index=st.integers(-1, 2),
    ),
    st.builds(
        happened.NodeStateChanged,
        node_id=_NODES,
        old=_maybe(st.sampled_from(NodeState)),
        new=st.sampled_from(NodeState),
        at_s=_TIMES_S,
        resources=_AMOUNTS,
        labels=st.dictionaries(_NAMES, _NAMES, max_size=2),
        is_head=st.booleans(),
    ),
    st.builds(
        happened.PlacementGroupStateChanged,
        group_id=_GROUPS,
        name=_NAMES,
        old=_maybe(st.sampled_from(PlacementGroupState)),
        new=st.sampled_from(PlacementGroupState),
        node_ids=st.tuples(_maybe(_NODES), _maybe(_NODES)),
        at_s=_TIMES_S,
        why=_NAMES,
        bundles=st.tuples(_AMOUNTS, _AMOUNTS),
        strategy=st.sampled_from(["PACK", "STRICT_SPREAD"]),
    ),
    st.builds(
        happened.TaskStateChanged,
        task_id=_TASK_IDS,
        name=_NAMES,
        actor_id=_maybe(_ACTORS),
        worker_id=_WORKERS,
        new=st.sampled_from(TaskState),
        at_s=_TIMES_S,
    ),
    st.builds(
        _ended,
        task_id=_TASK_IDS,
        name=_NAMES,
        actor_id=_maybe(_ACTORS),
        owner_id=_WORKERS,
        state=st.sampled_from([TaskState.FINISHED, TaskState.FAILED]),
        times_s=st.lists(_TIMES_S, min_size=5, max_size=5),
        worker_id=_maybe(_WORKERS),
        error_type=_maybe(_NAMES),
        args_bytes=st.integers(0, 10_000_000),
        result_bytes=st.integers(0, 2**33),
    ),
    st.builds(
        happened.MessageSent,
        kind=st.sampled_from(["RegisterActor", "CreateActor", "ActorUpdate", "GetObject"]),
        source_id=_WORKERS | st.just(happened.GCS) | st.just(f"raylet:{NODE}"),
        target_id=_WORKERS | st.just(happened.GCS) | st.just("fork-server"),
        about=_ACTORS | st.just(""),
        size_bytes=st.integers(0, 1 << 30),
        sent_s=_TIMES_S,
        at_s=_TIMES_S,
    ),
    st.builds(
        happened.ObjectSealed,
        object_id=st.sampled_from(["0a", "0b", "0c"]),
        owner_id=_WORKERS,
        worker_id=_WORKERS,
        size_bytes=st.integers(0, 1 << 40),
        on_disk=st.booleans(),
        at_s=_TIMES_S,
    ),
    st.builds(
        happened.ObjectsFreed,
        object_ids=st.lists(st.sampled_from(["0a", "0b", "0c"]), max_size=3).map(tuple),
        at_s=_TIMES_S,
    ),
    st.builds(
        happened.PendingCallsChanged,
        owner_id=_WORKERS,
        actor_id=_ACTORS,
        pending=st.integers(0, 100_000),
        queued=st.integers(0, 100_000),
        at_s=_TIMES_S,
    ),
    st.builds(
        happened.MessageIgnored,
        kind=st.just("WorkerDied"),
        about=_NAMES,
        at_s=_TIMES_S,
        why=_NAMES,
    ),
)
"""Any event, with ids that meet again and with texts that are hard to show."""

BATCHES = st.lists(st.lists(EVENTS, max_size=12).map(tuple), max_size=8)
"""Any session, however unlikely."""


def registered(actor_id: ActorID = ACTOR, **changes: Any) -> happened.ActorRegistered:
    """An ordinary actor of the driver's."""
    values: dict[str, Any] = {
        "actor_id": actor_id,
        "class_name": "Accounting",
        "name": None,
        "namespace": "",
        "owner_id": DRIVER,
        "is_detached": False,
        "resources": {},
        "max_restarts": 0,
        "at_s": 1.0,
    }
    return happened.ActorRegistered(**(values | changes))


def actor_moves(
    new: ActorState, at_s: float = 2.0, old: ActorState | None = None, **changes: Any
) -> happened.ActorStateChanged:
    """That actor's state is another one."""
    values: dict[str, Any] = {
        "actor_id": ACTOR,
        "class_name": "Accounting",
        "name": None,
        "old": old,
        "new": new,
        "worker_id": None,
        "num_restarts": 0,
        "at_s": at_s,
        "why": "",
    }
    return happened.ActorStateChanged(**(values | changes))
