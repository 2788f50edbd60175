"""What workers have printed, in the driver: fetched before the values that came with it are used.

In Ray: ``print_worker_logs`` in ``python/ray/_private/worker.py``. There lines come when they come.

What a worker has printed lies in a pipe when its reply is sent, and the reply says so. Whoever uses
the value has all pipes read first, so that what was printed on the way is shown ahead of it, also
by workers that the worker has called itself. One such look is enough for all replies before it.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from raylite._core.common.worker_output import OutputLines, Picture

__all__ = ["OutputNews", "ShowsOutput"]

ShowsOutput: TypeAlias = Callable[[OutputLines | Picture], None]


class OutputNews:
    """Shows what workers print.

    Args:
        core: the process's core worker.
        note_printed: of a worker: notes that the running code has used what came with output.
    """

    def __init__(self, core: Any, note_printed: Callable[[], None] | None) -> None:
        self._core = core
        self._note_printed = note_printed
        self._num_printed = 0
        self._num_fetched = 0
        self.show: ShowsOutput | None = None
        """Shows what workers print; None where nobody looks."""
        self.when_fetched: Callable[[], None] | None = None
        """Called when all is there that was printed ahead of a value."""

    def take(self, message: OutputLines | Picture) -> None:
        """A worker has printed."""
        if self.show is not None:
            self.show(message)

    def has_printed(self, entries: Iterable[Any]) -> None:
        """Note that something was printed on the way to these values."""
        self._num_printed += 1
        for entry in entries:
            entry.printed = self._num_printed

    def show_until(self, number: int) -> None:
        """Show what was printed on the way to a value, which is about to be used.

        Args:
            number: what its entry says.
        """
        if self._note_printed is not None:
            self._note_printed()
        elif number > self._num_fetched:
            self.fetch()

    def fetch(self, longest_s: float | None = None) -> None:
        """Show all that workers have printed up to now.

        Args:
            longest_s: seconds to wait; None: until it is there, or the session over.
        """
        core, number = self._core, self._num_printed
        if self.show is None or core.over:
            return
        fetched: list[Any] = []
        core.head.ask_later(fetched.append, "drain_output")
        deadline_s = None if longest_s is None else time.monotonic() + longest_s
        core.poller.run_until(lambda: bool(fetched) or core.head.lost, deadline_s)
        self._num_fetched = max(self._num_fetched, number)
        if self.when_fetched is not None:
            self.when_fetched()
