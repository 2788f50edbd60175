"""Every picture, opened once: it can be used by everybody, in each theme, moving and still."""

import re
from base64 import b64decode
from collections.abc import Iterator
from html import unescape

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Page

from tests.browser.accessibility import serious_findings
from tests.browser.conftest import ARTIFACTS, FAILED, notebook_of
from tests.browser.labdriver import DARK, HIGH_CONTRAST, LIGHT, LabServer, Notebook
from tests.browser.scenes import SCENES, SETUP
from tests.notebook.colours import Colour, blended, contrast, resolved

END = "ray.shutdown()"
WHITE = Colour(255, 255, 255)
LAST = len(SCENES) + 1


@pytest.fixture(scope="module")
def opened(chromium: Browser, lab: LabServer) -> Iterator[Notebook]:
    """A notebook with every scene, each of which has run."""
    book = notebook_of([SETUP, *(scene.source for scene in SCENES), END])
    nbformat.write(book, lab.root / "views.ipynb")
    opened = Notebook(lab, chromium, "views.ipynb")
    opened.page.set_default_timeout(10_000)
    for index in range(LAST):
        opened.run(index)
        opened.wait_for_cell(index)
    yield opened
    opened.close()


@pytest.fixture
def views(opened: Notebook, request: pytest.FixtureRequest) -> Iterator[Notebook]:
    yield opened
    if request.node.stash.get(FAILED, False) or opened.errors():
        opened.keep_evidence(ARTIFACTS / re.sub(r"\W+", "_", request.node.name))
    assert not opened.errors()


def findings(book: Notebook) -> dict[str, list[str]]:
    """What is wrong with the output of each scene that has anything wrong."""
    found = {}
    for index, scene in enumerate(SCENES, 1):
        book.output(index).first.wait_for()
        book.cell(index).evaluate("(cell, name) => { cell.dataset.scene = name; }", scene.name)
        output = f'[data-scene="{scene.name}"] .jp-OutputArea-output'
        if lines := serious_findings(book.page, output):
            found[scene.name] = lines
    return found


@pytest.mark.parametrize("theme", [DARK, HIGH_CONTRAST, LIGHT])
def test_a_moving_picture_has_no_serious_finding(views: Notebook, theme: str) -> None:
    views.use_theme(theme)
    for index, scene in enumerate(SCENES, 1):
        views.cell(index).locator(scene.picture).first.wait_for()
    assert not findings(views)


def test_calm_is_kept_for_those_who_ask_for_it(views: Notebook) -> None:
    views.page.emulate_media(reduced_motion="reduce")
    restless = views.page.evaluate(
        """() => [...document.querySelectorAll(".raylite, .raylite *")]
            .map(node => [node, getComputedStyle(node)])
            .filter(([node, style]) =>
                style.animationName !== "none" || style.transitionDuration !== "0s")
            .map(([node]) => node.outerHTML.slice(0, 120))"""
    )
    views.page.emulate_media(reduced_motion="no-preference")
    assert not restless


def test_when_the_session_has_ended_every_picture_is_still_and_has_no_finding(
    views: Notebook,
) -> None:
    views.run(LAST)
    views.wait_for_cell(LAST)
    for index, scene in enumerate(SCENES, 1):
        if ".raylite" in scene.picture:
            picture = views.cell(index).locator(scene.picture).first
            picture.wait_for(state="visible" if scene.is_lasting else "detached")
    for theme in (DARK, LIGHT):
        views.use_theme(theme)
        assert not findings(views)


def test_what_is_saved_is_html_and_text(views: Notebook) -> None:
    views.save()
    saved = nbformat.read(views.server.root / views.name, as_version=4)
    for scene, cell in zip(SCENES, saved.cells[1:], strict=False):
        shown = [output.data for output in cell.outputs if "text/html" in output.data]
        assert shown, scene.name
        for data in shown:
            assert set(data) == {"text/html", "text/plain"}, scene.name
        if scene.name == "card":
            assert len(shown[0]["text/html"].encode()) < 30_000


