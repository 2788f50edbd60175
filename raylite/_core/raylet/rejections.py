"""Requests that will never be granted, and what their holders are told.

In Ray: ``SchedulingFailureType`` in ``src/ray/protobuf/node_manager.proto``.
"""

from collections.abc import Container

from raylite._core.common.ids import PlacementGroupID
from raylite._core.common.instructions import RejectWorkerLease
from raylite._core.common.scheduling_strategy import LeaseRejection
from raylite._core.raylet.lease_table import Lease

__all__ = ["belongs_to", "environment_gone", "group_removed", "unschedulable"]


def belongs_to(lease: Lease, gone: Container[str]) -> bool:
    """Whether a request has nobody to serve, now that some environments are gone.

    What is requested for actors goes on: a detached one may be restarted.
    """
    return lease.env_key in gone and lease.actor_id is None


def environment_gone(lease: Lease) -> RejectWorkerLease:
    """The driver has ended."""
    text = "The driver that the task belongs to has ended"
    return _reject(lease, LeaseRejection.ENVIRONMENT_GONE, text)


def group_removed(lease: Lease, group_id: PlacementGroupID) -> RejectWorkerLease:
    """The placement group was removed."""
    text = f"The placement group {group_id} that the {_kind(lease)} belongs to has been removed"
    return _reject(lease, LeaseRejection.GROUP_REMOVED, text)


def unschedulable(lease: Lease, why: str) -> RejectWorkerLease:
    """A policy has said that no node will ever do, and why, in a clause."""
    text = f"The {_kind(lease)} is not schedulable: {why}"
    return _reject(lease, LeaseRejection.NODE_GONE, text)


def _kind(lease: Lease) -> str:
    return "task" if lease.actor_id is None else "actor"


def _reject(lease: Lease, rejection: LeaseRejection, text: str) -> RejectWorkerLease:
    return RejectWorkerLease(
        lease_id=lease.lease_id,
        holder_id=lease.holder_id,
        actor_id=lease.actor_id,
        rejection=rejection,
        text=text,
    )
