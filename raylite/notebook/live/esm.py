"""One text of the ES modules that a picture is made of, since a widget is sent as a single one.

In Ray: nothing like it. There is no build step: the files in ``static/`` are ES modules that a
browser loads as they are, and their imports of one another are followed here.

Each module but the first becomes a function that is called once and gives what the module
exports. So names of one file never meet those of another, and what a file does not export stays
its own.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

__all__ = ["STATIC", "ModuleError", "joined", "styles"]

STATIC: Final = Path(__file__).parents[1] / "static"

_IMPORT: Final = re.compile(
    r'^import\s*\{(?P<names>[^{}]*)\}\s*from\s*"(?P<path>\./[\w./-]+\.js)";[ \t]*$', re.MULTILINE
)
_DECLARED: Final = re.compile(
    r"^export (?P<kept>(?:async function\*?|function\*?|class|const)\s+(?P<name>[A-Za-z_$][\w$]*))",
    re.MULTILINE,
)
_LISTED: Final = re.compile(r"^export\s*\{(?P<names>[^{}]*)\};[ \t]*$", re.MULTILINE)
_LEFT_OVER: Final = re.compile(r"^(?:import\b(?!\s*[(.])|export\b(?! default )).*", re.MULTILINE)
_DEFAULT: Final = re.compile(r"^export default ", re.MULTILINE)


class ModuleError(ValueError):
    """A module says something that cannot be joined."""


@lru_cache(maxsize=64)
def joined(name: str, folder: Path = STATIC) -> str:
    """The module with all that it imports, as one module.

    What it can follow is ``import {a, b as c} from "./other.js";`` on lines of their own, and
    ``export`` before a function, a class or a ``const``, or of a list ``export {a, b as c};``.
    The first module's ``export default`` stays.

    Args:
        name: of the file.
        folder: where it is.

    Raises:
        ModuleError: if a module imports or exports in another way, asks for what the other does
            not export, or imports itself by a detour.
        FileNotFoundError: if a file is not there.
    """
    return _Joiner().join(folder / name)


@lru_cache(maxsize=64)
def styles(*names: str, folder: Path = STATIC) -> str:
    """Style sheets as one text, in this order."""
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


class _Joiner:
    """Joins once.

    A module's number stands in the name of the constant that holds what it exports.
    """

    def __init__(self) -> None:
        self._numbers: dict[Path, int] = {}
        self._exports: dict[Path, frozenset[str]] = {}
        self._parts: list[str] = []
        self._open: list[Path] = []

    def join(self, path: Path) -> str:
        """The text for a module nobody imports."""
        first = self._with_imports(path.resolve(), is_first=True)
        return "\n".join([*self._parts, first])

    def _with_imports(self, path: Path, *, is_first: bool) -> str:
        if path in self._open:
            round_trip = " imports ".join(one.name for one in [*self._open, path])
            msg = f"{round_trip}: modules that import each other cannot be joined"
            raise ModuleError(msg)
        self._open.append(path)
        text = path.read_text(encoding="utf-8")
        text = _IMPORT.sub(lambda found: self._import(path, found), text)
        text, exported = self._without_exports(path, text, is_first=is_first)
        self._check(path, text, is_first=is_first)
        self._exports[path] = frozenset(exported)
        self._open.pop()
        if is_first:
            return text
        number = self._numbers[path] = len(self._numbers)
        given = ", ".join(f"{outer}: {inner}" for outer, inner in exported.items())
        body = f"{text}\nreturn {{ {given} }};"
        self._parts.append(f"// {path.name}\nconst $module{number} = (() => {{\n{body}\n}})();")
        return ""

    def _import(self, path: Path, found: re.Match[str]) -> str:
        wanted = (path.parent / found["path"]).resolve()
        if wanted not in self._numbers:
            self._with_imports(wanted, is_first=False)
        names = _pairs(found["names"])
        unknown = sorted(names.keys() - self._exports[wanted])
        if unknown:
            msg = f"{path.name} imports {unknown[0]!r}, which {wanted.name} does not export"
            raise ModuleError(msg)
        taken = ", ".join(f"{outer}: {inner}" for outer, inner in names.items())
        return f"const {{ {taken} }} = $module{self._numbers[wanted]};"

    @staticmethod
    def _without_exports(path: Path, text: str, *, is_first: bool) -> tuple[str, dict[str, str]]:
        """The text, and what it exports: the name outside, and the one inside."""
        exported = {found["name"]: found["name"] for found in _DECLARED.finditer(text)}
        for found in _LISTED.finditer(text):
            exported |= {outer: inner for inner, outer in _pairs(found["names"]).items()}
        if is_first and exported:
            msg = f"{path.name} is a picture: it has a default export, and no others"
            raise ModuleError(msg)
        return _LISTED.sub("", _DECLARED.sub(lambda found: found["kept"], text)), exported

    @staticmethod
    def _check(path: Path, text: str, *, is_first: bool) -> None:
        wrong = _LEFT_OVER.search(text)
        if wrong is not None:
            msg = (
                f"{path.name}: {wrong.group(0).strip()!r} cannot be joined. Write "
                'import {a, b} from "./other.js"; and export before a function, class or const.'
            )
            raise ModuleError(msg)
        if is_first != bool(_DEFAULT.search(text)):
            has = "has no" if is_first else "is imported by another module and has a"
            msg = f"{path.name} {has} default export"
            raise ModuleError(msg)


def _pairs(names: str) -> dict[str, str]:
    """What stands before each ``as``, and what behind it."""
    found = {}
    for one in names.split(","):
        words = one.split()
        if words:
            found[words[0]] = words[-1]
    return found
