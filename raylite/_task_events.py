"""Says that a view is empty because the session keeps no log of tasks and calls.

In Ray: nothing; with ``RAY_task_events_report_interval_ms=0`` its views are silently empty.
"""

import logging
from collections.abc import Mapping
from typing import Any

__all__ = ["notice_if_off", "notice_if_sampled", "warn_if_off"]

_LOG = logging.getLogger("raylite")
_WHY = (
    "this session began with the events of tasks off (RAYLITE_TASK_EVENTS=0). Without that "
    "variable, init() keeps the newest 100,000."
)

_SAMPLED = (
    "Sampled: Ray is asked a few times a second how things are, and tells of calls a moment after "
    "they were made. What came and went between two looks may be missing."
)


def notice_if_off(session: Mapping[str, Any]) -> str:
    """What stands below a picture that shows less than there was; else nothing.

    Args:
        session: the row of the table ``session``.
    """
    return "" if session.get("task_events", True) else f"Calls are not shown here: {_WHY}"


def notice_if_sampled(*, complete_events: bool) -> str:
    """What stands below a picture that was put together from looks now and then; else nothing.

    Args:
        complete_events: of the engine.
    """
    return "" if complete_events else _SAMPLED


def warn_if_off(view: str, session: Mapping[str, Any]) -> None:
    """Warn that a view shows less than there was, if it does.

    Args:
        view: what the user has called.
        session: the row of the table ``session``.
    """
    if not session.get("task_events", True):
        _LOG.warning("raylite: %s shows no calls that have ended: %s", view, _WHY)
