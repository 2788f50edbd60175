"""What a policy knows of a node.

In Ray: ``NodeResources`` in ``src/ray/common/scheduling/cluster_resource_data.h``.
"""

from collections.abc import Mapping

from raylite._core.common.ids import NodeID
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet

__all__ = ["NodeResources"]


class NodeResources(Record):
    """One living node at one moment."""

    node_id: NodeID
    total: ResourceSet
    available: ResourceSet
    labels: Mapping[str, str] = {}
