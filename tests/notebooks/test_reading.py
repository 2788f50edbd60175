"""Every lesson, not run: what has to stand in it, wherever it is opened."""

import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from tests.browser import animated_flow
from tests.notebooks.lesson import LESSONS
from tests.notebooks.reading import bad_links

STUDENTS = sorted(LESSONS.glob("*.ipynb"))
SOLVED = sorted((LESSONS / "solutions").glob("*.ipynb"))
ROOT = LESSONS.parent
PAGES = [ROOT / "README.md", ROOT / "docs" / "guide.md", ROOT / "docs" / "gallery" / "README.md"]
LARGEST_KB = 400
"""Of a picture that is loaded with a page."""


def texts(path: Path) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


def headings(path: Path) -> list[tuple[int, str]]:
    lines = re.sub(r"^```.*?^```", "", "\n".join(texts(path)), flags=re.MULTILINE | re.DOTALL)
    return [(len(signs), said) for signs, said in re.findall(r"^(#+) (.+)$", lines, re.MULTILINE)]


@pytest.mark.parametrize("path", STUDENTS, ids=lambda path: path.stem)
def test_it_begins_with_its_aim_its_time_and_what_one_has_to_know(path: Path) -> None:
    first = texts(path)[0]
    for word in ("**Aim.**", "**Time.** About", "**You need**"):
        assert word in first
    assert re.search(r"\d+ minutes", first)


@pytest.mark.parametrize("path", STUDENTS, ids=lambda path: path.stem)
def test_it_asks_before_it_shows(path: Path) -> None:
    """A question stands right above the cell that answers it, or above a text that leads there."""
    cells = nbformat.read(path, as_version=4).cells
    asking = [at for at, cell in enumerate(cells) if "> **Predict" in cell.source]
    assert len(asking) >= 2
    assert all("code" in {one.cell_type for one in cells[at + 1 : at + 3]} for at in asking[:-1])


@pytest.mark.parametrize("path", STUDENTS, ids=lambda path: path.stem)
def test_headings_go_down_step_by_step_and_are_said_once(path: Path) -> None:
    found = headings(path)
    levels = [level for level, _ in found]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    words = [said for _, said in found]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("path", STUDENTS, ids=lambda path: path.stem)
def test_it_ends_with_what_was_learnt_and_leads_on(path: Path) -> None:
    last = texts(path)[-1]
    assert last.startswith("## What you have learnt")
    assert re.search(r"\*\*(Next|Beginning):\*\* \[.+\]\(\d\d_\w+\.ipynb\)", last)


@pytest.mark.parametrize("path", STUDENTS, ids=lambda path: path.stem)
def test_people_can_look_as_well_as_read(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    live = r"_flow\(|\.timeline\(|dashboard\(|watch\(|progress\(|%%trace|%raylite|show_figure\("
    cards = [cell for cell in cells if re.fullmatch(r"(.*\n)?[a-z]\w*", cell.source)]
    assert re.search(live, code) or cards


@pytest.mark.parametrize("path", [*STUDENTS, *SOLVED, *PAGES], ids=lambda path: str(path)[-40:])
def test_every_link_leads_somewhere_and_every_picture_has_a_text(path: Path) -> None:
    text = path.read_text("utf-8") if path.suffix == ".md" else "\n".join(texts(path))
    assert list(bad_links(path, text)) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.parent.name)
def test_no_picture_of_a_page_is_large(path: Path) -> None:
    targets = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", path.read_text("utf-8"))
    local = [path.parent / target for target in targets if not target.startswith("http")]
    sizes = {one.name: one.stat().st_size / 1024 for one in local}
    assert all(size < LARGEST_KB for size in sizes.values()), sizes


def test_the_moving_flow_is_what_the_recorded_run_gives() -> None:
    text = animated_flow.animated(animated_flow.recorded_flow())
    assert animated_flow.PICTURE.read_text("utf-8") == text, "run `make gallery`"
    said = ("add()", "remove()", "total()", "ObjectRef")
    assert all(word in text for word in said)


def test_the_moving_flow_needs_nothing_but_itself() -> None:
    text = animated_flow.PICTURE.read_text("utf-8")
    addresses = set(re.findall(r"https?://[^\"' )]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert "<script" not in text
    assert "prefers-color-scheme: dark" in text
    assert "prefers-reduced-motion: no-preference" in text
