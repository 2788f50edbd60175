"""What a program does that comes out otherwise on Ray, where its text shows it.

In Ray: nothing like it. ``docs/differences_from_ray.md`` lists all differences; most of them show
only while a program runs. Each function here looks at one node and knows one difference.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from raylite._port.bindings import Bindings
from raylite._port.finding import Kind

__all__ = ["BEHAVIOURS", "Seen", "Told", "seen_in"]

Told: TypeAlias = tuple[ast.AST, Kind, str, str]
"""Where, which kind, what, and what to write instead."""


@dataclass(slots=True)
class Seen:
    """What is known of a program before its nodes are looked at."""

    bindings: Bindings
    actor_classes: set[str] = field(default_factory=set)
    refs: set[str] = field(default_factory=set)
    """Variables that hold a ref, wherever they are given a value."""
    remote_functions: set[ast.AST] = field(default_factory=set)
    """Remote functions, and the methods of actors."""


def seen_in(trees: list[ast.Module], bindings: Bindings, by_magic: set[ast.AST]) -> Seen:
    """Look once over the whole program.

    Args:
        trees: its parts.
        bindings: its names.
        by_magic: the classes and functions that a magic makes remote.
    """
    seen = Seen(bindings)
    for tree in trees:
        for node in ast.walk(tree):
            if not isinstance(node, (ast.ClassDef, *_FUNCTIONS)):
                continue
            if not (node in by_magic or _is_remote(node, bindings)):
                continue
            if isinstance(node, ast.ClassDef):
                seen.actor_classes.add(node.name)
                seen.remote_functions.update(_functions(node.body))
            else:
                seen.remote_functions.add(node)
    for tree in trees:
        seen.refs |= {name for name, values in _values(tree).items() if _all_refs(values, seen)}
    return seen


_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


def _functions(body: list[ast.stmt]) -> Iterator[ast.AST]:
    return (node for node in body if isinstance(node, _FUNCTIONS))


def _is_remote(
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, bindings: Bindings
) -> bool:
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if bindings.path_of(called) == "remote":
            return True
    return False


def _values(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """What each variable is given by plain assignments."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def _all_refs(values: list[ast.expr], seen: Seen) -> bool:
    return bool(values) and all(_is_ref(value, seen) for value in values)


def _is_ref(node: ast.AST, seen: Seen) -> bool:
    """Whether an expression gives a ref, as far as its text shows."""
    if isinstance(node, ast.Name):
        return node.id in seen.refs
    if not isinstance(node, ast.Call):
        return False
    if seen.bindings.path_of(node.func) == "put":
        return True
    if not (isinstance(node.func, ast.Attribute) and node.func.attr == "remote"):
        return False
    called = node.func.value
    if isinstance(called, ast.Call) and isinstance(called.func, ast.Attribute):
        called = called.func.value  # .options(...)
    return not (isinstance(called, ast.Name) and _is_class(called.id, seen))


def _is_class(name: str, seen: Seen) -> bool:
    return name in seen.actor_classes or name[:1].isupper()


_PRINTED: Final = (
    "The text of a ref is its repr on Ray; raylite adds how to get the value",
    "ray.get(ref) if the value is wanted, else repr(ref)",
)


def _text_of_a_ref(node: ast.AST, seen: Seen) -> Iterator[Told]:
    match node:
        case ast.Call(func=ast.Name(id="str" | "print"), args=values):
            refs = [value for value in values if _is_ref(value, seen)]
        case ast.FormattedValue(value=value, conversion=-1 | 115):
            refs = [value] if _is_ref(value, seen) else []
        case _:
            return
    for ref in refs:
        yield ref, Kind.DIFFERS, *_PRINTED


def _yield_from(node: ast.AST, seen: Seen) -> Iterator[Told]:
    if node not in seen.remote_functions:
        return
    for inner in ast.walk(node):
        if isinstance(inner, ast.YieldFrom) and not isinstance(inner.value, ast.GeneratorExp):
            what = "In remote functions Ray lets 'yield from' only go over generators, no lists or"
            instead = "for item in ...: yield item"
            yield inner, Kind.DIFFERS, f"{what} ranges: an AttributeError", instead


def _cancel(node: ast.AST, seen: Seen) -> Iterator[Told]:
    if isinstance(node, ast.Call) and seen.bindings.path_of(node.func) == "cancel":
        what = (
            "A task that blocks, as in time.sleep, is cancelled on Ray when that returns, and the "
            "ref of an actor's call when the call has ended; raylite does not wait"
        )
        yield node, Kind.DIFFERS, what, "Nothing, if that may take its time; else short steps"


def _ref_is_iterable(node: ast.AST, seen: Seen) -> Iterator[Told]:
    match node:
        case ast.Call(func=ast.Name(id="isinstance"), args=[value, kind]) if _is_ref(
            value, seen
        ) and ast.unparse(kind).endswith("Iterable"):
            what = "isinstance(ref, Iterable) is False on Ray, and True on raylite"
            yield node, Kind.DIFFERS, what, "isinstance(ref, ray.ObjectRef)"


def _serializers(node: ast.AST, seen: Seen) -> Iterator[Told]:
    if isinstance(node, ast.Call) and _path(node, seen) == "util.register_serializer":
        what = "A registered serializer is Ray's alone; on raylite copy and pickle use it as well"
        yield node, Kind.DIFFERS, what, "copyreg.pickle(...), where copy and pickle are to use it"


def _imap(node: ast.AST, seen: Seen) -> Iterator[Told]:
    uses_pools = any(
        bound.path.startswith("util.multiprocessing") for bound in seen.bindings.by_name.values()
    )
    match node:
        case ast.Call(func=ast.Attribute(attr="imap")) if uses_pools:
            what = "Pool.imap gives an error as a value among the others on Ray; raylite raises it"
            yield node, Kind.DIFFERS, what, "Look at each value: isinstance(value, Exception)"


def _empty_group(node: ast.AST, seen: Seen) -> Iterator[Told]:
    match node:
        case ast.Attribute(
            attr="bundle_specs", value=ast.Call(func=ast.Attribute(attr="empty") as made)
        ) if str(seen.bindings.path_of(made)).endswith("PlacementGroup.empty"):
            what = "The bundle_specs of an empty group are a KeyError on Ray, and [] on raylite"
            yield node, Kind.DIFFERS, what, "Ask group.is_empty first"


def _path(node: ast.Call, seen: Seen) -> str | None:
    return seen.bindings.path_of(node.func)


BEHAVIOURS: Final[tuple[Callable[[ast.AST, Seen], Iterator[Told]], ...]] = (
    _text_of_a_ref,
    _yield_from,
    _cancel,
    _ref_is_iterable,
    _serializers,
    _imap,
    _empty_group,
)
