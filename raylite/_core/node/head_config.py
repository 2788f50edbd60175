"""What the driver tells the head at its start."""

from raylite._core.common.ids import NodeID
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.common.session import SessionAddress

__all__ = ["HeadConfig"]


class HeadConfig(Record):
    """The session and what its node has."""

    session: SessionAddress
    total: ResourceSet
    namespace: str
    node_id: NodeID
    driver_pid: int
    """Who starts the session; it ends with him, also if he never connects."""
