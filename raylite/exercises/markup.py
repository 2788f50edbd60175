"""Markup that reads well in light and dark notebooks, and still reads where styles are removed."""

import html
import re

__all__ = ["badge", "code", "panel", "rich"]

_COLOURS = {
    **dict.fromkeys(("passed", "done"), "#009E73"),
    "not yet": "#D55E00",
    "begun": "#E69F00",
    **dict.fromkeys(("not checked", "open"), "#BBBBBB"),
}
"""From the palette of Okabe and Ito, which colour-blind people can tell apart. On each of them
black text has a contrast of 5 to 1 or more, whatever the notebook's theme."""


def badge(icon: str, word: str) -> str:
    """A small label: sign and word always, colour on top where there are styles."""
    style = (
        f"background:{_COLOURS[word]};color:#000;border-radius:4px;padding:1px 8px;"
        "white-space:nowrap;font-weight:600"
    )
    return f'<span style="{style}"><span aria-hidden="true">{icon}</span> {word}</span>'


def code(text: str) -> str:
    """A block of source text."""
    return f"<pre><code>{html.escape(text)}</code></pre>"


def rich(text: str) -> str:
    """Escaped text, in which ```code``` between backticks is set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def panel(label: str, body: str) -> str:
    """A part of its own, with a line down its left side.

    Args:
        label: what it is, for those who have the page read to them.
        body: markup.
    """
    style = "border-left:4px solid #0072B2;padding:2px 14px;margin:4px 0;max-width:62em"
    return f'<section aria-label="{html.escape(label)}" style="{style}">{body}</section>'
