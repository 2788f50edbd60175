"""What a program counts before there is a session: kept until there is one.

In Ray: the registry of ``src/ray/stats/metric.h``, which a process has from the beginning.

A counter at the top of a module may count before ``init`` is called.
"""

import threading
from collections import deque
from typing import Final

from raylite import _engine
from raylite._core.common.metrics import MetricSpec, Tags
from raylite.engines.base import Engine

__all__ = ["observe", "tell_early"]

_MOST: Final = 10_000
_early: deque[tuple[MetricSpec, Tags, float]] = deque(maxlen=_MOST)
_lock = threading.Lock()


def observe(spec: MetricSpec, tags: Tags, value: float) -> None:
    """Note one value of a metric, in the session or until there is one."""
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        _early.append((spec, tags, value))
        return
    if _early:
        tell_early(engine)
    engine.observe(spec, tags, value)


def tell_early(engine: Engine) -> None:
    """Hand over what was observed before there was a session."""
    # Without waiting: a __del__ may count in the middle of this.
    if _lock.acquire(blocking=False):
        try:
            while _early:
                engine.observe(*_early.popleft())
        finally:
            _lock.release()
