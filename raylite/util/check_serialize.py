"""Why something cannot be sent to a task or an actor: a search for the part that is to blame.

In Ray: ``python/ray/util/check_serialize.py``. It prints a tree of what was tried. Left out here:
nothing; containers are looked into as well, where Ray stops at the list or the dictionary.
"""

import contextlib
import dis
import inspect
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any, TextIO

import cloudpickle

__all__ = ["FailureTuple", "inspect_serializability"]

_LONGEST = 60


class FailureTuple:
    """A thing that cannot be pickled, and where it was found.

    Attributes:
        obj: the thing.
        name: the variable, attribute or key it was found under.
        parent: what it was found in; None if it was asked for itself.
        path: the names on the way to it, with arrows between.
    """

    def __init__(self, obj: Any, name: str, parent: Any, path: str = "") -> None:
        self.obj = obj
        self.name = name
        self.parent = parent
        self.path = path or name

    def __repr__(self) -> str:
        return (
            f"FailTuple({self.name} [path={self.path}, obj={self.obj!r}, parent={self.parent!r}])"
        )


def inspect_serializability(
    base_obj: Any, name: str | None = None, depth: int = 3, print_file: TextIO | None = None
) -> tuple[bool, set[FailureTuple]]:
    """Find out what in an object cannot be pickled, and print what was found as a tree.

    Args:
        base_obj: anything: a function, a class, an instance, a container.
        name: what to call it in the report.
        depth: how many levels to look into it.
        print_file: where to print; None: to standard output.

    Returns:
        Whether it can be pickled, and the innermost parts found that cannot.
    """
    search = _Search(print_file)
    shown_name = name or _name_of(base_obj)
    search.say(0, f"Checking whether {shown_name} can be pickled")
    if search.can_be_pickled(base_obj, shown_name, 0):
        return True, set()
    path = [name] if name else []
    if not search.look_into(base_obj, path, 1, depth):
        search.blame(base_obj, shown_name, None, path)
    for found in search.failures:
        search.say(0, f"To blame: {found.path} = {_shown(found.obj)}")
    search.say(
        0,
        "Make it where it is used, inside of the task or of the actor's __init__, or leave it "
        "out of the closure or the instance.",
    )
    return False, set(search.failures)


class _Search:
    """One search: what it has found, and what it has seen."""

    def __init__(self, file: TextIO | None) -> None:
        self._file = file
        self._seen: set[int] = set()
        self.failures: list[FailureTuple] = []

    def say(self, level: int, text: str) -> None:
        print("    " * level + text, file=self._file)  # printing is what it is for

    def can_be_pickled(self, value: Any, name: str, level: int) -> bool:
        try:
            cloudpickle.dumps(value)
        except Exception as error:
            self.say(level, f"FAIL  {name} = {_shown(value)}: {error}")
            return False
        self.say(level, f"ok    {name} = {_shown(value)}")
        return True

    def blame(self, value: Any, name: str, parent: Any, path: list[str]) -> None:
        self.failures.append(FailureTuple(value, name, parent, " -> ".join(path)))

    def look_into(self, value: Any, path: list[str], level: int, depth: int) -> bool:
        """Blame parts of ``value``; False if it has none that cannot be pickled."""
        self._seen.add(id(value))
        explained = False
        for name, part in _parts_of(value) if depth > 0 else ():
            if id(part) in self._seen:
                # It has been blamed already, or is looked into at the moment.
                explained = True
            elif not self.can_be_pickled(part, name, level):
                explained = True
                inner = [*path, name]
                if not self.look_into(part, inner, level + 1, depth - 1):
                    self.blame(part, name, value, inner)
        return explained and bool(self.failures)


def _parts_of(value: Any) -> Iterator[tuple[str, Any]]:
    """What pickling a thing pickles with it, by name."""
    if inspect.ismethod(value):
        yield "__self__", value.__self__
    elif inspect.isfunction(value):
        yield from _globals_of(value)
        yield from _nonlocals_of(value)
        yield from _defaults_of(value)
        yield from vars(value).items()
    elif isinstance(value, Mapping):
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"[{index}]", part) for index, part in enumerate(value))
    elif isinstance(value, type):
        # What the class has itself: its bases' parts are theirs.
        yield from ((name, getattr(part, "__func__", part)) for name, part in _own(value))
    else:
        yield from getattr(value, "__dict__", {}).items()


def _globals_of(function: FunctionType) -> Iterator[tuple[str, Any]]:
    # Not by inspect.getclosurevars, which takes an attribute for the global of the same name.
    for name in sorted(set(_global_names(function.__code__))):
        if name in function.__globals__:
            yield name, function.__globals__[name]


def _global_names(code: CodeType) -> Iterator[str]:
    """Of a function and of those defined in it."""
    for instruction in dis.get_instructions(code):
        if instruction.opname == "LOAD_GLOBAL":
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)


def _nonlocals_of(function: FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        # A cell is empty while the function around it has not got so far.
        with contextlib.suppress(ValueError):
            yield name, cell.cell_contents


def _defaults_of(function: Any) -> Iterator[tuple[str, Any]]:
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.default is not parameter.empty:
            yield name, parameter.default


def _own(value: type) -> Iterator[tuple[str, Any]]:
    made_by_python = {"__dict__", "__weakref__", "__module__", "__doc__", "__slotnames__"}
    yield from ((name, part) for name, part in vars(value).items() if name not in made_by_python)


def _name_of(value: Any) -> str:
    return str(getattr(value, "__qualname__", None) or f"an object of type {type(value).__name__}")


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:
        text = f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
