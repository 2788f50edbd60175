"""What a store needs of the process that it is in: the rest of the runtime, seen from below."""

from typing import Any, Protocol

from raylite._core.object_store.new_files import NoRoomError

__all__ = ["StoreHost"]


class StoreHost(Protocol):
    """The process a store belongs to, as far as the store needs it."""

    guard: Any
    """Holds Ctrl-C back between ``enter()`` and ``leave()``."""

    def poke(self) -> None:
        """Have :meth:`PlasmaStore.settle` called soon. Called from ``__del__``."""
        ...

    def wait_for_room(self, error: NoRoomError, since_s: float) -> None:
        """Wait until there may be room; or raise what the caller is to see.

        Args:
            error: says for how much.
            since_s: when this was found, on the monotonic clock: it is not waited for ever.

        Raises:
            ObjectStoreFullError: if there is none under the session's limit.
            OutOfDiskError: if there is none in the file systems.
        """
        ...

    def restore_folders(self) -> bool:
        """Have the session's folders made again, which somebody has removed; whether they are."""
        ...

    def is_gone(self, process: str) -> bool:
        """Whether there is no connection to a process, given by its short id."""
        ...
