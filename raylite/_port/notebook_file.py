"""Notebooks as files: what their cells say, and other code in its place, all else byte for byte.

In Ray: nothing like it. A notebook is not read and written anew, which would change its layout: the
code of a cell is found in the text of the file, and replaced there.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json.decoder import JSONDecodeError
from typing import Any, Final

from raylite._port.analysis import Part
from raylite._port.places import Edit, edited

__all__ = ["NotANotebookError", "Notebook"]

_SPACE: Final = " \t\r\n"
_DECODER: Final = json.JSONDecoder()


class NotANotebookError(ValueError):
    """The text is none of a notebook."""


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the code of a cell stands in the file."""

    start: int
    end: int
    value: str | list[str]


class Notebook:
    """The code cells of a notebook.

    Args:
        text: of the file.

    Raises:
        NotANotebookError: if it is no notebook.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        try:
            read = json.loads(text)
            cells = read.get("cells") if isinstance(read, dict) else None
            if cells is None and isinstance(read, dict) and "worksheets" in read:
                msg = "it is a notebook of an old format: open it in Jupyter, and save it there"
                raise NotANotebookError(msg)
            if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
                msg = "it is no notebook: it has no list of cells"
                raise NotANotebookError(msg)
            spans = list(_cells(text))
        except (JSONDecodeError, RecursionError, KeyError, StopIteration) as error:
            msg = f"it is not the text of a notebook: {str(error) or type(error).__name__}"
            raise NotANotebookError(msg) from None
        python = _is_python(read)
        self._sources: list[_Source] = []
        self._parts: list[Part] = []
        for number, (cell, source) in enumerate(zip(cells, spans, strict=True), 1):
            if python and source is not None and cell.get("cell_type") == "code":
                code = _code(source.value)
                self._sources.append(source)
                self._parts.append(Part(text=code, cell=f"cell {number}"))

    @property
    def parts(self) -> Sequence[Part]:
        """The code of each code cell, by its place in the notebook."""
        return tuple(self._parts)

    def with_codes(self, codes: Sequence[str]) -> str:
        """The text of the file with other code in its code cells.

        Args:
            codes: for each of :attr:`parts`, in order.
        """
        edits = [
            Edit(source.start, source.end, self._written(source, code))
            for source, part, code in zip(self._sources, self._parts, codes, strict=True)
            if code != part.text
        ]
        return edited(self._text, edits)

    def _written(self, source: _Source, code: str) -> str:
        """As the file writes it: one text, or a list with a line each, in the same layout."""
        plain = self._text.isascii()
        if isinstance(source.value, str):
            return json.dumps(code, ensure_ascii=plain)
        lines = [json.dumps(line, ensure_ascii=plain) for line in code.splitlines(keepends=True)]
        before = self._text[source.start : source.end]
        space = before[1 : len(before) - len(before[1:].lstrip(_SPACE))]
        end = before[:-1][len(before[:-1].rstrip(_SPACE)) :]
        between = f",{space}" if space else ", "
        return f"[{space}{between.join(lines)}{end}]" if lines else "[]"


def _is_python(read: dict[str, Any]) -> bool:
    metadata = read.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language", "python") if isinstance(kernel, dict) else "python"
    return str(language).lower() == "python"


def _code(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def _cells(text: str) -> Iterator[_Source | None]:
    """Where the source of each cell stands; None for a cell that has none."""
    for key, start in _members(text, _skip(text, 0)):
        if key == "cells":
            for cell in _items(text, start):
                found = [_source(text, at) for name, at in _members(text, cell) if name == "source"]
                yield found[-1] if found else None


def _source(text: str, start: int) -> _Source | None:
    value, end = _DECODER.raw_decode(text, start)
    is_lines = isinstance(value, list) and all(isinstance(line, str) for line in value)
    return _Source(start, end, value) if is_lines or isinstance(value, str) else None


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """The names of an object's members, and where their values begin."""
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        yield str(key), at
        at = _behind(text, at)


def _items(text: str, at: int) -> Iterator[int]:
    """Where the items of an array begin."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        yield at
        at = _behind(text, at)


def _behind(text: str, at: int) -> int:
    """Where the next value begins, or what holds this one ends."""
    at = _skip(text, _DECODER.raw_decode(text, at)[1])
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
