"""Which messages are recorded, and what each of them is about.

In Ray: nothing; it records no messages. Left out here: calls and replies, which the event log has
as rows; what carries the log itself, output, metrics and reports; and questions that change
nothing.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from raylite._core.common import messages as tell
from raylite._core.rpc import peer_messages as peer

__all__ = ["ABOUT", "ASKED", "about_of", "task_of"]


def _nothing(_message: object) -> str:
    return ""


def _lease_or_actor(message: tell.RequestWorkerLease) -> str:
    return message.actor_id or message.lease_id


def _object(message: Any) -> str:
    found: str = message.object_id.hex()
    return found


def _one_of_all(message: peer.RefsInReply) -> str:
    return message.names[0][0].hex() if message.names else ""


ABOUT: Final[dict[type, Callable[[Any], str]]] = {
    **dict.fromkeys((tell.RegisterActor,), attrgetter("spec.actor_id")),
    **dict.fromkeys((tell.CreatePlacementGroup,), attrgetter("spec.group_id")),
    **dict.fromkeys(
        (
            tell.ActorDependenciesReady,
            tell.ActorWorkerLeased,
            tell.ActorLeaseRejected,
            tell.CreationFinished,
            tell.CreationFailed,
            tell.KillActor,
            tell.ActorOutOfScope,
            tell.ActorExiting,
            peer.SubscribeActor,
            peer.ActorUpdate,
            peer.CreateActor,
        ),
        attrgetter("actor_id"),
    ),
    tell.RequestWorkerLease: _lease_or_actor,
    **dict.fromkeys(
        (
            tell.CancelWorkerLease,
            tell.ReturnWorkerLease,
            peer.LeaseGranted,
            peer.LeaseRejected,
        ),
        attrgetter("lease_id"),
    ),
    **dict.fromkeys(
        (
            tell.RemovePlacementGroup,
            tell.PrepareBundles,
            tell.BundlesPrepared,
            tell.CommitBundles,
            tell.BundlesCommitted,
            tell.ReturnBundles,
        ),
        attrgetter("group_id"),
    ),
    **dict.fromkeys((tell.AddNode, tell.RemoveNode), attrgetter("node_id")),
    **dict.fromkeys(
        (
            tell.WorkerDied,
            tell.WorkerBlocked,
            tell.WorkerUnblocked,
            tell.WorkerStays,
            peer.Hello,
            peer.ForkWorker,
            peer.WorkerExited,
        ),
        attrgetter("worker_id"),
    ),
    **dict.fromkeys(
        (
            peer.Welcome,
            peer.DefineEnvironment,
            peer.ExitWorker,
            peer.ReturnIdleLeases,
            peer.DefineFunction,
            peer.ForgetFunction,
            peer.LeaseContext,
            peer.SegmentsReleased,
            peer.CancelAnswered,
            peer.BorrowerCounted,
            peer.CancelTask,
            peer.ItemsTaken,
            peer.RefsArrived,
            peer.HandBackTasks,
        ),
        _nothing,
    ),
    **dict.fromkeys(
        (
            peer.GetObject,
            peer.ObjectValue,
            peer.BorrowerAdded,
            peer.ReleaseBorrow,
            peer.CancelObject,
        ),
        _object,
    ),
    peer.RefsInReply: _one_of_all,
}
"""By class: the id that a message is about. Messages of other classes are not recorded."""

ASKED: Final[dict[str, str]] = {
    "register_named_actor": "RegisterActor",
    "get_named_actor": "GetNamedActor",
    "kill_actor": "KillActor",
    "create_placement_group": "CreatePlacementGroup",
    "remove_placement_group": "RemovePlacementGroup",
    "add_node": "AddNode",
    "remove_node": "RemoveNode",
}
"""Questions to the head that are recorded, with their answers, and the kind they have there."""


def about_of(request: peer.Request) -> str:
    """The id that a question to the head is about, where it names one."""
    first = request.args[0] if request.args else None
    if isinstance(first, tell.RegisterActor):
        return first.spec.actor_id
    if request.what == "create_placement_group":
        return str(getattr(first, "group_id", ""))
    in_args = request.what in {"kill_actor", "remove_placement_group", "remove_node"}
    return first if in_args and isinstance(first, str) else ""


def task_of(message: Any, own_id: str, peer_id: str) -> str:
    """The task that a message between two processes is about; empty if that is another matter.

    Args:
        message: as it was sent.
        own_id: the sender.
        peer_id: the receiver.
    """
    match message:
        case peer.CancelTask() | peer.ItemsTaken() | peer.RefsArrived():
            return f"{own_id[:32]}{message.seq:016x}"
        case peer.HandBackTasks():
            return f"{peer_id[:32]}{message.seqs[0]:016x}"
        case _:
            return ""
