"""What workers print, from Ray's log stream to whoever shows it.

In Ray: ``print_logs`` in ``python/ray/_private/worker.py``, which also writes it to the driver's
streams; raylite takes that over, and leaves Ray its own messages.
"""

import contextlib
import importlib
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from raylite._core.common.bars import BarsTold
from raylite._core.common.worker_output import OutputLines, Picture
from raylite.engines.ray.output_client import listen_as_client
from raylite.engines.ray.output_files import LogFiles
from raylite.engines.ray.output_lines import Printed, Source, parsed, shown, source_of
from raylite.engines.ray.output_origins import Origins

__all__ = ["OutputReader"]

_RAYS_NAME: Final = "ray_print_logs"
_OURS: Final = "raylite"
_LOOK_UP_S: Final = 1.5
"""How long lines wait until it is known which cell they belong to."""
_STEP_S: Final = 0.05
_FETCH_STEP_S: Final = 0.02


class OutputReader:
    """Takes over what Ray would print.

    Args:
        origins: says which cell has caused a task.
        on_bars: takes news of progress bars.
        folder: of the log files; empty: they are on another machine.
        is_client: whether the driver is a client of Ray's, outside of the cluster.
    """

    def __init__(
        self,
        origins: Origins,
        on_bars: Callable[[BarsTold], None],
        folder: str,
        *,
        is_client: bool = False,
    ) -> None:
        self._origins = origins
        self._on_bars = on_bars
        self._files = LogFiles(folder)
        self._show: Callable[[OutputLines | Picture], None] | None = None
        self._when_fetched: Callable[[], None] | None = None
        self._came = threading.Condition()
        self._queue: deque[list[Printed]] = deque()
        self._shown: dict[Source, int] = {}
        """The number of the last line that was shown, by where it was printed."""
        self._taken: dict[Source, int] = {}
        self._is_busy = False
        self._is_closed = False
        self._logging: Any = importlib.import_module("ray._private.ray_logging")
        worker: Any = importlib.import_module("ray._private.worker")
        self._print_as_ray: Callable[..., None] = worker.print_to_stdstream
        self._thread = threading.Thread(target=self._run, name="raylite-output", daemon=True)
        self._thread.start()
        if is_client:
            listen_as_client(self.take)
        else:
            dispatcher = self._logging.global_worker_stdstream_dispatcher
            dispatcher.remove_handler(_RAYS_NAME)
            dispatcher.add_handler(_OURS, self.take)

    def show_with(
        self, show: Callable[[OutputLines | Picture], None], when_fetched: Callable[[], None]
    ) -> None:
        """Show it with these."""
        self._show, self._when_fetched = show, when_fetched

    def take(self, told: Mapping[str, Any]) -> None:
        """Ray's log monitor has read something. Called by the thread that listens."""
        if not str(told.get("pid", "")).isdigit():  # Ray itself says something.
            with contextlib.suppress(Exception):
                self._print_as_ray(dict(told), ignore_prefix=False)
            return
        source = source_of(told)
        found, last = parsed(told, self._taken.get(source, 0))
        with self._came:
            if last:
                self._taken[source] = last
            if found:
                self._queue.append(found)
            self._came.notify_all()

    def fetch(self, longest_s: float) -> None:
        """Wait until all is shown that the workers of this machine have printed up to now."""
        wanted = self._files.written()
        end_s = time.monotonic() + longest_s
        with self._came:
            while not self._is_closed and any(
                self._shown.get(key, 0) < number for key, number in wanted.items()
            ):
                left_s = end_s - time.monotonic()
                if left_s <= 0:
                    break
                self._came.wait(min(left_s, _FETCH_STEP_S))
        if self._when_fetched is not None:
            self._when_fetched()

    def close(self) -> None:
        """Show what has come, and no more."""
        dispatcher = self._logging.global_worker_stdstream_dispatcher
        dispatcher.remove_handler(_OURS)
        with self._came:
            self._is_closed = True
            self._came.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join(2 * _LOOK_UP_S)

    def _run(self) -> None:
        while True:
            with self._came:
                self._came.wait_for(lambda: self._queue or self._is_closed)
                batches, taken = list(self._queue), dict(self._taken)
                self._queue.clear()
                if not batches and self._is_closed:
                    return
            printed = [one for batch in batches for one in batch]
            with contextlib.suppress(Exception):  # Whatever a stream, or Ray, has.
                self._find_cells(printed)
            for one in printed:
                with contextlib.suppress(Exception):
                    self._tell(one)
            with self._came:
                self._shown |= taken
                self._came.notify_all()

    def _find_cells(self, printed: list[Printed]) -> None:
        end_s = time.monotonic() + _LOOK_UP_S
        unknown = self._origins.unknown(one.task_id for one in printed)
        while unknown and not self._origins.look_up(unknown):
            if self._is_closed or time.monotonic() > end_s:
                return
            time.sleep(_STEP_S)  # Ray's processes tell of their tasks a few times a second.
            unknown = self._origins.unknown(one.task_id for one in printed)

    def _tell(self, printed: Printed) -> None:
        origin = self._origins.of(printed.task_id)
        if printed.bars is not None:
            bars = tuple(bar.replaced(origin=origin) for bar in printed.bars.bars)
            self._on_bars(printed.bars.replaced(bars=bars))
        elif self._show is not None:
            self._show(shown(printed, origin))
