"""What is fixed about a placement group when it is created.

In Ray: ``PlacementGroupSpec`` in ``src/ray/protobuf/common.proto``.
"""

from enum import Enum

from raylite._core.common.ids import ActorID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet

__all__ = ["BundleSpec", "PlacementGroupSpec", "PlacementStrategy"]


class PlacementStrategy(Enum):
    """How the bundles of a group are spread over the nodes. Names are Ray's."""

    PACK = "PACK"
    """On as few nodes as possible."""
    SPREAD = "SPREAD"
    """On different nodes as far as possible."""
    STRICT_PACK = "STRICT_PACK"
    """On one node, or not at all."""
    STRICT_SPREAD = "STRICT_SPREAD"
    """On different nodes, or not at all."""


class BundleSpec(Record):
    """One reservation."""

    index: int
    resources: ResourceSet
    labels: tuple[tuple[str, str], ...] = ()
    """A label selector, as in ``SchedulingStrategy``."""


class PlacementGroupSpec(Record):
    """All that the control plane knows about a group beside its state."""

    group_id: PlacementGroupID
    name: str
    """Empty: it has none."""
    namespace: str
    strategy: PlacementStrategy
    bundles: tuple[BundleSpec, ...]
    owner_id: WorkerID
    """The driver of the program that created it. The group shares its fate."""
    actor_id: ActorID | None = None
    """The actor that created it, if one did: while it lives the group stays, even if it is a
    detached actor that has outlived the driver."""
    detached: bool = False
    """Detached groups have no owner to share the fate of."""
    target_node_id: NodeID | None = None
    """STRICT_PACK alone: the node it would like best (``_soft_target_node_id``)."""
