"""The long list of refs that a wait has left, which is filled when somebody looks at it.

In Ray: a list. Most programs only give it to the next wait::

    while pending:
        ready, pending = ray.wait(pending)

So no list is made there; what is said of it is where its refs lie, and the next wait sees that they
are its own. Others may be put behind them, as programs do that keep some number of calls under way.
Whoever does anything else with it finds a list of refs: they are put into it then.
"""

import threading
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, Final, Self

from raylite._core.common.object_ref import ObjectRef
from raylite._core.core_worker.ref_pages import Pages

__all__ = ["FilledRest", "RestOfWait"]

_filling: Final = threading.RLock()
"""The same thread may come again: making a list may run what somebody does at the end of others."""
_AS_IS: Final = frozenset({"__new__", "__init__", "__getattribute__", "__class_getitem__"})
"""What needs no items."""


class FilledRest(list[ObjectRef[Any]]):
    """The same when somebody has looked: a list like any other, and as fast."""

    __slots__ = ("_length", "more", "pages")
    pages: Pages
    """Where the refs lie; nowhere any more."""
    more: list[ObjectRef[Any]]
    """What was put behind them."""
    _length: int

    def __reduce_ex__(self, _protocol: Any) -> tuple[type, tuple[list[ObjectRef[Any]]]]:
        return list, (list(self),)  # Whoever gets a copy gets a list.


class RestOfWait(FilledRest):
    """Refs that lie elsewhere.

    NumPy, pandas and nearly all of the standard library ask a list for its items. Who takes them
    from its memory, as ``heapq`` does, finds none; but refs have no order, so nobody makes a heap.

    Args:
        pages: where; nobody changes them.
        length: how many they are.
        more: what was put behind them.
    """

    __slots__ = ()

    def __init__(self, pages: Pages, length: int, more: list[ObjectRef[Any]]) -> None:
        super().__init__()
        self.pages = pages
        self._length = length
        self.more = more

    def __len__(self) -> int:
        return self._length + len(self.more)

    def append(self, ref: ObjectRef[Any]) -> None:
        """Put one behind the others."""
        self.extend((ref,))

    def extend(self, refs: Iterable[ObjectRef[Any]]) -> None:
        """Put some behind the others."""
        more = list(refs)
        with _filling:
            of_list = self.more if type(self) is RestOfWait else self
            list.extend(of_list, more)

    def __iadd__(self, refs: Iterable[ObjectRef[Any]]) -> Self:  # type: ignore[override,misc]  # As of lists.
        self.extend(refs)
        return self

    def __add__(self, refs: Any) -> Any:
        with _filling:
            if type(self) is RestOfWait and type(refs) is list:
                return RestOfWait(self.pages, self._length, self.more + refs)
        return _with_items(list.__add__)(self, refs)

    def __radd__(self, _other: object) -> Any:
        # For ``list + rest``, which would take the items without a word.
        self.fill()
        return NotImplemented

    def _repr_pretty_(self, printer: Any, _cycle: object) -> None:
        printer.pretty(self.copy())  # Notebooks show the beginning of a long list.

    def fill(self) -> None:
        """Become a list that holds the refs itself."""
        with _filling:
            if type(self) is RestOfWait:
                list.clear(self)
                # In C, so that no Ctrl-C comes between; else it is done again.
                reduce(list.__iadd__, [*self.pages, self.more], self)
                self.__class__ = FilledRest  # type: ignore[assignment]  # What is over is over.
                self.pages, self.more = [], []


def _with_items(of_list: Callable[..., Any]) -> Callable[..., Any]:
    def method(*args: Any, **kwargs: Any) -> Any:
        for rest in args:  # Also the other of two: a list's own methods look into both.
            if isinstance(rest, RestOfWait):
                rest.fill()
        return of_list(*args, **kwargs)

    return method


for _name, _of_list in vars(list).items():
    if callable(_of_list) and _name not in _AS_IS and _name not in vars(RestOfWait):
        setattr(RestOfWait, _name, _with_items(_of_list))
