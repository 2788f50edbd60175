"""Whether one of many awaited objects has failed, without looking at all of them again and again.

In Ray: ``abort_if_any_object_is_exception`` of ``GetRequest`` in
``src/ray/core_worker/store_provider/memory_store/memory_store.cc``.
"""

import operator
import threading
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from raylite._core.core_worker.entries import Entry
from raylite._core.object_store.serialization import ERROR

__all__ = ["FailureWatch"]

_payload_of: Final = operator.attrgetter("payload")
_first_byte: Final = operator.itemgetter(0)
_lock: Final = threading.Lock()


class FailureWatch:
    """Hears of every error that comes to the process, while it is entered.

    Args:
        entries: those that matter.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._mine: frozenset[Entry] = frozenset()
        self._came: deque[Entry] = deque()
        self._note = self._came.append  # One object, to be found again.
        self._has_come = False

    def __enter__(self) -> Self:
        with _lock:
            Entry.failure_watchers = (*Entry.failure_watchers, self._note)
        # After that, so that none is missed in between.
        payloads = filter(None, map(_payload_of, self._entries))
        self._has_come = ERROR in set(map(_first_byte, payloads))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with _lock:
            watchers = Entry.failure_watchers
            Entry.failure_watchers = tuple(note for note in watchers if note is not self._note)

    def has_come(self) -> bool:
        """Whether one of the entries has failed."""
        while self._came and not self._has_come:
            if not self._mine:
                self._mine = frozenset(self._entries)
            self._has_come = self._came.popleft() in self._mine
        return self._has_come
