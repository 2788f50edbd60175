"""What the cases share: errors told by type and words, and differences on purpose."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from tests.processes import wait_until

__all__ = [
    "Caught",
    "ask_until_it_fails",
    "different",
    "elsewhere",
    "module",
    "raises",
    "wait_until",
]


class Caught:
    """What ``raises`` caught, once its block is over."""

    value: Any = None


@contextmanager
def raises(*types: type[BaseException], words: str | tuple[str, ...] = ()) -> Iterator[Caught]:
    """Expect an error that is an instance of **all** the types and says all the words.

    Args:
        types: what ``except`` clauses may name to catch it.
        words: what its text has to contain, as people would search for it.
    """
    caught = Caught()
    with pytest.raises(types[0]) as info:
        yield caught
    error, text = info.value, str(info.value)
    for one in types:
        assert isinstance(error, one), f"{type(error).__mro__} is no {one}"
    for word in (words,) if isinstance(words, str) else words:
        assert word in text, f"{word!r} is not in: {text}"
    caught.value = error


def different(*, ray: str, raylite: str, why: str, on_ray: str = "raylite") -> Callable[[Any], Any]:
    """Mark a case in which the engines differ on purpose; it asserts what each of them does.

    ``docs/differences_from_ray.md`` is written from these marks.

    Args:
        ray: what Ray does, as a sentence.
        raylite: what raylite does.
        why: the reason.
        on_ray: what the fixture ``engine`` is where raylite runs on Ray: ``"ray"`` if it is Ray's
            doing that shows there.
    """
    mark = pytest.mark.different(ray=ray, raylite=raylite, why=why)
    return lambda case: mark(pytest.mark.shows(on_ray=on_ray)(case))


def elsewhere(*, inline: str = "", on_ray: str = "") -> Callable[[Any], Any]:
    """Mark a case that cannot hold on another of raylite's engines; it is left out there.

    Args:
        inline: why it cannot hold in one process; empty: it does.
        on_ray: why it cannot hold where raylite runs on Ray; empty: it does.
    """
    return pytest.mark.elsewhere(inline=inline, on_ray=on_ray)


def ask_until_it_fails(ray: Any, call: Any) -> None:
    """Call a method of an actor that is about to end, until that is an error."""
    while True:
        ray.get(call.remote())


def module(ray: ModuleType, name: str) -> ModuleType:
    """``import ray.<name>``, of whichever engine ``ray`` is."""
    return importlib.import_module(f"{ray.__name__}.{name}")
