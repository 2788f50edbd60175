"""The rules, held against a program: which lines are not the same on the other side.

In Ray: nothing like it. A program is one or several parts, its cells; what one imports, the others
use.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from raylite._port.behaviours import BEHAVIOURS, Seen, seen_in
from raylite._port.bindings import Bindings, bindings_of, with_hidden
from raylite._port.finding import Direction, Finding, Kind
from raylite._port.keywords import KEYWORDS, KeywordRule
from raylite._port.magic_lines import Cell, Magic, read_cell
from raylite._port.magic_rules import CELL_MAGICS, LINE_MAGICS, SUBCOMMANDS
from raylite._port.names import (
    IMPORTED_FROM,
    ONLY_HERE,
    first_known,
    is_private_here,
    only_in_ray,
)
from raylite._port.places import Places

__all__ = ["Part", "Program", "findings_of", "read_program"]

_VARIABLE: Final = re.compile(r"RAYLITE_[A-Z_]+")
_OWN_TEXT: Final = re.compile(r"raylite(?:\.\w+)*")
_VARIABLES: Final = {
    "RAYLITE_ENGINE": "Leave it out: Ray is the engine there",
    "RAYLITE_ADDRESS": "RAY_ADDRESS, with the HEAD:6379 that ray start has named",
    "RAYLITE_TASK_EVENTS": "RAY_task_events_report_interval_ms=0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A cell, or a whole program."""

    text: str
    cell: str = ""
    """By which name its lines are told; empty in a program."""
    first_line: int = 1
    """The number of its first line."""
    in_comments: bool = False
    """Whether magics stand in comments, as jupytext writes them."""


@dataclass(frozen=True, slots=True)
class Program:
    """Parts that were read, and what is known of all of them."""

    parts: tuple[Part, ...]
    cells: tuple[Cell, ...]
    bindings: Bindings
    seen: Seen


def read_program(parts: Sequence[Part]) -> Program:
    """Read the parts of a program.

    Raises:
        SyntaxError: if one is not Python; its ``lineno`` is counted as its part is, its
            ``filename`` is the part's cell.
    """
    cells = []
    for part in parts:
        try:
            cells.append(read_cell(part.text, in_comments=part.in_comments))
        except SyntaxError as error:
            error.lineno = (error.lineno or 1) + part.first_line - 1
            error.filename = part.cell
            raise
    trees = [cell.tree for cell in cells]
    bindings = bindings_of(trees)
    by_magic = {node for cell in cells for node in _made_remote(cell)}
    return Program(tuple(parts), tuple(cells), bindings, seen_in(trees, bindings, by_magic))


def _made_remote(cell: Cell) -> Iterator[ast.AST]:
    """The classes below ``%%actor``, the functions below ``%%task``."""
    names = {magic.name for magic in cell.magics if magic.is_for_cell}
    for node in cell.tree.body:
        if "actor" in names and isinstance(node, ast.ClassDef):
            yield node
        if "task" in names and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def findings_of(program: Program, direction: Direction) -> list[Finding]:
    """Every line that is not the same there, in order; imports are not among them.

    Args:
        program: as it was read.
        direction: to where.
    """
    found = []
    for part, cell in zip(program.parts, program.cells, strict=True):
        places = Places(part.text)
        told = list(_of_tree(cell, program, direction))
        if direction is Direction.TO_RAY:
            told += _of_magics(cell)
        for finding in sorted(set(told), key=lambda one: (one.line, one.column)):
            column = finding.column
            if column < 0:  # Of a node: in bytes, from -1 on downwards.
                column = places.column(finding.line, -column - 1)
            found.append(
                replace(
                    finding,
                    line=finding.line + part.first_line - 1,
                    column=column,
                    code=places.code(finding.line),
                    cell=part.cell,
                )
            )
    return found


def _of_tree(cell: Cell, program: Program, direction: Direction) -> Iterator[Finding]:
    to_ray = direction is Direction.TO_RAY
    known = program.bindings
    below_a_name: set[int] = set()
    for node, hidden in with_hidden(cell.tree):
        match node:
            case ast.Call():
                yield from _of_call(node, known, hidden, KEYWORDS[direction])
            case ast.Import() | ast.ImportFrom():
                yield from _of_import(node, to_ray=to_ray)
            case ast.Name() | ast.Attribute() if id(node) not in below_a_name:
                path = known.path_of(node, hidden)
                if path is not None:  # Of 'ray.util.queue' the longest name is told, and no part.
                    below_a_name.update(id(one) for one in ast.walk(node))
                is_moved = isinstance(node, ast.Name) and path in IMPORTED_FROM
                if path and isinstance(node.ctx, ast.Load) and not is_moved:
                    yield from _of_name(node, path, to_ray=to_ray)
    if to_ray:
        yield from _of_behaviours(cell, program)


