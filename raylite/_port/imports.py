"""``import raylite as ray`` to ``import ray`` and back: what is written anew, and where.

In Ray: nothing like it. Only the names of packages are replaced, where they stand; all else, the
space around them, comments and texts, stays. A program that says plain ``import raylite`` and uses
that name is given ``import ray`` and uses ``ray``; where ``ray`` is something else in it already,
it is given ``import ray as raylite`` and nothing else changes.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from raylite._port.analysis import Part, Program
from raylite._port.bindings import is_at_or_below, with_hidden
from raylite._port.finding import Direction
from raylite._port.magic_lines import Cell
from raylite._port.names import IMPORTED_FROM, is_module_only_here, only_in_ray
from raylite._port.places import Edit, Places

__all__ = ["ImportEdits"]

_FROM: Final = re.compile(r"from(?:[ \t\f]|\\\r?\n)+")


@dataclass(frozen=True, slots=True)
class _Side:
    package: str
    """The package as it is named where the program comes from."""
    target: str

    def stays(self, path: str) -> bool:
        """Whether what is below the package is not to be found on the other side."""
        if self.package == "raylite":
            return is_module_only_here(path)
        return only_in_ray(path) is not None


_SIDES: Final = {
    Direction.TO_RAY: _Side("raylite", "ray"),
    Direction.TO_RAYLITE: _Side("ray", "raylite"),
}


class ImportEdits:
    """What is to be written anew in a program, part by part.

    Args:
        program: as it was read.
        direction: to where.
    """

    def __init__(self, program: Program, direction: Direction) -> None:
        self._program = program
        self._side = _SIDES[direction]
        self._is_used = self._is_used_by_its_name()
        self._renames = self._is_used and self._can_rename()

    def of(self, part: Part, cell: Cell) -> list[Edit]:
        """The edits of one part."""
        places = Places(part.text)
        edits: list[Edit] = []
        for node in ast.walk(cell.tree):
            if isinstance(node, ast.Import):
                edits += self._of_import(node, part.text, places)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                edits += self._of_import_from(node, part.text, places)
        if self._renames:
            edits += [
                Edit(start, start + len(self._side.package), self._side.target)
                for start in self._uses(cell, places)
            ]
        return edits

    def _is_used_by_its_name(self) -> bool:
        """Whether the program has the package under its own name, and is not to keep that."""
        plain, below = False, False
        for cell in self._program.cells:
            for node in ast.walk(cell.tree):
                for alias in node.names if isinstance(node, ast.Import) else ():
                    plain |= alias.name == self._side.package and alias.asname is None
                    below |= alias.name.startswith(f"{self._side.package}.") and not alias.asname
        if self._side.package == "ray":
            # 'import raylite as ray' keeps the name; 'import raylite.util.queue' alone does not.
            return below and not plain
        return plain or below

    def _can_rename(self) -> bool:
        """Whether the other name is free, and every use of this one is where it is said to be."""
        if self._side.target in self._program.bindings.other_names:
            return False
        for part, cell in zip(self._program.parts, self._program.cells, strict=True):
            for start in self._uses(cell, Places(part.text)):
                if not part.text.startswith(self._side.package, start):
                    return False  # In an f-string, before Python 3.12.
        return True

    def _uses(self, cell: Cell, places: Places) -> Iterator[int]:
        package = self._side.package
        names_here = {id(node.value): node.attr for node in _attributes(cell.tree)}
        for node, hidden in with_hidden(cell.tree):
            if isinstance(node, ast.Name) and node.id == package and package not in hidden:
                stays = self._side.stays(names_here.get(id(node), ""))
                if isinstance(node.ctx, ast.Load) and not stays:
                    yield places.offset(node.lineno, node.col_offset)

    def _of_import(self, node: ast.Import, text: str, places: Places) -> Iterator[Edit]:
        package = self._side.package
        for alias in node.names:
            below = alias.name[len(package) + 1 :]
            if not is_at_or_below(alias.name, package) or self._side.stays(below):
                continue
            start = places.offset(alias.lineno, alias.col_offset)
            end = places.offset(alias.end_lineno or 0, alias.end_col_offset or 0)
            if not text.startswith(alias.name, start):
                continue  # Written with spaces around its dots: nobody does.
            if below and not alias.asname and self._is_used and not self._renames:
                continue  # It would give the other name, which is taken.
            if below:
                yield Edit(start, start + len(package), self._side.target)
            else:
                yield Edit(start, end, self._whole(alias.asname))

    def _whole(self, asname: str | None) -> str:
        """What is imported where the package itself was."""
        target = self._side.target
        name = asname or (target if self._renames else self._side.package)
        return target if name == target else f"{target} as {name}"

    def _of_import_from(self, node: ast.ImportFrom, text: str, places: Places) -> Iterator[Edit]:
        package, module = self._side.package, node.module or ""
        if not is_at_or_below(module, package):
            return
        below = module[len(package) + 1 :]
        paths = [f"{below}.{alias.name}".lstrip(".") for alias in node.names]
        if any(self._side.stays(path) for path in paths):
            return
        keyword = places.offset(node.lineno, node.col_offset)
        found = _FROM.match(text, keyword)
        if found is None or not text.startswith(module, found.end()):
            return
        moved = IMPORTED_FROM.get(paths[0]) if package == "raylite" and len(paths) == 1 else None
        if moved is not None:
            yield Edit(found.end(), found.end() + len(module), f"{self._side.target}.{moved[0]}")
        else:
            yield Edit(found.end(), found.end() + len(package), self._side.target)


def _attributes(tree: ast.Module) -> Iterator[ast.Attribute]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
