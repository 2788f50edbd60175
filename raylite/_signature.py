"""Whether a call fits a function, told by the caller before anything is sent.

In Ray: ``python/ray/_common/signature.py``. A worker could tell as well, but the error belongs on
the line that made the call, at once.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["CallShape", "call_shape"]

_LONGEST_DEFAULT = 40
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class CallShape:
    """A signature without what cannot travel: annotations and the defaults' values."""

    text: str
    """``(amount, note='')``, for people."""
    parameters: tuple[tuple[str, int, bool], ...]
    """Name, kind, and whether there is a default."""
    min_args: int
    """With so many positional arguments and no keywords, a call fits."""
    max_args: int
    """Up to so many. Less than ``min_args`` where keywords are always needed."""

    def check(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Refuse a call that does not fit.

        Args:
            name: what is called, as the user writes it.
            args: the positional arguments.
            kwargs: the keyword arguments.

        Raises:
            TypeError: in the words of Python's own ``inspect``, with the signature.
        """
        if not kwargs and self.min_args <= len(args) <= self.max_args:
            return
        try:
            self._signature().bind(*args, **kwargs)
        except TypeError as error:
            wanted = f"{name.rpartition('.')[2]}{self.text}"
            msg = f"{name}.remote(...): {error}. The signature is {wanted}."
            raise TypeError(msg) from None

    def _signature(self) -> inspect.Signature:
        return inspect.Signature(
            [
                inspect.Parameter(
                    name,
                    _KINDS[kind],
                    default=None if has_default else inspect.Parameter.empty,
                )
                for name, kind, has_default in self.parameters
            ]
        )


_KINDS = {
    int(kind): kind
    for kind in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.KEYWORD_ONLY,
        inspect.Parameter.VAR_KEYWORD,
    )
}

_UNKNOWN = CallShape(
    text="(*args, **kwargs)",
    parameters=(
        ("args", int(inspect.Parameter.VAR_POSITIONAL), False),
        ("kwargs", int(inspect.Parameter.VAR_KEYWORD), False),
    ),
    min_args=0,
    max_args=1 << 30,
)


def call_shape(function: Callable[..., Any], *, skip_first: bool = False) -> CallShape:
    """What a call of ``function`` may look like.

    Args:
        function: anything ``inspect.signature`` understands; what it does not, fits any call.
        skip_first: True for a method taken from its class, whose ``self`` is not passed.
    """
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return _UNKNOWN
    if skip_first and found and found[0].kind in _POSITIONAL:
        found = found[1:]
    positional = [one for one in found if one.kind in _POSITIONAL]
    required = [one for one in positional if one.default is inspect.Parameter.empty]
    any_number = any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in found)
    needs_keyword = any(
        one.kind is inspect.Parameter.KEYWORD_ONLY and one.default is inspect.Parameter.empty
        for one in found
    )
    max_args = 1 << 30 if any_number else len(positional)
    return CallShape(
        text=f"({', '.join(_described(found))})",
        parameters=tuple(
            (one.name, int(one.kind), one.default is not inspect.Parameter.empty) for one in found
        ),
        min_args=len(required),
        max_args=-1 if needs_keyword else max_args,
    )


def _described(parameters: list[inspect.Parameter]) -> list[str]:
    """Each parameter as it is written in a ``def``, without annotations."""
    words: list[str] = []
    star_seen = False
    for position, one in enumerate(parameters):
        if one.kind is inspect.Parameter.VAR_POSITIONAL:
            star_seen = True
        elif one.kind is inspect.Parameter.KEYWORD_ONLY and not star_seen:
            words.append("*")
            star_seen = True
        words.append(_one_described(one))
        rest = parameters[position + 1 :]
        if one.kind is inspect.Parameter.POSITIONAL_ONLY and (
            not rest or rest[0].kind is not inspect.Parameter.POSITIONAL_ONLY
        ):
            words.append("/")
    return words


def _one_described(one: inspect.Parameter) -> str:
    stars = {int(inspect.Parameter.VAR_POSITIONAL): "*", int(inspect.Parameter.VAR_KEYWORD): "**"}
    name = stars.get(int(one.kind), "") + one.name
    if one.default is inspect.Parameter.empty:
        return name
    default: str = repr(one.default)
    return f"{name}={default if len(default) <= _LONGEST_DEFAULT else '...'}"
