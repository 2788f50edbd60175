"""All that is shown can be read: contrasts, computed from the style sheets and JupyterLab's themes.

Text has 4.5:1 against what is behind it, and each part of a picture that says something 3:1. Lines
and grounds that only part one thing from another say nothing, and are named here.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from raylite import notebook
from tests.notebook.colours import (
    THEMES,
    Colour,
    blended,
    contrast,
    declarations,
    resolved,
    theme,
)

FOLDER = Path(notebook.__file__).parent
SHEETS = sorted((FOLDER / "static").glob("*.css"))
RULES = {path: declarations(path.read_text("utf-8")) for path in SHEETS}
WHITE = Colour(255, 255, 255)
TEXT, GRAPHIC = 4.5, 3.0

SIGNS = ("-sign", "-tone-")
"""In the selectors of signs, which are parts of a picture: the word stands beside them."""

DARK_PAGE = 'data-jp-theme-light="false"'
GROUNDS = ("var(--jp-layout-color0, #fff)", "var(--jp-layout-color1, #fff)")
"""What can be behind a picture: the notebook's page, and a card on it."""

OUTLINED = {"--raylite-orange", "--raylite-sky"}
"""Colours that stand out on dark alone: they fill what has an outline of another."""


def own_variables(*, dark: bool) -> dict[str, str]:
    """The variables that raylite's own style sheets define."""
    found: dict[str, str] = {}
    for rules in RULES.values():
        for selector, properties in rules:
            if DARK_PAGE not in selector or dark:
                found |= {name: text for name, text in properties.items() if name[:2] == "--"}
    return found


PAGES = {
    **{name: theme(name) | own_variables(dark=name != "light") for name in THEMES},
    "a page without JupyterLab's colours": own_variables(dark=False),
}


def seen(value: str, page: dict[str, str], behind: Colour) -> Colour | None:
    colour = resolved(value, page)
    return blended(colour, behind) if colour else None


def too_pale(sheet: Path) -> Iterator[str]:
    """A line for each rule whose text has too little contrast on some page."""
    for selector, properties in RULES[sheet]:
        own_ground = properties.get("background-color", properties.get("background", "none"))
        for title, page in PAGES.items():
            for ground in GROUNDS:
                below = resolved(ground, page) or WHITE
                behind = seen(own_ground, page, below) or below
                text = seen(properties.get("color", "inherit"), page, behind)
                least = GRAPHIC if any(sign in selector for sign in SIGNS) else TEXT
                if text and (found := contrast(text, behind)) < least:
                    yield f"{selector} {{color: {properties['color']}}} {found:.2f}:1, {title}"


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_text_stands_out_from_what_is_behind_it(sheet: Path) -> None:
    assert not list(too_pale(sheet))


@pytest.mark.parametrize("title", PAGES)
@pytest.mark.parametrize("ground", GROUNDS, ids=("page", "card"))
def test_the_colours_of_pictures_stand_out_from_the_page(title: str, ground: str) -> None:
    page = PAGES[title]
    behind = resolved(ground, page) or WHITE
    colours = {
        name: colour
        for name in own_variables(dark=False).keys() - OUTLINED
        if page[name].startswith("#") and (colour := seen(page[name], page, behind))
    }
    assert len(colours) >= 5
    pale = {
        name: round(found, 2)
        for name, colour in colours.items()
        if (found := contrast(colour, behind)) < GRAPHIC
    }
    assert not pale


def test_the_computation_agrees_with_known_contrasts() -> None:
    assert contrast(Colour(0, 0, 0), WHITE) == pytest.approx(21)
    assert contrast(Colour(0x77, 0x77, 0x77), WHITE) == pytest.approx(4.48, abs=0.01)
    half = blended(Colour(0, 0, 0, 0.5), WHITE)
    assert half == Colour(127.5, 127.5, 127.5)


def test_a_themes_variables_lead_to_colours() -> None:
    assert resolved("var(--jp-layout-color1)", theme("dark")) == Colour(0x21, 0x21, 0x21)
    assert resolved("var(--none, rgba(1, 2, 3, 50%))", {}) == Colour(1, 2, 3, 0.5)
    assert resolved("linear-gradient(red, blue)", {}) is None
    with pytest.raises(ValueError, match="circle"):
        resolved("var(--a)", {"--a": "var(--b)", "--b": "var(--a)"})
