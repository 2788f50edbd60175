"""What :mod:`raylite.util.state` raises.

In Ray: ``python/ray/util/state/exception.py``. Left out here: errors of a dashboard server.
"""

__all__ = ["RayStateApiException"]


class RayStateApiException(Exception):  # noqa: N818  # Ray's name
    """The question cannot be answered as it was put."""