def _of_behaviours(cell: Cell, program: Program) -> Iterator[Finding]:
    docs = {id(node) for node in _docstrings(cell.tree)}
    for node in ast.walk(cell.tree):
        if isinstance(node, ast.Constant) and id(node) not in docs:
            yield from _of_text(node)
        for behaviour in BEHAVIOURS:
            for where, kind, what, instead in behaviour(node, program.seen):
                yield _at(where, kind, what, instead)


def _of_name(node: ast.AST, path: str, *, to_ray: bool) -> Iterator[Finding]:
    if not to_ray:
        missing = only_in_ray(path)
        if missing:
            yield _at(node, Kind.MISSING, f"ray.{missing} is Ray's alone", _RAY_ITSELF)
        return
    name = first_known(path, ONLY_HERE)
    if name is not None:
        what, instead = ONLY_HERE[name]
        yield _at(node, Kind.MISSING, f"raylite.{name} {what}", instead)
    elif is_private_here(path):
        yield _at(node, Kind.MISSING, f"raylite.{path} is raylite's own business", "Leave it out")


_RAY_ITSELF: Final = "Run the program on Ray: init(engine='ray') does that from raylite as well"


def _of_import(node: ast.Import | ast.ImportFrom, *, to_ray: bool) -> Iterator[Finding]:
    own, wanted = ("raylite", ONLY_HERE) if to_ray else ("ray", None)
    for alias in node.names:
        before = node.module if isinstance(node, ast.ImportFrom) else ""
        full = f"{before}.{alias.name}" if before else alias.name
        is_relative = isinstance(node, ast.ImportFrom) and node.level > 0
        if not full.startswith(f"{own}.") or is_relative:
            continue
        path = full[len(own) + 1 :]
        if wanted is None:
            missing = only_in_ray(path)
            if missing:
                yield _at(alias, Kind.MISSING, f"ray.{missing} is Ray's alone", _RAY_ITSELF)
            continue
        if not (path in IMPORTED_FROM and len(node.names) == 1):
            yield from _of_name(alias, path, to_ray=True)


def _of_call(
    node: ast.Call, bindings: Bindings, hidden: frozenset[str], rules: tuple[KeywordRule, ...]
) -> Iterator[Finding]:
    path = bindings.path_of(node.func, hidden)
    given = {one.arg: one.value for one in node.keywords if one.arg}
    if path == "init" and node.args:
        given.setdefault("address", node.args[0])
    if not given:
        return
    for rule in rules:
        if rule.keyword in given and _is_of(rule, node.func, path):
            value = given[rule.keyword]
            if rule.when(value):
                yield _at(_keyword_at(node, value), rule.kind, rule.what, rule.instead)


def _is_of(rule: KeywordRule, function: ast.expr, path: str | None) -> bool:
    attribute = function.attr if isinstance(function, ast.Attribute) else ""
    if rule.call.startswith("*."):
        return attribute == rule.call[2:]
    if rule.call == "remote":
        return path in {"remote", "method"} or attribute == "options"
    return path == rule.call


def _keyword_at(node: ast.Call, value: ast.expr) -> ast.AST:
    return next((one for one in node.keywords if one.value is value), value)


def _of_text(node: ast.Constant) -> Iterator[Finding]:
    """Texts are never written anew, but some of them name what is raylite's."""
    if not isinstance(node.value, str):
        return
    if _VARIABLE.fullmatch(node.value):
        instead = _VARIABLES.get(node.value, "Leave it out")
        yield _at(node, Kind.MISSING, f"{node.value} means nothing to Ray", instead)
    elif _OWN_TEXT.fullmatch(node.value):
        instead = f"'{node.value.replace('raylite', 'ray', 1)}', if the module is meant"
        yield _at(node, Kind.DIFFERS, "A text is left as it is, and this one says raylite", instead)


def _docstrings(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _of_magics(cell: Cell) -> Iterator[Finding]:
    for magic in cell.magics:
        if magic.is_ours:
            sign = "%%" if magic.is_for_cell else "%"
            yield Finding(
                line=magic.line,
                column=magic.column,
                kind=Kind.MISSING,
                what=f"{sign}{magic.name} is a magic of raylite's",
                instead=_in_place_of(magic),
            )


def _in_place_of(magic: Magic) -> str:
    if magic.is_for_cell:
        return CELL_MAGICS[magic.name]
    if magic.name == "raylite":
        word = next((one for one in magic.rest.split() if not one.startswith("-")), "status")
        return SUBCOMMANDS.get(word, SUBCOMMANDS["status"])
    return LINE_MAGICS.get(magic.name, "Leave it out: on Ray a notebook needs no extension")


def _at(node: ast.AST, kind: Kind, what: str, instead: str) -> Finding:
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    return Finding(line=line, column=-column - 1, kind=kind, what=what, instead=instead)
