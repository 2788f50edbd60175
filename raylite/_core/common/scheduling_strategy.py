"""Where a task or an actor wants to be, beside what it needs to run.

In Ray: ``SchedulingStrategy`` and ``LabelSelector`` in ``src/ray/protobuf/common.proto``. The
public API makes these from ``scheduling_strategy=``, ``label_selector=`` and the older
``placement_group=``; the policies in :mod:`raylite._core.scheduling` read them.
"""

from enum import Enum
from typing import Final

from raylite._core.common.ids import NodeID, PlacementGroupID
from raylite._core.common.record import Record

__all__ = ["DEFAULT_STRATEGY", "LeaseRejection", "SchedulingStrategy"]


class SchedulingStrategy(Record):
    """A wish, checked by the public API. The default leaves the choice to the hybrid policy."""

    spread: bool = False
    """One node after the other."""
    node_id: NodeID | None = None
    """This node."""
    soft: bool = False
    """If that node is gone, another will do."""
    spills_when_full: bool = False
    """With ``soft``: another will do even if that node is only full (``_spill_on_unavailable``)."""
    fails_when_full: bool = False
    """Without ``soft``: give up if that node is full (``_fail_on_unavailable``)."""
    labels: tuple[tuple[str, str], ...] = ()
    """Only nodes whose labels match: key, and ``v``, ``!v``, ``in(v,w)`` or ``!in(v,w)``."""
    fallbacks: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Other labels to look for, in this order, where no node has the first ones."""
    group_id: PlacementGroupID | None = None
    """A bundle of this placement group."""
    bundle_index: int = -1
    """Which; -1: any that has room."""
    captures_children: bool = False
    """What the task or actor starts goes into the group as well, unless it says otherwise."""


DEFAULT_STRATEGY: Final = SchedulingStrategy()


class LeaseRejection(Enum):
    """Why a request will never be granted, where waiting would be in vain."""

    NODE_GONE = "NODE_GONE"
    """It must run on a node that is dead or never was."""
    GROUP_REMOVED = "GROUP_REMOVED"
    """Its placement group was removed."""
    ENVIRONMENT_GONE = "ENVIRONMENT_GONE"
    """The driver it was for has ended."""
