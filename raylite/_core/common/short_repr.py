"""Values in a few characters, at a cost that does not grow with them.

In Ray: nothing like it. Python's ``reprlib`` is near, but asks large objects for all of their text.

Rule 1: a container is never asked for its text as a whole; its first items are, one by one.
Rule 2: whatever a ``__repr__`` of the user's does, there is a text.
"""

import math
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import islice
from types import FunctionType
from typing import Any, Final

__all__ = ["short_call", "short_repr"]

LONGEST: Final = 60
"""Characters of one value."""
_ROOM: Final = 84
"""Characters of all arguments of a call."""
_SHORTEST: Final = 12
_SMALL: Final = 10
"""Numbers in an array that is shown with them."""
_ITEMS: Final = 5
_DEEP: Final = 2
_INT_BITS: Final = 200
_BRACKETS: Final = {list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}")}


def short_call(name: str, args: Iterable[Any], kwargs: Mapping[str, Any]) -> str:
    """A call as it would be written: ``withdraw(50, note='rent')``.

    Args:
        name: of the function.
        args: positional arguments.
        kwargs: keyword arguments.
    """
    known = [("", value) for value in args]
    known += [(f"{key}=", value) for key, value in kwargs.items()]
    shown = known[: _ROOM // _SHORTEST]
    told = [start + short_repr(value) for start, value in shown]
    if sum(map(len, told)) > _ROOM:
        longest = max(_SHORTEST, _ROOM // len(shown))
        told = [start + short_repr(value, longest) for start, value in shown]
    if len(shown) < len(known):
        told.append(f"… {len(known)} in all")
    return f"{name}({', '.join(told)})"


def short_repr(value: Any, longest: int = LONGEST) -> str:
    """The beginning of what ``repr`` would give, in one line.

    Args:
        value: anything.
        longest: the most characters it may have.
    """
    text = _guarded(value, longest, _DEEP)
    # Not all of it first: the user's own text may be of any length.
    text = "".join(sign if sign.isprintable() else " " for sign in text[: longest + 1])
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _guarded(value: Any, longest: int, deep: int) -> str:
    try:
        return _text(value, longest, deep)
    except Exception as error:  # The user's __repr__, __len__ or __iter__ may do anything.
        return f"<{type(value).__name__}, whose __repr__ raised {type(error).__name__}>"


def _text(value: Any, longest: int, deep: int) -> str:
    kind: Any = type(value)
    if isinstance(value, dict):
        return _of_dict(value, longest, deep)
    fields = _fields(kind)
    if fields:
        parts = (f"{name}={_part(getattr(value, name), longest, deep)}" for name in fields)
        return f"{kind.__name__}({', '.join(islice(parts, _ITEMS))}{_more(len(fields))})"
    if isinstance(value, list | tuple | set | frozenset | deque):
        return _of_items(value, longest, deep)
    return _of_one(value, longest)


def _fields(kind: Any) -> tuple[str, ...]:
    """Of a named tuple, and of a data class whose text is not the user's own."""
    named: tuple[str, ...] = getattr(kind, "_fields", ())
    if not named and hasattr(kind.__repr__, "__wrapped__"):
        named = tuple(getattr(kind, "__dataclass_fields__", ()))
    return named


def _of_one(value: Any, longest: int) -> str:
    """What has no items, or nobody asks for them."""
    kind: Any = type(value)
    if isinstance(value, str | bytes | bytearray):
        return _of_text(value, longest)
    if isinstance(value, int) and abs(value).bit_length() > _INT_BITS:
        return f"<int of {value.bit_length()} bits>"
    if _has_shape(kind):
        return _of_array(value)
    if isinstance(value, FunctionType):
        return f"<function {value.__qualname__}>"
    # An address tells nobody anything.
    return f"<{kind.__name__}>" if kind.__repr__ is object.__repr__ else repr(value)


def _of_text(value: str | bytes | bytearray, longest: int) -> str:
    if len(value) <= longest:
        return repr(value)
    size = f"… {len(value):,} {'characters' if isinstance(value, str) else 'bytes'}"
    room = longest - len(size) - 4
    return f"{repr(value[:room])[:-1]}{size}" if room >= _SHORTEST else repr(value[:longest])


def _has_shape(kind: type) -> bool:
    """Arrays, tables and tensors of whatever library: their text may be long, and take long."""
    return hasattr(kind, "shape") and (hasattr(kind, "dtype") or hasattr(kind, "dtypes"))


def _of_array(value: Any) -> str:
    shape = tuple(value.shape)
    if math.prod(shape) <= _SMALL:
        return repr(value)
    dtype = getattr(value, "dtype", None)
    kind = "" if dtype is None else f" of {dtype}"
    size = " x ".join(map(str, shape))
    return f"<{type(value).__name__}{kind}, {size}>"


def _of_dict(value: dict[Any, Any], longest: int, deep: int) -> str:
    parts = [
        f"{_part(key, longest, deep)}: {_part(part, longest, deep)}"
        for key, part in islice(value.items(), _ITEMS if deep else 0)
    ]
    inner = f"{{{', '.join(parts)}{_more(len(value), len(parts))}}}"
    return inner if type(value) is dict else f"{type(value).__name__}({inner})"


def _of_items(value: Any, longest: int, deep: int) -> str:
    kind: Any = type(value)
    parts = [_part(part, longest, deep) for part in islice(value, _ITEMS if deep else 0)]
    inner = ", ".join(parts) + _more(len(value), len(parts))
    if kind is tuple and len(value) == 1:
        inner += ","
    if kind in _BRACKETS and (value or kind is not set):
        begin, end = _BRACKETS[kind]
        return f"{begin}{inner}{end}"
    return f"{kind.__name__}({inner})" if not value else f"{kind.__name__}([{inner}])"


def _part(value: Any, longest: int, deep: int) -> str:
    return _guarded(value, longest, deep - 1)[: longest + 1]


def _more(number: int, shown: int = _ITEMS) -> str:
    """What stands for the items that are left out."""
    if number <= shown:
        return ""
    return f", … {number:,} in all" if shown else "…"
