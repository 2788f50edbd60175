"""What Ray's processes say of the objects they have refs to, through Ray's State API.

In Ray: ``list_objects`` in ``python/ray/util/state/api.py``, which asks the dashboard. Who owns an
object is not told there: each row stands for itself.
"""

import importlib
import re
from typing import Any, Final

from raylite.exceptions import RaySystemError

__all__ = ["object_rows"]

_MOST: Final = 10_000
_SITE: Final = re.compile(
    r"\((?P<kind>[^)]+)\)\s*\|\s*(?P<file>[^|\n]*):(?P<at>[^:|\n]*):(?P<n>\d+)"
)


def object_rows(gcs_address: str) -> list[dict[str, Any]]:
    """A row for each object and each process that has a ref to it.

    Args:
        gcs_address: of the session's Ray.

    Raises:
        RaySystemError: if there is no dashboard to be asked; it says how to have one.
    """
    try:
        api: Any = importlib.import_module("ray.util.state")
        found = api.list_objects(address=gcs_address, limit=_MOST, raise_on_missing_output=False)
    except Exception as error:  # No package, no server, or one that does not answer.
        why = str(error).strip().partition(". ")[0]
        msg = (
            "What objects there are is told by Ray's dashboard, which does not answer "
            f"({why or type(error).__name__}). Install it with pip install 'ray[default]', and "
            "begin with init(engine='ray', include_dashboard=True)."
        )
        raise RaySystemError(msg) from None
    return [_row(vars(row)) for row in found]


def _row(told: dict[str, Any]) -> dict[str, Any]:
    process = f"pid {told['pid']}"
    site = _SITE.search(told.get("call_site") or "")
    return {
        "object_id": told["object_id"],
        "object_size": told["object_size"],
        "task_status": told["task_status"],
        "reference_type": told["reference_type"],
        "type": told["type"],
        "pid": told["pid"],
        "worker_id": process,
        "owner_id": process,
        "borrower_ids": (),
        "stored": "",
        "site": (site["kind"], site["file"], int(site["n"]), site["at"]) if site else None,
    }
