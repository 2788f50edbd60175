"""The tables that describe a Ray, in the rows that raylite's own engine has.

In Ray: ``python/ray/dashboard/state_aggregator.py`` and ``python/ray/_private/state.py``.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

import ray

from raylite.engines.ray import groups
from raylite.engines.ray.objects import object_rows
from raylite.exceptions import RaySystemError

__all__ = ["StateTables"]

_NO_PORT: Final = -1


class StateTables:
    """Makes rows of what Ray knows.

    Args:
        engine: whose Ray it is.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        # The two clocks are compared once: what is told of one session is to agree with itself.
        self._began_unix_s = time.time() - time.monotonic() + engine.began_s

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table."""
        if table == "nodes":
            return list(ray.nodes())
        if table == "session":
            return [self._session()]
        if table == "placement_groups":
            return [_group(row) for row in groups.rows(None)]
        return self._of_gcs(table)

    def _of_gcs(self, table: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._engine.views.rows(table)
        return rows

    def report(self, what: str) -> tuple[list[dict[str, Any]], int]:
        """What processes keep for themselves, as far as Ray tells.

        Raises:
            RaySystemError: for objects, without Ray's dashboard; for metrics, which Ray exports.
        """
        if what == "objects":
            return object_rows(_text(lambda: ray.get_runtime_context().gcs_address)), 0
        if what == "metrics":
            msg = (
                "On Ray metrics are not listed: each node exports them for Prometheus, at the port "
                "that [node['MetricsExportPort'] for node in nodes()] tells."
            )
            raise RaySystemError(msg)
        return [], 0

    def _session(self) -> dict[str, Any]:
        """One row: where the session is found, and when this process came to it."""
        info = self.address_info({})
        return {
            "session_id": info["session_dir"].rpartition("/")[2],
            "folder": info["session_dir"],
            "address": info["gcs_address"],
            "began_s": self._engine.began_s,
            "began_unix_s": self._began_unix_s,
            "task_events": True,
        }

    def address_info(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Where the session is, in Ray's words.

        Args:
            told: what Ray's ``init`` has told.
        """
        context = ray.get_runtime_context()
        gcs_address = _text(lambda: context.gcs_address)
        known = {
            "address": gcs_address,
            "gcs_address": gcs_address,
            "node_id": _text(context.get_node_id),
            "node_ip_address": _text(ray.util.get_node_ip_address),
            "object_store_address": "",
            "raylet_socket_name": "",
            "redis_address": None,
            "session_dir": f"{_text(context.get_temp_dir)}/{_text(context.get_session_name)}",
            "webui_url": "",
            "metrics_export_port": _NO_PORT,
            "dashboard_agent_listen_port": _NO_PORT,
        }
        return known | dict(told)


def _group(row: dict[str, Any]) -> dict[str, Any]:
    """Ray's table does not tell who made a group, nor whether it outlives its program."""
    labels: list[dict[str, str]] = [{} for _ in row["bundles"]]
    return {**row, "is_detached": False, "owner_id": "", "label_selectors": labels}


def _text(ask: Any) -> str:
    """What Ray answers; empty where its client does not know."""
    try:
        return str(ask() or "")
    except Exception:  # Of many kinds; each means that it is not known here.
        return ""
