"""Photographs every picture that raylite shows, light and dark: ``make gallery``.

A notebook with all scenes runs in a JupyterLab, in Chromium, at two pixels of the photograph for
each one of the page. Each picture is cut out with the same margin on all sides.
"""

import io
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import nbformat
from PIL import Image
from playwright.sync_api import FloatRect, Locator

from tests.browser import animated_flow
from tests.browser.cell_scenes import CELL_SCENES, CellScene
from tests.browser.chromium import find_chromium
from tests.browser.conftest import ROOT, notebook_of
from tests.browser.labdriver import DARK, LIGHT, LabServer, Notebook, chromium_browser
from tests.browser.scenes import SCENES, SETUP, Scene

FOLDER: Final = ROOT / "docs" / "gallery"
THEMES: Final = {"light": LIGHT, "dark": DARK}
SCALE: Final = 2
MARGIN: Final = 16
"""Of the page around each picture, in its pixels."""
COLOURS: Final = 256
"""So many are enough for drawings, and make files a third as large."""

ROOM: Final = """
.jp-OutputArea-output { padding: 24px !important; }
.jp-OutputArea-child > .jp-OutputPrompt, .jp-Collapser, #jp-bottom-panel { display: none; }
.jp-cell-toolbar, .jp-Toolbar-micro { display: none !important; }
.jp-Notebook .jp-Cell.jp-mod-active { border-color: transparent !important; }
"""
"""Style that gives each picture a free margin on all sides."""
HEIGHT: Final = 2400

HEAD: Final = """# What raylite shows in a notebook

Each picture is made by the cell above it, from what really happens, and moves while it happens.
`make gallery` photographs them in JupyterLab, in its light and its dark theme.

## A flow, as it moves

Three calls of an actor, drawn from the events of a run that were saved with `ray.save_events`.

![Three calls travel from the driver to an actor's mailbox. Each waits there until the one before it
is done, runs, and its answer travels back to its ObjectRef.](submission_flow.svg)
"""
CELLS_SETUP: Final = """
north, south = till, Till.remote("south")
ray.get(south.sell.remote(6))
"""
"""Before the whole cells: the actors they are about."""


def photograph(book: Notebook, scenes: Sequence[Scene]) -> None:
    """Run the notebook and save each scene in each theme."""
    book.page.set_viewport_size({"width": 1100, "height": HEIGHT})
    book.page.add_style_tag(content=ROOM)
    book.run(0)
    book.wait_for_cell(0)
    for index, scene in enumerate(scenes, 1):
        book.run(index)
        book.wait_for_cell(index)
        picture = book.cell(index).locator(scene.picture).first
        picture.wait_for(timeout=30_000)
        scene.arrange(picture)
    for theme, name in THEMES.items():
        book.use_theme(name)
        book.page.wait_for_timeout(500)
        for index, scene in enumerate(scenes, 1):
            picture = book.cell(index).locator(scene.picture).first
            save(cut_out(picture), FOLDER / f"{scene.name}_{theme}.png")


def photograph_cells(book: Notebook, first: int, scenes: Sequence[CellScene]) -> None:
    """Run the further cells, and save each of them with what stands below it, in each theme."""
    book.run(first)
    book.wait_for_cell(first)
    for theme, name in THEMES.items():
        book.use_theme(name)
        for index, scene in enumerate(scenes, first + 1):
            book.run(index)
            cell = book.cell(index)
            words = re.compile(scene.words if scene.is_running else re.escape(scene.words))
            cell.locator(".jp-OutputArea-output", has_text=words).first.wait_for(timeout=30_000)
            if not scene.is_running:
                ended(book, index)
            save(cut_out(cell, 0), FOLDER / f"{scene.name}_{theme}.png")
            ended(book, index)


def ended(book: Notebook, index: int) -> None:
    """Wait until a cell has ended, by an error too."""
    number = book.cell(index).locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))
    number.first.wait_for(timeout=60_000)


def cut_out(picture: Locator, margin: int = MARGIN) -> bytes:
    """A photograph of the picture and a margin around it, in pixels of the page."""
    picture.evaluate("node => node.scrollIntoView({block: 'center'})")
    page = picture.page
    page.mouse.move(0, 0)
    box = picture.bounding_box()
    assert box is not None
    clip = FloatRect(
        x=box["x"] - margin,
        y=box["y"] - margin,
        width=box["width"] + 2 * margin,
        height=box["height"] + 2 * margin,
    )
    return page.screenshot(clip=clip, animations="disabled")


def save(png: bytes, path: Path) -> None:
    """Save a photograph as a small file."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    few = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def page_of(scenes: Sequence[Scene | CellScene]) -> str:
    """The text of the gallery."""
    parts = [HEAD]
    for scene in scenes:
        alt = f"{scene.title}. {scene.sentence}".replace("`", "")
        row = "|".join(f" ![{alt}]({scene.name}_{theme}.png) " for theme in THEMES)
        parts.append(
            f"## {scene.title}\n\n{scene.sentence}\n\n```python\n{scene.source.strip()}\n```\n\n"
            f"| light | dark |\n| --- | --- |\n|{row}|\n"
        )
    return "\n".join(parts)


def main() -> int:
    """Photograph the scenes named on the command line, or all."""
    names = set(sys.argv[1:])
    scenes = [scene for scene in SCENES if not names or scene.name in names]
    cells = [scene for scene in CELL_SCENES if not names or scene.name in names]
    chromium = find_chromium()
    if chromium is None:
        print("There is no Chromium on the PATH, and the variable CHROMIUM names none.")
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        LabServer(Path(folder), env={"PYTHONPATH": str(ROOT)}) as server,
        chromium_browser(chromium) as browser,
    ):
        sources = [one.source for one in scenes], [one.source for one in cells]
        book = notebook_of([SETUP, *sources[0], CELLS_SETUP, *sources[1]])
        nbformat.write(book, server.root / "gallery.ipynb")
        opened = Notebook(server, browser, "gallery.ipynb", scale=SCALE)
        photograph(opened, scenes)
        photograph_cells(opened, len(scenes) + 1, cells)
        complaints = opened.errors()
        opened.close()
    if not names:
        (FOLDER / "README.md").write_text(page_of((*SCENES, *CELL_SCENES)), encoding="utf-8")
        animated_flow.main()
    kilobytes = sum(path.stat().st_size for path in FOLDER.glob("*.png")) / 1024
    number = len(scenes) + len(cells)
    print(f"{number} scenes, {len(THEMES)} themes; the gallery has {kilobytes:.0f} KB.")
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
