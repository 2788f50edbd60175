"""What stands behind raylite's generator of refs here: Ray's.

In Ray: ``ObjectRefGenerator`` in ``python/ray/_private/object_ref_generator.py``.
"""

import threading
from collections.abc import Callable
from typing import Any

import ray

from raylite._core.common.ids import ObjectID
from raylite._core.common.object_ref_generator import ObjectRefGenerator
from raylite.engines.ray.entries import RayEntry

__all__ = ["generator_of", "ray_generator_of"]


class RayItems:
    """An :class:`~raylite._core.common.object_ref_generator.ItemSource`.

    Args:
        ray_generator: Ray's.
    """

    def __init__(self, ray_generator: Any) -> None:
        self.ray_generator = ray_generator

    @property
    def task_id(self) -> str:
        """The id of the task that yields."""
        return str(self.ray_generator.completed().task_id().hex())

    @property
    def completed(self) -> RayEntry:
        """Has a value when the generator has ended, or its error."""
        return RayEntry(self.ray_generator.completed())

    def is_ready(self) -> bool:
        """Whether the next item is there, or the end."""
        return bool(self.ray_generator.next_ready()) or self.is_exhausted()

    def wait(self, timeout_s: float | None) -> bool:
        """Wait until it is ready."""
        return bool(ray.wait([self.ray_generator], timeout=timeout_s, fetch_local=False)[0])

    def take(self) -> RayEntry | None:
        """The next item; None at the end."""
        try:
            return RayEntry(next(self.ray_generator))
        except StopIteration:
            return None

    def is_exhausted(self) -> bool:
        """Whether every item was taken."""
        return bool(self.ray_generator.is_finished())

    def next_item(self) -> "NextItem":
        """Done when the next item is there."""
        return NextItem(self)

    def add_ready_callback(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` once it is ready."""
        if self.is_ready():
            callback()
            return

        def wait_for_it() -> None:
            try:
                self.wait(None)
            finally:
                callback()

        # Ray tells nobody that an item has come, but who waits for it.
        threading.Thread(target=wait_for_it, daemon=True).start()

    def drop(self) -> None:
        """Ray's own is let go of with this."""


class NextItem:
    """Stands for the next item of a generator where refs are waited for."""

    def __init__(self, items: RayItems) -> None:
        self._items = items
        self.ray_ref = items.ray_generator

    @property
    def object_id(self) -> ObjectID:
        """That of the generator's own ref."""
        return ObjectID(self._items.ray_generator.completed().binary())

    def add_done_callback(self, callback: Callable[[], None], *, may_wait: bool = False) -> None:
        """Call ``callback`` once it is there."""
        del may_wait
        self._items.add_ready_callback(callback)

    def result(self) -> Any:
        """Not the item, which is to be taken."""
        return None

    def has_failed(self) -> bool:
        """An item that is an error says so itself."""
        return False

    def reduce(self) -> tuple[Any, ...]:
        """A generator stays where it is."""
        msg = "The next item of a generator cannot be sent to another process."
        raise TypeError(msg)


def generator_of(ray_generator: Any) -> ObjectRefGenerator:
    """The generator of raylite's for one of Ray's."""
    return ObjectRefGenerator(RayItems(ray_generator))


def ray_generator_of(generator: ObjectRefGenerator) -> Any:
    """Ray's generator behind one of raylite's."""
    source: Any = generator._source  # noqa: SLF001  # What is behind it is the engine's own.
    return source.ray_generator