def pictures(page: Page, output: str) -> tuple[list[int], list[str]]:
    """The width of each drawing in the outputs, 0 if it could not be drawn, and what it says."""
    found = page.locator(f"{output} img")
    widths: list[int] = found.evaluate_all("all => all.map(one => one.naturalWidth)")
    alts: list[str] = found.evaluate_all("all => all.map(one => one.alt)")
    return widths, alts


WORDS_IN_DRAWING = """() => [...document.querySelectorAll("text")].map(text => {
    const {x, y, width, height} = text.getBoundingClientRect();
    const style = getComputedStyle(text);
    const [atX, atY] = [x + width / 2, y + height / 2];
    const isFilled = node => node.isPointInFill?.(
        new DOMPoint(atX, atY).matrixTransform(node.getScreenCTM().inverse()));
    const grounds = document.elementsFromPoint(atX, atY)
        .filter(node => isFilled(node))
        .map(node => getComputedStyle(node))
        .filter(({fill}) => fill !== "none")
        .map(({fill, fillOpacity, opacity}) => [fill, Number(fillOpacity) * Number(opacity)]);
    return [text.textContent, style.fill, grounds.reverse()];
})"""
"""Of each text in a drawing its colour, and the colours behind it from the bottom to the top."""


def test_words_in_still_drawings_stand_out_from_what_is_behind_them(
    views: Notebook, chromium: Browser
) -> None:
    page = chromium.new_page()
    saved = (views.server.root / views.name).read_text("utf-8")
    drawings = [
        b64decode(data).decode() for data in re.findall(r"svg\+xml;base64,([\w+/=]+)", saved)
    ]
    assert len(drawings) >= 5
    pale = []
    for drawing in drawings:
        page.set_content(drawing)
        for text, fill, grounds in page.evaluate(WORDS_IN_DRAWING):
            behind = WHITE
            for colour, opacity in grounds:
                behind = blended(colour_of(colour)._replace(opacity=opacity), behind)
            # A sign is a part of the picture; the word stands beside it.
            least = 4.5 if re.search(r"\w", text) else 3
            if (found := contrast(blended(colour_of(fill), behind), behind)) < least:
                pale.append(f"{text!r}: {fill} on {behind}: {found:.2f}:1")
    page.close()
    assert not pale


def colour_of(value: str) -> Colour:
    colour = resolved(value, {})
    assert colour is not None, value
    return colour


def test_somebody_else_sees_the_same_in_jupyterlab(views: Notebook, open_notebook) -> None:
    again = open_notebook(path=views.server.root / views.name, trusted=False)
    assert not again.is_trusted()
    widths, alts = pictures(again.page, ".jp-OutputArea-output")
    assert len(widths) >= 5
    assert all(widths)
    assert all(len(alt) > 20 for alt in alts)
    text = "\n".join(again.page.locator(".jp-OutputArea-output").all_inner_texts())
    assert "Error displaying widget" not in text
    for scene in SCENES:
        assert scene.words in text, scene.name


def test_a_page_made_by_nbconvert_needs_no_network(views: Notebook, chromium: Browser) -> None:
    page_text, _ = HTMLExporter().from_filename(str(views.server.root / views.name))
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.route("**/*", lambda route: route.abort())
    page.set_content(page_text, wait_until="domcontentloaded")
    widths, _ = pictures(page, ".jp-OutputArea-output")
    assert len(widths) >= 5
    assert all(widths)
    text = page.locator("body").inner_text()
    for scene in SCENES:
        assert scene.words in text, scene.name
    context.close()


def test_where_only_bare_tags_are_kept_the_words_are_there(views: Notebook) -> None:
    saved = nbformat.read(views.server.root / views.name, as_version=4)
    for scene, cell in zip(SCENES, saved.cells[1:], strict=False):
        html = "".join(out.data.get("text/html", "") for out in cell.outputs if "data" in out)
        assert "<svg" not in html, scene.name
        assert "<script" not in html, scene.name
        assert scene.words in unescape(re.sub(r"<[^>]*>", " ", html)), scene.name
