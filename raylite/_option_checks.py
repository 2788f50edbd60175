"""What is wrong with the value of an option: small functions, each for one kind of value.

Each answers with a sentence, or with None if nothing is wrong.
"""

from collections.abc import Callable, Mapping
from typing import Any

__all__ = [
    "UnsupportedError",
    "bad_bytes",
    "bad_gpus",
    "bad_groups",
    "bad_items_ahead",
    "bad_lifetime",
    "bad_num_returns",
    "bad_resources",
    "bad_retry_exceptions",
    "below_minus_one",
    "below_zero",
    "empty",
    "negative",
    "only",
]

_SMALLEST_SHARE = 0.0001


class UnsupportedError(ValueError, NotImplementedError):
    """Ray has this option; raylite does not have what it does."""


def negative(value: float) -> str | None:
    if value < 0:
        return "a quantity cannot be negative."
    if isinstance(value, float) and 0 < value < _SMALLEST_SHARE:
        return f"the smallest share of a resource is {_SMALLEST_SHARE}."
    return None


def bad_gpus(value: float) -> str | None:
    if value > 1 and value != int(value):
        return "GPU quantities >1 must be whole numbers; a share of one GPU is below 1."
    return negative(value)


def bad_bytes(value: float) -> str | None:
    return "a number of bytes cannot be negative." if value < 0 else None


def below_zero(value: int) -> str | None:
    return "it has to be 0 or more." if value < 0 else None


def below_minus_one(value: int) -> str | None:
    return "it has to be 0 or more, or -1 for no limit." if value < -1 else None


def bad_resources(value: Mapping[str, float]) -> str | None:
    for name, quantity in value.items():
        if name in {"CPU", "GPU"}:
            return f"write num_{name.lower()}s=... instead of {name!r} in resources."
        if name in {"memory", "object_store_memory"}:
            return f"{name!r} is no resource of a program's own: write memory=... instead."
        if isinstance(quantity, bool) or not isinstance(quantity, int | float):
            return f"the quantity of {name!r} has to be a number."
        if wrong := negative(quantity):
            return wrong
    return None


def bad_num_returns(value: int | str) -> str | None:
    if isinstance(value, str):
        known = value in {"streaming", "dynamic"}
        return None if known else "it has to be a number, 'streaming' or 'dynamic'."
    return below_zero(value)


def bad_retry_exceptions(value: bool | list[Any] | tuple[Any, ...]) -> str | None:  # noqa: FBT001  # an option's value
    if isinstance(value, bool):
        return None
    if all(isinstance(one, type) and issubclass(one, Exception) for one in value):
        return None
    return "it has to be True, False, or a list of exception classes."


def bad_items_ahead(value: int) -> str | None:
    return None if value > 0 or value == -1 else "it has to be 1 or more, or -1 for no limit."


def bad_lifetime(value: str) -> str | None:
    if value in {"detached", "non_detached"}:
        return None
    return "an actor's lifetime is 'detached', 'non_detached' or None."


def bad_groups(value: Mapping[str, int]) -> str | None:
    for name, limit in value.items():
        if not isinstance(name, str) or not name:
            return f"a group's name has to be a text, not {name!r}."
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            return f"the limit of group {name!r} has to be a whole number of 1 or more."
    return None


def only(*values: Any) -> Callable[[Any], bool]:
    return lambda value: value in values


def empty(what: str) -> Callable[[str], str | None]:
    return lambda value: None if value else f"{what} cannot be empty; leave it out instead."
