"""What whoever starts a session tells its head."""

from collections.abc import Mapping
from typing import Final

from raylite._core.common.ids import NodeID
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.common.session import SessionAddress

__all__ = ["CLAIM_FD", "NO_LABELS", "HeadConfig"]

NO_LABELS: Final[Mapping[str, str]] = {}
CLAIM_FD: Final = 3
"""Where the head of a runtime for many drivers inherits the claim on its address."""


class HeadConfig(Record):
    """The session and what its node has."""

    session: SessionAddress
    total: ResourceSet
    node_id: NodeID
    labels: Mapping[str, str] = NO_LABELS
    driver_pid: int | None
    """Who starts the session; it ends with him, also if he never connects. None: many drivers
    come and go, and the session ends when somebody asks for it."""
