"""What Python says when something that stands for a value is used as if it were the value.

In Ray: nothing like it; Python itself refuses. The errors' types and first words are kept here, and
what is missing there is added: what the thing is, where it comes from, and what to write instead.

Only the class has these methods, so what they are on is made as fast as before.
"""

from collections.abc import Callable
from typing import Any, Final, NoReturn

__all__ = ["StandsForValue", "refuse"]

_BINARY: Final = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "matmul": "@",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "divmod": "divmod()",
    "pow": "** or pow()",
    "lshift": "<<",
    "rshift": ">>",
    "and": "&",
    "xor": "^",
    "or": "|",
}
_UNARY: Final = {"neg": "unary -", "pos": "unary +", "invert": "unary ~", "abs": "abs()"}
_ORDER: Final = {"lt": ("<", "gt"), "le": ("<=", "ge"), "gt": (">", "lt"), "ge": (">=", "le")}
_NUMBERS: Final = {
    "int": "int() argument must be a string, a bytes-like object or a real number, not {kind!r}",
    "float": "float() argument must be a string or a real number, not {kind!r}",
    "complex": "complex() first argument must be a string or a number, not {kind!r}",
    "index": "{kind!r} object cannot be interpreted as an integer",
    "round": "type {kind} doesn't define __round__ method",
}
_OTHERS: Final = {
    "call": "{kind!r} object is not callable",
    "iter": "{kind!r} object is not iterable",
    "getitem": "{kind!r} object is not subscriptable",
    "setitem": "{kind!r} object does not support item assignment",
    "delitem": "{kind!r} object does not support item deletion",
    "len": "object of type {kind!r} has no len()",
}
_Method = Callable[..., Any]


class StandsForValue:
    """Is no number, and says so: arithmetic and comparisons raise TypeError with an explanation.

    Equality is left alone: ``ref == 3`` is False, as it is for any two different things.
    """

    __slots__ = ()

    def _ray_told(self) -> str:
        """Whole sentences: what this is, and what to write instead."""
        raise NotImplementedError

    def __format__(self, format_spec: str, /) -> str:
        if format_spec:
            _refuse(self, f"unsupported format string passed to {_kind(self)}.__format__")
        return str(self)


def refuse(cls: type[StandsForValue], *names: str) -> None:
    """Have ``cls`` explain what else it does not do, out of what is not the same for all.

    Args:
        cls: the class.
        names: ``call``, ``iter``, ``getitem``, ``setitem``, ``delitem``, ``len``.
    """
    for name in names:
        _put(cls, f"__{name}__", _refusing(_OTHERS[name]))
        if name == "len":  # Else Python would ask for the length to know whether it is true.
            _put(cls, "__bool__", lambda _self: True)


def _kind(value: object) -> str:
    return type(value).__name__


def _refuse(value: StandsForValue, words: str) -> NoReturn:
    # The explanation stands in lines of its own: the first one is what people search for.
    msg = f"{words}.\n{value._ray_told()}"  # noqa: SLF001  # Of this module's own class.
    raise TypeError(msg)


def _refusing(words: str) -> _Method:
    def method(self: StandsForValue, *_: Any, **__: Any) -> NoReturn:
        _refuse(self, words.format(kind=_kind(self)))

    return method


def _answer_of(other: object, name: str, self: object) -> Any:
    """What the other side makes of it: a number of the user's own may know what to do."""
    if type(other) is type(self):
        return NotImplemented
    theirs = getattr(type(other), name, None)
    return NotImplemented if theirs is None else theirs(other, self)


def _forward(name: str, sign: str) -> _Method:
    def operate(self: StandsForValue, other: object, *_: object) -> Any:
        answer = _answer_of(other, f"__r{name}__", self)
        if answer is not NotImplemented:
            return answer
        kinds = f"{_kind(self)!r} and {_kind(other)!r}"
        _refuse(self, f"unsupported operand type(s) for {sign}: {kinds}")

    return operate


def _backward(sign: str) -> _Method:
    def operate(self: StandsForValue, other: object, *_: object) -> NoReturn:
        kinds = f"{_kind(other)!r} and {_kind(self)!r}"
        _refuse(self, f"unsupported operand type(s) for {sign}: {kinds}")

    return operate


def _compared(sign: str, mirrored: str) -> _Method:
    def compare(self: StandsForValue, other: object) -> Any:
        answer = _answer_of(other, f"__{mirrored}__", self)
        if answer is not NotImplemented:
            return answer
        kinds = f"{_kind(self)!r} and {_kind(other)!r}"
        _refuse(self, f"{sign!r} not supported between instances of {kinds}")

    return compare


def _put(cls: type, name: str, method: _Method) -> None:
    method.__name__ = name
    method.__qualname__ = f"{cls.__qualname__}.{name}"
    method.__doc__ = "Refuse, and say what to write instead."
    setattr(cls, name, method)


for _name, _sign in _BINARY.items():
    _put(StandsForValue, f"__{_name}__", _forward(_name, _sign))
    _put(StandsForValue, f"__r{_name}__", _backward(_sign))
for _name, _sign in _UNARY.items():
    _put(StandsForValue, f"__{_name}__", _refusing(f"bad operand type for {_sign}: {{kind!r}}"))
for _name, (_sign, _mirrored) in _ORDER.items():
    _put(StandsForValue, f"__{_name}__", _compared(_sign, _mirrored))
for _name, _words in _NUMBERS.items():
    _put(StandsForValue, f"__{_name}__", _refusing(_words))
