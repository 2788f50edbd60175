"""What whoever starts a session tells its head."""

import os
from collections.abc import Mapping
from typing import Final

from raylite._core.common.ids import NodeID
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.common.session import SessionAddress

__all__ = ["CLAIM_FD", "NO_LABELS", "HeadConfig", "wants_task_events"]

NO_LABELS: Final[Mapping[str, str]] = {}
CLAIM_FD: Final = 3
"""Where the head of a runtime for many drivers inherits the claim on its address."""
_TASK_EVENTS: Final = "RAYLITE_TASK_EVENTS"
_RAYS_INTERVAL: Final = "RAY_task_events_report_interval_ms"
"""Ray's own way to say the same: an interval of 0 is none."""


class HeadConfig(Record):
    """The session and what its node has."""

    session: SessionAddress
    total: ResourceSet
    node_id: NodeID
    labels: Mapping[str, str] = NO_LABELS
    driver_pid: int | None
    """Who starts the session; it ends with him, also if he never connects. None: many drivers
    come and go, and the session ends when somebody asks for it."""
    task_events: bool = True
    """Whether processes tell what became of their calls."""


def wants_task_events() -> bool:
    """Whether the environment leaves the events of tasks on: ``RAYLITE_TASK_EVENTS=0`` does not.

    Raises:
        ValueError: if it says neither 0 nor 1.
    """
    own = os.environ.get(_TASK_EVENTS, "")
    if own not in {"", "0", "1"}:
        msg = (
            f"The environment says {_TASK_EVENTS}={own}: write 0, so that a session keeps no log "
            "of tasks and calls, or 1, which is the default."
        )
        raise ValueError(msg)
    return own == "1" or (not own and os.environ.get(_RAYS_INTERVAL) != "0")
