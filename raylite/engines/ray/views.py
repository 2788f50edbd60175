"""What a driver sees of Ray: events, output, progress bars, and whether the cluster is still there.

In Ray: the parts of ``python/ray/_private/worker.py`` that listen. In a worker there is none of it
but the tags on what is printed.
"""

import functools
import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import ray

from raylite._core.common.bars import BarsTold
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import Event
from raylite._core.common.ids import ActorID
from raylite._core.common.worker_output import OutputLines, Picture
from raylite.engines.ray import output_tags
from raylite.engines.ray.bars_watch import BarsWatch, show_bars
from raylite.engines.ray.connection import Connection, knock
from raylite.engines.ray.event_sampler import EventSampler
from raylite.engines.ray.looks import Looks
from raylite.engines.ray.output_origins import Origins
from raylite.engines.ray.output_reader import OutputReader

__all__ = ["Views"]

_CLIENT: Final = "ray://"
_LAST_OUTPUT_S: Final = 1.0
"""How long the end may wait for what workers have printed last."""


class Views:
    """See above.

    Args:
        engine: whose views they are.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._sampler: EventSampler | None = None
        self._output: OutputReader | None = None
        self._connection: Connection | None = None
        self._origins = Origins(self._parents)
        given = engine.config.address
        is_client = given.startswith(_CLIENT)
        self.looks = Looks(engine.began_s, is_client=is_client)
        self._address = ""
        if not engine.is_driver:
            output_tags.tag_output()
            return
        own = given.removeprefix(_CLIENT) if is_client else ray.get_runtime_context().gcs_address
        self._address = str(own)
        self._sampler = EventSampler(engine, self.looks)
        self._connection = Connection(engine, self._address, given or self._address)
        if engine.config.log_to_driver:
            bars = BarsWatch(functools.partial(self.subscribe, with_history=True))
            folder = "" if is_client else f"{engine.state('session')[0]['folder']}/logs"
            self._output = OutputReader(self._origins, bars.take, folder, is_client=is_client)
            printer: Any = importlib.import_module("raylite._core.core_worker.output_printer")
            self._output.show_with(printer.OutputPrinter().show, _nothing)

    def check_reached(self) -> None:
        """See that the cluster is there, before Ray is asked for what it would wait for endlessly.

        Raises:
            RaySystemError: if nobody answers.
        """
        if self._address:
            knock(self._address)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table of the state API."""
        return self.looks.rows(table)

    def submitted(self, task_id: bytes) -> None:
        """A cell has caused a call."""
        self._origins.submitted(task_id, self._engine.origin)

    def created(self, actor_id: str) -> None:
        """A cell has caused an actor."""
        self._origins.created(actor_id, self._engine.origin)
        if self._sampler is not None:
            self._sampler.registered(ActorID(actor_id), time.monotonic() - self._engine.began_s)

    def show_output_with(
        self, show: Callable[[OutputLines | Picture], None], when_fetched: Callable[[], None]
    ) -> None:
        """Have ``show`` show what workers print."""
        if self._output is not None:
            self._output.show_with(show, when_fetched)

    def fetch_output(self, longest_s: float) -> None:
        """Show what workers have printed up to now, if that takes no longer than this."""
        if self._output is not None and not self._engine.over:
            self._output.fetch(longest_s)

    def tell_bars(self, news: BarsTold) -> None:
        """Have the driver show how far something is."""
        if self._engine.is_driver:
            show_bars(news)
        else:
            output_tags.tell_bars(news)

    def events(self) -> list[Event]:
        """The event log, oldest first, as far as it was seen."""
        return self.history().all_events()

    def history(self) -> EventBatch:
        """The same as a batch."""
        return self._sampler.history() if self._sampler is not None else EventBatch(events=())

    def subscribe(
        self, callback: Callable[[EventBatch], None], *, with_history: bool = False
    ) -> Callable[[], None]:
        """Have further events reported, as far as they are seen."""
        if self._sampler is None:
            return _nothing
        return self._sampler.subscribe(callback, with_history=with_history)

    def close(self) -> None:
        """Show the last of what was printed, and listen no more."""
        self.fetch_output(_LAST_OUTPUT_S)
        for part in (self._output, self._sampler, self.looks, self._connection):
            if part is not None:
                part.close()

    def _parents(self, task_ids: list[bytes]) -> Mapping[bytes, bytes]:
        return self.looks.parents(task_ids)


def _nothing() -> None:
    """Of nobody."""
