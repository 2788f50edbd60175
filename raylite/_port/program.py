"""A whole program: its lines that are not the same on the other side, and the program for there.

In Ray: nothing like it. A program that jupytext has made of a notebook is taken cell by cell.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from raylite._port.analysis import Part, Program, findings_of, read_program
from raylite._port.bindings import is_at_or_below
from raylite._port.finding import Direction, Finding, Kind
from raylite._port.imports import ImportEdits
from raylite._port.magic_edits import magic_edits
from raylite._port.magic_lines import split_lines
from raylite._port.places import Edit, Places, edited

__all__ = ["Ported", "parts_of", "ported", "ported_text"]

_CELL: Final = re.compile(r"# ?%%(?:[ \t]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ported:
    """What was found in a program, and its parts as they are for the other side."""

    findings: tuple[Finding, ...]
    texts: tuple[str, ...]
    is_changed: bool


def ported_text(text: str, direction: Direction) -> tuple[Ported, str]:
    """A program in a file, for the other side.

    Args:
        text: of the file.
        direction: to where.

    Raises:
        SyntaxError: if it is not Python.
    """
    parts = parts_of(text)
    if len(parts) > 1:
        try:
            done = ported(parts, direction)
        except SyntaxError:
            # What looks like the beginning of a cell is in the middle of something.
            parts = [Part(text=text, in_comments=True)]
        else:
            return done, "".join(done.texts)
    done = ported(parts, direction)
    return done, "".join(done.texts)


def parts_of(text: str) -> list[Part]:
    """The cells of a program in jupytext's percent format, or all of it as one."""
    lines = split_lines(text)
    begins = [number for number, line in enumerate(lines) if _CELL.match(line.rstrip())]
    if not begins:
        return [Part(text=text)]
    starts = sorted({0, *begins})
    pairs = zip(starts, [*starts[1:], len(lines)], strict=True)
    return [
        Part(text="".join(lines[start:end]), first_line=start + 1, in_comments=True)
        for start, end in pairs
    ]


def ported(parts: Sequence[Part], direction: Direction) -> Ported:
    """A program of one or more cells, for the other side.

    Args:
        parts: the cells, in order.
        direction: to where.

    Raises:
        SyntaxError: if one is not Python.
    """
    program = read_program(parts)
    found = findings_of(program, direction)
    imports = ImportEdits(program, direction)
    texts: list[str] = []
    for part, cell in zip(program.parts, program.cells, strict=True):
        edits = imports.of(part, cell)
        told = {(one.cell, one.line) for one in found}
        found += [one for one in _changed(part, edits) if (one.cell, one.line) not in told]
        found += _left(part, cell.tree, direction, {(one.cell, one.line) for one in found})
        if direction is Direction.TO_RAY:
            of_magics = magic_edits(program, part, cell, _name_of_ray(program))
            edits += of_magics.edits
            found = [_as_done(one, part, of_magics.done) for one in found]
        texts.append(edited(part.text, edits))
    order = {part.cell: number for number, part in enumerate(program.parts)}
    found.sort(key=lambda one: (order[one.cell] if one.cell else 0, one.line, one.column))
    before = [part.text for part in parts]
    return Ported(findings=tuple(found), texts=tuple(texts), is_changed=texts != before)


def _as_done(finding: Finding, part: Part, done: Mapping[int, str]) -> Finding:
    """The finding of a magic, for which something else is written."""
    written = done.get(finding.line - part.first_line + 1) if finding.cell == part.cell else None
    if written is None or not finding.what.startswith("%"):
        return finding
    return replace(finding, kind=Kind.CHANGED, what="", instead=written)


def _name_of_ray(program: Program) -> str:
    name = program.bindings.name_of("raylite") or program.bindings.name_of("ray") or "ray"
    return "ray" if name == "raylite" else name


def _changed(part: Part, edits: list[Edit]) -> list[Finding]:
    """A finding for each line in which something was written anew."""
    lines = split_lines(part.text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    found: dict[int, Finding] = {}
    for edit in sorted(edits):
        number = next(n for n in range(len(lines), 0, -1) if starts[n - 1] <= edit.start)
        own = [
            replace(one, start=one.start - starts[number - 1], end=one.end - starts[number - 1])
            for one in edits
            if starts[number - 1] <= one.start < starts[number]
        ]
        found.setdefault(
            number,
            Finding(
                line=number + part.first_line - 1,
                column=edit.start - starts[number - 1] + 1,
                kind=Kind.CHANGED,
                what="",
                instead=edited(lines[number - 1], own).strip(),
                code=lines[number - 1].strip(),
                cell=part.cell,
            ),
        )
    return list(found.values())


def _left(
    part: Part,
    tree: ast.Module,
    direction: Direction,
    known: set[tuple[str, int]],
) -> list[Finding]:
    """Imports that could not be written anew, and of which nothing else was told."""
    package = "raylite" if direction is Direction.TO_RAY else "ray"
    places = Places(part.text)
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                ours = any(is_at_or_below(alias.name, package) for alias in aliases)
            case ast.ImportFrom(module=module, level=0):
                ours = is_at_or_below(module, package)
            case _:
                continue
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        if ours and not any((part.cell, line + part.first_line - 1) in known for line in lines):
            found.append(
                Finding(
                    line=node.lineno + part.first_line - 1,
                    column=places.column(node.lineno, node.col_offset),
                    kind=Kind.MISSING,
                    what="This import is left as it is, since its names are taken in the program",
                    instead="Write it anew by hand, under a name that is free",
                    code=places.code(node.lineno),
                    cell=part.cell,
                )
            )
    return found
