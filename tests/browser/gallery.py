"""Photographs every picture that raylite shows, light and dark: ``make gallery``.

A notebook with all scenes runs in a JupyterLab, in Chromium, at two pixels of the photograph for
each one of the page. Each picture is cut out with the same margin on all sides.
"""

import io
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import nbformat
from PIL import Image
from playwright.sync_api import FloatRect, Locator

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
"""
"""Style that gives each picture a free margin on all sides."""
HEIGHT: Final = 2400

HEAD: Final = """# What raylite shows in a notebook

Each picture is made by the cell above it, from what really happens, and moves while it happens.
`make gallery` photographs them in JupyterLab, in its light and its dark theme.
"""


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


def cut_out(picture: Locator) -> bytes:
    """A photograph of the picture and a margin around it."""
    picture.evaluate("node => node.scrollIntoView({block: 'center'})")
    page = picture.page
    page.mouse.move(0, 0)
    box = picture.bounding_box()
    assert box is not None
    clip = FloatRect(
        x=box["x"] - MARGIN,
        y=box["y"] - MARGIN,
        width=box["width"] + 2 * MARGIN,
        height=box["height"] + 2 * MARGIN,
    )
    return page.screenshot(clip=clip, animations="disabled")


def save(png: bytes, path: Path) -> None:
    """Save a photograph as a small file."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    few = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def page_of(scenes: Sequence[Scene]) -> str:
    """The text of the gallery."""
    parts = [HEAD]
    for scene in scenes:
        row = "|".join(f" ![{scene.title}, {theme}]({scene.name}_{theme}.png) " for theme in THEMES)
        parts.append(
            f"## {scene.title}\n\n{scene.sentence}\n\n```python\n{scene.source.strip()}\n```\n\n"
            f"| light | dark |\n| --- | --- |\n|{row}|\n"
        )
    return "\n".join(parts)


def main() -> int:
    """Photograph the scenes named on the command line, or all."""
    names = set(sys.argv[1:])
    scenes = [scene for scene in SCENES if not names or scene.name in names]
    chromium = find_chromium()
    if chromium is None:
        print("There is no Chromium on the PATH, and the variable CHROMIUM names none.")
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        LabServer(Path(folder), env={"PYTHONPATH": str(ROOT)}) as server,
        chromium_browser(chromium) as browser,
    ):
        book = notebook_of([SETUP, *(scene.source for scene in scenes)])
        nbformat.write(book, server.root / "gallery.ipynb")
        opened = Notebook(server, browser, "gallery.ipynb", scale=SCALE)
        photograph(opened, scenes)
        complaints = opened.errors()
        opened.close()
    if not names:
        (FOLDER / "README.md").write_text(page_of(SCENES), encoding="utf-8")
    kilobytes = sum(path.stat().st_size for path in FOLDER.glob("*.png")) / 1024
    print(f"{len(scenes)} scenes, {len(THEMES)} themes; the gallery has {kilobytes:.0f} KB.")
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
