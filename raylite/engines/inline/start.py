"""A session in this process alone: what ``init(engine="inline")`` begins.

In Ray: ``local_mode``, which Ray has given up.
"""

from raylite.engines.base import Engine, EngineConfig
from raylite.engines.inline.engine import InlineEngine

__all__ = ["start"]


def start(config: EngineConfig) -> Engine:
    """Begin a session in this process.

    Args:
        config: what ``init`` was told.
    """
    return InlineEngine(config)
