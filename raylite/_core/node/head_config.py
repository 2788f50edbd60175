"""What the driver tells the head at its start."""

from dataclasses import dataclass

from raylite._core.common.ids import NodeID
from raylite._core.common.resources import ResourceSet
from raylite._core.common.session import SessionAddress

__all__ = ["HeadConfig"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadConfig:
    """The session and what its node has."""

    session: SessionAddress
    total: ResourceSet
    namespace: str
    node_id: NodeID
