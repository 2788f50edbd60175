"""What the commands ``raylite start``, ``status`` and ``stop`` do.

In Ray: ``python/ray/scripts/scripts.py``. Left out here: everything about other machines.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.node import runtime_address
from raylite._core.node.head_config import NO_LABELS
from raylite._core.node.runtime_start import start_runtime
from raylite._core.node.runtime_visit import Visit, kill_runtime, stop_runtime
from raylite._core.node.session_folder import StorePlace, runtime_folder
from raylite._core.rpc.cpus import cpu_count
from raylite.exceptions import RaySystemError

__all__ = ["Runtime", "end", "find", "is_running", "look", "objects", "start"]

_TABLES: Final = ("nodes", "jobs", "actors")


class Runtime(Record):
    """A runtime of this user."""

    address: str
    """As ``init`` takes it."""
    pid: int
    """Of the head."""
    resources: Mapping[str, float]


def start(
    num_cpus: float | None,
    num_gpus: float,
    resources: Mapping[str, float],
    labels: Mapping[str, str] = NO_LABELS,
    *,
    object_store_memory: int | None = None,
    plasma_directory: str = "",
    spilling_directory: str = "",
) -> Runtime:
    """Start the runtime that programs of this user share.

    Args:
        num_cpus: None: as many as this process may use.
        num_gpus: how many GPUs are counted.
        resources: further resources, by name.
        labels: of its node.
        object_store_memory: bytes that all large values may take; None: what there is room for.
        plasma_directory: where they lie; empty: in memory.
        spilling_directory: where those go that find no room there; empty: with temporary files.

    Raises:
        FileExistsError: if there is one already.
        OSError: if its folders cannot be made.
        RuntimeError: if its head does not come up.
    """
    cpus = cpu_count() if num_cpus is None else num_cpus
    limit = {} if object_store_memory is None else {"object_store_memory": object_store_memory}
    total = ResourceSet.of({"CPU": cpus, "GPU": num_gpus, **resources, **limit})
    store = StorePlace(memory=plasma_directory, disk=spilling_directory, limit=object_store_memory)
    found = start_runtime(total, labels, store)
    if found is None:
        other = runtime_address.find(runtime_folder())
        who = f", of process {other.pid}," if other is not None else ""
        msg = f"a runtime of yours{who} is running already"
        raise FileExistsError(msg)
    return Runtime(address=found.folder, pid=found.pid, resources=total.to_dict())


def find(address: str | None) -> runtime_address.RuntimeAddress | None:
    """The runtime at an address, None for the user's own, if it is alive.

    What a runtime that was killed has left behind is removed.
    """
    folder = address or runtime_folder()
    if not Path(folder).exists():
        return None
    found = runtime_address.find(folder)
    if found is not None and runtime_address.listens(found):
        return found
    if found is not None and runtime_address.is_claimed(folder):
        return found  # It begins, ends, or is stuck.
    runtime_address.withdraw(folder)
    return None


def is_running(address: str) -> bool:
    """Whether the runtime at an address has not ended."""
    return runtime_address.is_claimed(address)


def look(found: runtime_address.RuntimeAddress) -> dict[str, Any]:
    """What there is in a runtime: its resources, and the tables of nodes, jobs and actors.

    Raises:
        RaySystemError: if its head is gone or does not answer.
    """
    with _visit(found) as visit:
        tables = {table: visit.ask("state", table) for table in _TABLES}
        total = visit.ask("resources", False)
        free = visit.ask("resources", True)
    return {
        **tables,
        "address": found.folder,
        "pid": found.pid,
        "total": total,
        "available": free,
        "uptime_s": time.monotonic() - found.session.began_s,
    }


def objects(found: runtime_address.RuntimeAddress) -> tuple[list[dict[str, Any]], int]:
    """The objects in a runtime, one row for each process that has a ref to one.

    Returns:
        The rows, and how many processes have not answered in time.

    Raises:
        RaySystemError: if its head is gone or does not answer.
    """
    with _visit(found) as visit:
        told: tuple[list[dict[str, Any]], int] = visit.ask("report", "objects")
    return told


@contextlib.contextmanager
def _visit(found: runtime_address.RuntimeAddress) -> Iterator[Visit]:
    try:
        with Visit(found) as visit:
            yield visit
    except OSError as error:
        what = "does not answer" if isinstance(error, TimeoutError) else "has just ended"
        msg = f"the runtime's head, process {found.pid}, {what}"
        raise RaySystemError(msg) from None


def end(found: runtime_address.RuntimeAddress, *, force: bool) -> bool:
    """End a runtime: every process and every file of it.

    Args:
        found: the runtime.
        force: with SIGKILL.

    Returns:
        False if it does not end, which can only be without ``force``.
    """
    if force:
        kill_runtime(found)
        return True
    return stop_runtime(found)
