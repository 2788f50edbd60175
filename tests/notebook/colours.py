"""Colours as a page shows them: themes' variables resolved, see-through ones blended, contrasts.

Contrast is computed as WCAG 2.2 does, from 1 (the same colour) to 21 (black on white).
"""

import re
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

__all__ = ["THEMES", "Colour", "blended", "contrast", "declarations", "resolved", "theme"]

FOLDER = Path(sys.prefix) / "share/jupyter/lab/themes/@jupyterlab"
THEMES = {
    "light": "theme-light-extension",
    "dark": "theme-dark-extension",
    "high contrast": "theme-dark-high-contrast-extension",
}
NAMES = {"white": "#ffffff", "black": "#000000", "transparent": "rgba(0,0,0,0)"}
NESTING = 20
"""No variable is defined by more others in a row than this, or they go in a circle."""


class Colour(NamedTuple):
    """Red, green and blue from 0 to 255, and how opaque it is, from 0 to 1."""

    red: float
    green: float
    blue: float
    opacity: float = 1.0


@cache
def theme(name: str) -> dict[str, str]:
    """The variables of one of JupyterLab's themes, as installed, by name."""
    css = (FOLDER / THEMES[name] / "index.css").read_text(encoding="utf-8")
    return {**_colours_by_name(), **dict(re.findall(r"(--[\w-]+):([^;}]+)", css))}


@cache
def _colours_by_name() -> dict[str, str]:
    """``--md-grey-300`` and its like, which the themes use and JupyterLab defines elsewhere."""
    texts = [(FOLDER / folder / "index.css").read_text("utf-8") for folder in THEMES.values()]
    return dict(re.findall(r"var\((--md-[\w-]+),(#\w+)\)", "".join(texts)))


def resolved(value: str, variables: dict[str, str]) -> Colour | None:
    """The colour that a CSS value stands for, or None if it is none (``inherit``, a gradient).

    Raises:
        LookupError: if a variable is defined nowhere, and no other value is given for it.
        ValueError: if variables are defined by each other.
    """
    for _ in range(NESTING):
        if "var(" not in value:
            return _literal(value.strip())
        value = re.sub(
            r"var\(\s*(--[\w-]+)\s*(?:,((?:[^()]|\([^()]*\))*))?\)",
            lambda found: variables.get(found[1], found[2]) or _missing(found[1]),
            value,
        )
    msg = f"{value!r} goes in a circle"
    raise ValueError(msg)


def _missing(name: str) -> str:
    msg = f"no style sheet defines {name}"
    raise LookupError(msg)


def _literal(value: str) -> Colour | None:
    value = NAMES.get(value, value)
    if re.fullmatch(r"#[0-9a-fA-F]{3}", value):
        value = "#" + "".join(2 * digit for digit in value[1:])
    if re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        red, green, blue = (int(value[a:b], 16) for a, b in pairwise((1, 3, 5, 7)))
        return Colour(red, green, blue)
    if found := re.fullmatch(r"rgba?\(([^)]*)\)", value):
        parts = re.split(r"[\s,/]+", found[1].strip())
        numbers = [float(part.rstrip("%")) / (100 if "%" in part else 1) for part in parts]
        return Colour(*numbers)
    return None


def blended(above: Colour, below: Colour) -> Colour:
    """What is seen of a colour that lets some of the one below it through."""
    shown = (above.opacity * a + (1 - above.opacity) * b for a, b in zip(above, below, strict=True))
    red, green, blue, _ = shown
    return Colour(red, green, blue)


def contrast(one: Colour, other: Colour) -> float:
    """From 1 to 21; text needs 4.5, and a part of a picture 3, to be told from what is behind."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if (part := byte / 255) <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for byte in colour[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def declarations(css: str) -> list[tuple[str, dict[str, str]]]:
    """Each rule of a style sheet: its selector, and its properties. Media are looked into."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return [
        (
            " ".join(selector.split()),
            {
                name.strip(): value.strip()
                for line in body.split(";")
                if ":" in line
                for name, value in [line.split(":", 1)]
            },
        )
        for selector, body in re.findall(r"([^{};]+)\{([^{}]*)\}", bare)
    ]
