"""Say something once, however often the code that says it is run.

In Ray: ``python/ray/util/debug.py``. Left out here: the search for memory leaks.
"""

import time
from typing import Final

__all__ = ["disable_log_once_globally", "enable_periodic_logging", "log_once"]

_PERIOD_S: Final = 60.0


class _Said:
    """What was said in this process."""

    keys: Final[set[str]] = set()
    last_s = 0.0
    disabled = False
    periodic = False


def log_once(key: str) -> bool:
    """Whether to say it: True for the first question about a key, and False for all others."""
    now_s = time.monotonic()
    if _Said.disabled:
        return False
    if _Said.periodic and key in _Said.keys and now_s - _Said.last_s > _PERIOD_S:
        _Said.keys.clear()
    if key in _Said.keys:
        return False
    _Said.keys.add(key)
    _Said.last_s = now_s
    return True


def disable_log_once_globally() -> None:
    """Have :func:`log_once` say no to everything."""
    _Said.disabled = True


def enable_periodic_logging() -> None:
    """Have :func:`log_once` say yes again once nothing was said for a minute."""
    _Said.periodic = True
