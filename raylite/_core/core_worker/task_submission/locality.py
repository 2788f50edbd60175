"""Where the large arguments of a call are.

In Ray: ``src/ray/core_worker/lease_policy.h``. On one machine every process can read every file;
a virtual node counts as having those that its workers wrote.
"""

from collections.abc import Iterable, Mapping

from raylite._core.core_worker.entries import Entry
from raylite._core.object_store.plasma import written_by
from raylite._core.object_store.serialization import IN_FILE

__all__ = ["locality_of"]


def locality_of(entries: Iterable[Entry]) -> Mapping[str, int]:
    """Bytes by the first digits of the processes that wrote them.

    Args:
        entries: the arguments. Those that have no value yet are left out.
    """
    found: dict[str, int] = {}
    for entry in entries:
        if entry.payload is not None and entry.payload[0] == IN_FILE:
            writer, size_bytes = written_by(entry.payload)
            found[writer] = found.get(writer, 0) + size_bytes
    return found
