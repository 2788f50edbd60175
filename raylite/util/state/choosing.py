"""Which rows are listed: filters, limit and detail.

In Ray: ``StateAPIManager._filter`` in ``python/ray/dashboard/state_aggregator.py``.

A command line knows texts only, so 3 and ``"3"`` choose the same rows, and so do True, ``"True"``
and ``"1"``. Upper and lower case make no difference.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from raylite._core.common.states import ActorState as ActorStates
from raylite._core.common.states import NodeState as NodeStates
from raylite.util.state.common import ActorState, NodeState, StateSchema, StateTable
from raylite.util.state.exception import RayStateApiException

__all__ = ["LIMIT", "Filters", "chosen"]

Filters = Sequence[tuple[str, str, Any]] | None
"""Such as ``[("state", "=", "ALIVE")]``: a field, ``"="`` or ``"!="``, and a value."""

LIMIT: Final = 100
_MAX_LIMIT: Final = 10_000
_PREDICATES: Final = ("=", "!=")
_STATES: Final[dict[type[StateSchema], set[str]]] = {
    ActorState: {state.name for state in ActorStates},
    NodeState: {state.name for state in NodeStates},
}
_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}

S = TypeVar("S", bound=StateSchema)


def chosen(
    schema: type[S], found: Iterable[S], filters: Filters, limit: Any, *, detail: bool
) -> StateTable[S]:
    """The rows that pass all filters, ``limit`` of them at most.

    Raises:
        ValueError: for filters that are no list of triples, or another predicate.
        RayStateApiException: for a field that rows cannot be chosen by, a value that cannot be one
            of the field's, or a limit out of range.
    """
    tests = [_test(schema, *triple) for triple in _checked(filters)]
    number = _checked_limit(limit)
    passing = [one for one in found if all(test(one) for test in tests)]
    rows = passing[:number]
    left_out = len(passing) - len(rows)
    return StateTable(schema, rows if detail else [one.brief() for one in rows], left_out)


def _checked(filters: Any) -> list[tuple[str, str, Any]]:
    if filters is None:
        return []
    triples = list(filters) if isinstance(filters, list | tuple) else [filters]
    for triple in triples:
        if not isinstance(triple, list | tuple) or [type(part) for part in triple[:2]] != [str] * 2:
            raise ValueError(_no_triples(filters))
        if len(triple) != 3 or not isinstance(triple[2], str | bool | int | float):  # noqa: PLR2004  # field, predicate, value
            raise ValueError(_no_triples(filters))
        if triple[1] not in _PREDICATES:
            msg = (
                f"Unsupported filter predicate {triple[1]!r} is given in {triple!r}. "
                "Available predicates: '=' and '!='."
            )
            raise ValueError(msg)
    return [tuple(triple) for triple in triples]


def _no_triples(filters: Any) -> str:
    return (
        f"filters={filters!r}: this has to be a list of triples of a field, a predicate and a "
        "value, a text, number or bool. Write filters=[('state', '=', 'ALIVE')]."
    )


def _checked_limit(limit: Any) -> int:
    if not str(limit).removeprefix("-").isdigit():
        msg = f"limit={limit!r}: this has to be a whole number."
        raise ValueError(msg)
    number = int(limit)
    if number < 0:
        msg = f"limit={limit!r}: this has to be 0 or more."
        raise RayStateApiException(msg)
    if number > _MAX_LIMIT:
        msg = (
            f"limit={limit!r} exceeds the supported limit {_MAX_LIMIT}. Choose rows with filters "
            "instead."
        )
        raise RayStateApiException(msg)
    return number


def _test(schema: type[StateSchema], key: str, predicate: str, value: Any) -> Callable[[Any], bool]:
    columns = schema.filterable_columns()
    if key not in columns:
        msg = (
            f"The given filter column {key!r} is not supported for {schema.__name__}. "
            f"Supported filter columns: {sorted(columns)}."
        )
        raise RayStateApiException(msg)
    wanted = _wanted(schema, key, columns[key], value)
    is_equal = predicate == "="
    return lambda one: (_comparable(one[key]) == wanted) is is_equal


def _wanted(schema: type[StateSchema], key: str, kind: Any, value: Any) -> str:
    text = _comparable(value)
    if kind is bool:
        if text not in _TRUTH:
            msg = f"({key!r}, ..., {value!r}): {key} is true or false. Write True or False."
            raise RayStateApiException(msg)
        return _comparable(_TRUTH[text])
    if kind in {int, int | None} and not text.removeprefix("-").isdigit():
        msg = f"({key!r}, ..., {value!r}): {key} is an integer. Write a whole number."
        raise RayStateApiException(msg)
    states = _STATES.get(schema, set()) if key == "state" else set()
    if states and text.upper() not in states:
        msg = f"({key!r}, ..., {value!r}): there is no such state. There are {sorted(states)}."
        raise RayStateApiException(msg)
    return text


def _comparable(value: Any) -> str:
    return str(value).lower()
