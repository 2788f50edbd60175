"""What can be said of a lesson without reading it: whether its words and pictures are complete.

The rest is for people: open a lesson, light and dark, large and small, and read it.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import nbformat
from nbconvert import HTMLExporter

__all__ = ["MOST_KB", "MOST_LINES", "bad_links", "blind_pictures", "long_outputs", "moving_only"]

MOST_LINES: Final = 24
"""Of text below one cell: more is a wall, which nobody reads in a lecture."""
MOST_KB: Final = 100
"""Of HTML below one cell, without what its pictures are made of."""
_LINK: Final = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_PICTURE: Final = re.compile(r"data:image/[^\"]*")
_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_NO_ALT: Final = "No description has been provided"
_ALT_CHARS: Final = 15


def bad_links(path: Path, text: str) -> Iterator[str]:
    """Links and pictures in a text that lead nowhere, or say nothing."""
    for is_picture, words, target in _LINK.findall(text):
        if target.startswith(("https://", "#")):
            continue
        if not (path.parent / unquote(target.partition("#")[0])).exists():
            yield f"{target} is not there"
        if is_picture and len(words) < 2 * _ALT_CHARS:
            yield f"{target} needs a text for those who cannot see it"


def long_outputs(book: nbformat.NotebookNode) -> Iterator[str]:
    """Cells with more below them than anybody reads."""
    for cell in _code(book):
        lines = sum(_lines(output) for output in cell.outputs)
        size = sum(len(_html(output)) for output in cell.outputs) / 1024
        if lines > MOST_LINES:
            yield f"{cell['id']}: {lines} lines"
        if size > MOST_KB:
            yield f"{cell['id']}: {size:.0f} KB"


def moving_only(book: nbformat.NotebookNode) -> Iterator[str]:
    """Cells that show nothing, or no text, to whoever has no kernel."""
    for cell in _code(book):
        for output in cell.outputs:
            data = output.get("data", {})
            if _WIDGET in data and not data.get("text/html"):
                yield f"{cell['id']}: a widget without HTML"
            if data and not data.get("text/plain"):
                yield f"{cell['id']}: nothing for a terminal"


def blind_pictures(book: nbformat.NotebookNode) -> list[str]:
    """Pictures without a text, on the page that nbconvert makes of an executed lesson."""
    page, _ = HTMLExporter().from_notebook_node(book)
    found = _Pictures()
    found.feed(page)
    return found.blind


class _Pictures(HTMLParser):
    """Looks at each picture of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.blind: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        alt = known.get("alt") or ""
        if tag == "img" and (len(alt) < _ALT_CHARS or alt.startswith(_NO_ALT)):
            self.blind.append(f"{(known.get('src') or '')[:60]}: {alt!r}")


def _code(book: nbformat.NotebookNode) -> Iterator[Any]:
    return (cell for cell in book.cells if cell.cell_type == "code")


def _lines(output: Any) -> int:
    if output.output_type == "stream":
        return len(output.text.splitlines())
    data = output.get("data", {})
    if "text/html" in data or "image/png" in data:
        return 0
    return len(data.get("text/plain", "").splitlines())


def _html(output: Any) -> str:
    return _PICTURE.sub("", str(output.get("data", {}).get("text/html", "")))
