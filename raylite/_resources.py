"""What the session has: its nodes, its resources, and the GPUs of the calling code.

In Ray: ``python/ray/_private/state.py``. To ask what a session has does not start one.
"""

import importlib
from typing import Any

from raylite import _engine
from raylite.engines.base import Engine
from raylite.exceptions import RaySystemError

__all__ = ["available_resources", "cluster_resources", "get_gpu_ids", "nodes"]

_SHOWN = ("NodeID", "Alive", "Resources", "Labels")


def cluster_resources() -> dict[str, float]:
    """All resources of the session, by name.

    Raises:
        RaySystemError: if there is no session.
    """
    return _session("cluster_resources").resources(available=False)


def available_resources() -> dict[str, float]:
    """The resources that are free at the moment; those of which nothing is free are left out.

    Raises:
        RaySystemError: if there is no session.
    """
    return _session("available_resources").resources(available=True)


def nodes() -> list[dict[str, Any]]:
    """The nodes of the session, with their resources and labels, also those that are gone.

    Raises:
        RaySystemError: if there is no session.
    """
    rows = _session("nodes").state("nodes")
    # Loaded by those who ask. A row has a dozen keys more, which say nothing on one machine.
    tables: Any = importlib.import_module("raylite._html_table")
    shown: list[dict[str, Any]] = tables.ShownList(
        rows, "node", lambda row: {name: row[name] for name in _SHOWN}
    )
    return shown


def get_gpu_ids() -> list[int | str]:
    """The GPUs that the calling task or actor may use; none in the driver.

    Raylite counts them only: CUDA_VISIBLE_DEVICES is set to these in the task or actor.

    Returns:
        Numbers from 0; or, where CUDA_VISIBLE_DEVICES was set for the driver, texts from there.
    """
    return list(_engine.current().facts().gpu_ids)


def _session(asked: str) -> Engine:
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        msg = (
            f"{asked}() was called before the session has been started, so there is nothing to "
            "tell yet. Call raylite.init() first."
        )
        raise RaySystemError(msg)
    return engine
