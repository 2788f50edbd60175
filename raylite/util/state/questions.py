"""The three signatures of Ray's state functions, each written down once.

In Ray: ``list_*``, ``get_*`` and ``summarize_*`` in ``python/ray/util/state/api.py``.

A function that says how rows are read becomes, through the decorator for its kind, the function
that programs call: with Ray's arguments, of which some have no effect here, since the session is
always the one of the process.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from raylite.util.state.choosing import LIMIT, Filters, chosen
from raylite.util.state.common import StateSchema, StateTable
from raylite.util.state.sources import Source, session

__all__ = ["Listing", "Lookup", "Summary", "gets", "lists", "summarizes"]

S = TypeVar("S", bound=StateSchema)
FoundT = TypeVar("FoundT")
FoundT_co = TypeVar("FoundT_co", covariant=True)
_NAMES = ("__module__", "__name__", "__qualname__", "__doc__")


class Listing(Protocol[S]):
    """What programs call as ``list_actors`` and the like."""

    def __call__(  # noqa: PLR0917  # Ray's signature
        self,
        address: str | None = None,
        filters: Filters = None,
        limit: int = LIMIT,
        timeout: int = 30,
        detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
        raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # as above
        _explain: bool = False,  # noqa: FBT001, FBT002  # as above
    ) -> StateTable[S]:
        """The rows that pass the filters."""
        ...


class Lookup(Protocol[FoundT_co]):
    """What programs call as ``get_actor`` and the like."""

    def __call__(
        self,
        id: Any,  # noqa: A002  # Ray's signature
        address: str | None = None,
        timeout: int = 30,
        _explain: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    ) -> FoundT_co:
        """What has that id."""
        ...


class Summary(Protocol):
    """What programs call as ``summarize_actors`` and the like."""

    def __call__(
        self,
        address: str | None = None,
        timeout: int = 30,
        raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # Ray's signature
        _explain: bool = False,  # noqa: FBT001, FBT002  # as above
    ) -> dict[str, Any]:
        """Numbers, by kind."""
        ...


def lists(schema: type[S]) -> Callable[[Callable[[Source], Iterable[S]]], Listing[S]]:
    """Make a ``list_*`` function of one that reads all rows.

    Args:
        schema: the class of the rows, which knows what they can be chosen by.
    """

    def decorate(read: Callable[[Source], Iterable[S]]) -> Listing[S]:
        def listing(  # noqa: PLR0917  # Ray's signature
            address: str | None = None,
            filters: Filters = None,
            limit: int = LIMIT,
            timeout: int = 30,
            detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
            raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # as above
            _explain: bool = False,  # noqa: FBT001, FBT002  # as above
        ) -> StateTable[S]:
            del address, timeout, _explain
            rows = read(Source(session(), complete=raise_on_missing_output))
            return chosen(schema, rows, filters, limit, detail=detail)

        return _named_as(read, listing)

    return decorate


def gets(find: Callable[[Source, Any], FoundT]) -> Lookup[FoundT]:
    """Make a ``get_*`` function of one that finds by id."""

    def lookup(
        id: Any,  # noqa: A002  # Ray's signature
        address: str | None = None,
        timeout: int = 30,
        _explain: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    ) -> FoundT:
        del address, timeout, _explain
        return find(Source(session()), id)

    return _named_as(find, lookup)


def summarizes(count: Callable[[Source], Mapping[str, Any]]) -> Summary:
    """Make a ``summarize_*`` function of one that counts."""

    def summary(
        address: str | None = None,
        timeout: int = 30,
        raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # Ray's signature
        _explain: bool = False,  # noqa: FBT001, FBT002  # as above
    ) -> dict[str, Any]:
        del address, timeout, _explain
        return {"cluster": count(Source(session(), complete=raise_on_missing_output))}

    return _named_as(count, summary)


FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def _named_as(original: Callable[..., Any], function: FunctionT) -> FunctionT:
    """Name and describe a function as another, but keep its own signature."""
    for name in _NAMES:
        setattr(function, name, getattr(original, name))
    return function
