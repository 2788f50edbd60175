"""Every public name of Ray's is here, with its parameters, or left out on purpose."""

import importlib
import inspect
from fnmatch import fnmatchcase
from typing import Any

import pytest

from raylite import exceptions
from tests.api_unit.public_surface import EXCEPTIONS, LEFT_OUT, NAMES

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def all_names() -> list[tuple[str, str, str]]:
    """Module, name and parameters."""
    entries = [(module, one) for module, text in NAMES.items() for one in text.split("; ")]
    return [
        (module, one.partition("(")[0], one.partition("(")[2].removesuffix(")"))
        for module, one in entries
    ]


def found(module: str, name: str) -> Any:
    """What raylite has under a name of Ray's.

    Raises:
        AttributeError: if it has nothing there.
    """
    thing: Any = importlib.import_module(f"raylite{module.removeprefix('ray')}")
    for part in name.split("."):
        thing = getattr(thing, part)
    return thing


def is_left_out(full_name: str) -> bool:
    return any(fnmatchcase(full_name, pattern) for pattern in LEFT_OUT)


def parameters_of(thing: Any) -> list[inspect.Parameter]:
    given = inspect.signature(thing).parameters.values()
    return [one for one in given if one.name != "self" and not one.name.startswith("_")]


@pytest.mark.parametrize(
    ("module", "name", "parameters"),
    [pytest.param(*entry, id=f"{entry[0]}.{entry[1]}") for entry in all_names()],
)
def test_a_name_of_rays_is_here_or_left_out_on_purpose(
    module: str, name: str, parameters: str
) -> None:
    full_name = f"{module}.{name}"
    if is_left_out(full_name):
        with pytest.raises(AttributeError):
            found(module, name)
        return
    thing = found(module, name)
    if parameters:
        check_parameters(thing, parameters.split(", "))


def check_parameters(thing: Any, wanted: list[str]) -> None:
    """Each of Ray's parameters can be given by its name, and in its place."""
    own = parameters_of(thing)
    names = [one.name for one in own]
    takes_any = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in own)
    plain = [one.rstrip("=") for one in wanted if not one.startswith("*")]
    assert takes_any or not [one for one in plain if one not in names]
    starred = next((at for at, one in enumerate(wanted) if one.startswith("*")), len(wanted))
    in_place = [one.rstrip("=") for one in wanted[:starred]]
    assert [one.name for one in own if one.kind in POSITIONAL][: len(in_place)] == in_place
    optional = {one.rstrip("=") for one in wanted if one.endswith("=")}
    assert not [one.name for one in own if one.name in optional and one.default is one.empty]


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_of_rays_has_the_same_classes_above_it(name: str) -> None:
    above = {base.__name__ for base in getattr(exceptions, name).__mro__[1:]}
    assert above >= set(filter(None, EXCEPTIONS[name].split(", ")))


def test_nothing_is_left_out_that_ray_does_not_have() -> None:
    all_of_ray = [f"{module}.{name}" for module, name, _ in all_names()]
    assert not [
        pattern
        for pattern in LEFT_OUT
        if not any(fnmatchcase(name, pattern) for name in all_of_ray)
    ]
