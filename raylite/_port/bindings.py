"""Which names of a program stand for raylite, or for Ray, and where they are used.

In Ray: nothing like it. What a function has under the same name for itself, as a parameter ``ray``,
is another thing, and left alone.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

__all__ = ["Bindings", "Bound", "bindings_of", "is_at_or_below", "with_hidden"]

_OURS: Final = "raylite"
_THEIRS: Final = "ray"
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Bound:
    """What a name stands for."""

    package: str
    """``raylite`` or ``ray``."""
    path: str
    """The dotted name below it; empty for the package itself."""


@dataclass(slots=True)
class Bindings:
    """The names of one program, whichever of its cells they come from."""

    by_name: dict[str, Bound] = field(default_factory=dict)
    other_names: set[str] = field(default_factory=set)
    """Those that stand for something else, somewhere in the program."""

    def name_of(self, package: str) -> str | None:
        """By which name the package itself is used."""
        whole = Bound(package, "")
        return next((name for name, bound in self.by_name.items() if bound == whole), None)

    def path_of(self, node: ast.AST, hidden: frozenset[str] = frozenset()) -> str | None:
        """The dotted name below raylite or Ray that an expression is, or None.

        Args:
            node: the expression.
            hidden: names that stand for something else where it is.
        """
        if isinstance(node, ast.Name):
            bound = None if node.id in hidden else self.by_name.get(node.id)
            return None if bound is None else bound.path
        if isinstance(node, ast.Attribute):
            before = self.path_of(node.value, hidden)
            return None if before is None else f"{before}.{node.attr}".lstrip(".")
        return None


def bindings_of(trees: Iterable[ast.Module]) -> Bindings:
    """Read the imports of a program.

    Args:
        trees: its parts.
    """
    found = Bindings()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                _take_import(found, node)
            elif isinstance(node, ast.ImportFrom):
                _take_import_from(found, node)
            else:
                found.other_names.update(_bound_by(node))
    return found


def is_at_or_below(module: str | None, package: str) -> bool:
    """Whether a dotted name is the package's, or of something in it."""
    return module == package or str(module).startswith(f"{package}.")


def with_hidden(tree: ast.Module) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    """Each node, with the names that functions around it have for themselves."""
    waiting: list[tuple[ast.AST, frozenset[str]]] = [(tree, frozenset())]
    while waiting:  # A program may be nested more deeply than Python lets calls be.
        node, hidden = waiting.pop()
        yield node, hidden
        inside = hidden | _own_names(node) if isinstance(node, _Function) else hidden
        for name, value in ast.iter_fields(node):
            # Decorators, defaults and annotations are read outside.
            here = inside if name == "body" or not isinstance(node, _Function) else hidden
            children = value if isinstance(value, list) else [value]
            waiting += [(child, here) for child in children if isinstance(child, ast.AST)]


def _own_names(function: _Function) -> frozenset[str]:
    arguments = function.args
    own = {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    own |= {one.arg for one in (arguments.vararg, arguments.kwarg) if one is not None}
    from_outside: set[str] = set()
    body = function.body if isinstance(function.body, list) else [function.body]
    for node in _inside(body):
        if isinstance(node, ast.Global | ast.Nonlocal):
            from_outside.update(node.names)
        else:
            own.update(_bound_by(node))
    return frozenset(own - from_outside)


def _inside(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All that belongs to a function itself, and not to functions in it."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _Function | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def _bound_by(node: ast.AST) -> set[str]:
    """The names that a node gives to something, imports of raylite and Ray apart."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.ExceptHandler(name=str(name)):
            return {name}
        case ast.Import(names=aliases):
            others = [one for one in aliases if _package(one.name) is None]
            return {one.asname or one.name.partition(".")[0] for one in others}
        case ast.ImportFrom(module=module, level=level, names=aliases):
            ours = level == 0 and _package(module) is not None
            return set() if ours else {one.asname or one.name for one in aliases}
    return set()


def _package(module: str | None) -> str | None:
    return next((one for one in (_OURS, _THEIRS) if is_at_or_below(module, one)), None)


def _take_import(found: Bindings, node: ast.Import) -> None:
    found.other_names.update(_bound_by(node))
    for alias in node.names:
        package = _package(alias.name)
        if package is None:
            continue
        below = alias.name[len(package) + 1 :]
        if alias.asname:
            found.by_name[alias.asname] = Bound(package, below)
        else:
            found.by_name[package] = Bound(package, "")


def _take_import_from(found: Bindings, node: ast.ImportFrom) -> None:
    found.other_names.update(_bound_by(node))
    package = _package(node.module) if node.level == 0 else None
    if package is None or node.module is None:
        return
    below = node.module[len(package) + 1 :]
    for alias in node.names:
        path = f"{below}.{alias.name}".lstrip(".")
        found.by_name[alias.asname or alias.name] = Bound(package, path)
