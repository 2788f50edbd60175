"""Events as plain JSON values, and back, with every field checked.

In Ray: the export events, ``src/ray/protobuf/export_*.proto``. What an event has, and of which
kind, is read off its class, so that a new field needs nothing here.
"""

import math
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin

from raylite._core.common.events import Event

__all__ = ["KIND", "event_of", "json_of"]

KIND: Final = "event"
"""The key of the class's name."""
_Read = Callable[[Any], Any]


def json_of(event: Event) -> dict[str, Any]:
    """An event as a dictionary that ``json`` can write."""
    values = event.__dict__
    return {
        KIND: type(event).__name__,
        **{name: _plain(values[name]) for name in type(event).field_names},
    }


def event_of(values: Any) -> Event:
    """The event that :func:`json_of` has made this of.

    Raises:
        ValueError: if it is none, in half a sentence about the first thing that is wrong.
    """
    if not isinstance(values, dict) or KIND not in values:
        msg = f'this has to be an object with the key "{KIND}"'
        raise ValueError(msg)
    kind, fields = values[KIND], {name: values[name] for name in values if name != KIND}
    if not isinstance(kind, str) or kind not in _CLASSES:
        msg = f"there is no event called {kind!r}"
        raise ValueError(msg)
    readers = _READERS[kind]
    if unknown := sorted(fields.keys() - readers.keys()):
        msg = f"{kind} has no field {unknown[0]!r}"
        raise ValueError(msg)
    if missing := [name for name in _REQUIRED[kind] if name not in fields]:
        msg = f"{kind} needs the field {missing[0]!r}"
        raise ValueError(msg)
    found: Event = _CLASSES[kind](
        **{name: _read(kind, name, readers[name], value) for name, value in fields.items()}
    )
    return found


def _read(kind: str, name: str, read: _Read, value: Any) -> Any:
    try:
        return read(value)
    except ValueError as error:
        msg = f"{name!r} of {kind} has to be {error}, not {_shown(value)}"
        raise ValueError(msg) from None


def _shown(value: Any) -> str:
    text, longest = repr(value), 60
    return text if len(text) <= longest else f"{text[:longest]}…"


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.name
        case tuple():
            return [_plain(part) for part in value]
        case Mapping():
            return dict(value)
        case _:
            return value


# One function for each kind of field; what it raises says what was expected.


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")  # noqa: EM101, TRY003, TRY004  # Half of a sentence: see `_read`.
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: EM101, TRY003, TRY004  # As above.
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("a whole number")  # noqa: EM101, TRY003, TRY004  # As above.
    return value


def _number(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        raise ValueError("a number")  # noqa: EM101, TRY003  # As above.
    return float(value)


def _member_of(kind: type[Enum]) -> _Read:
    def read(value: Any) -> Enum:
        if not isinstance(value, str) or value not in kind.__members__:
            raise ValueError(f"one of {', '.join(kind.__members__)}")  # noqa: EM102, TRY003  # As above.
        return kind[value]

    return read


def _or_none(read: _Read) -> _Read:
    def read_it(value: Any) -> Any:
        return None if value is None else read(value)

    return read_it


def _tuple_of(read: _Read) -> _Read:
    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError("a list")  # noqa: EM101, TRY003, TRY004  # As above.
        return tuple(map(read, value))

    return read_all


def _mapping_of(read: _Read) -> _Read:
    def read_all(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError("an object")  # noqa: EM101, TRY003, TRY004  # As above.
        return {key: read(part) for key, part in value.items()}

    return read_all


_SIMPLE: Final[dict[Any, _Read]] = {str: _text, bool: _truth, int: _whole, float: _number}


def _reader(hint: Any) -> _Read:
    """What reads a field of this type."""
    hint = getattr(hint, "__supertype__", hint)  # A NewType is what it is made of.
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (typing.Union, UnionType):
        (inner,) = (part for part in parts if part is not NoneType)
        return _or_none(_reader(inner))
    if origin is tuple:
        return _tuple_of(_reader(parts[0]))
    if origin is None:
        return _member_of(hint)
    return _mapping_of(_reader(parts[1]))


def _readers(kind: Any) -> dict[str, _Read]:
    hints = typing.get_type_hints(kind)
    return {name: _reader(hints[name]) for name in kind.field_names}


_CLASSES: Final[dict[str, Any]] = {kind.__name__: kind for kind in get_args(Event)}
_READERS: Final = {name: _readers(kind) for name, kind in _CLASSES.items()}
_REQUIRED: Final = {
    name: [field for field in kind.field_names if not hasattr(kind, field)]
    for name, kind in _CLASSES.items()
}
