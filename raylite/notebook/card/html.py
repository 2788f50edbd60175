"""The life-cycle card of an actor as HTML and as text: what stays in the saved notebook.

In Ray: nothing like it. There is no style sheet and no script in it, since a notebook from someone
else is shown without both: the words are in tables, and the diagram is a picture with a
description.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

from raylite.notebook.card.diagram_model import HEIGHT, WIDTH
from raylite.notebook.card.model import CardView, Fact
from raylite.notebook.card.svg import card_svg
from raylite.notebook.live.picture import picture_html

__all__ = ["card_html", "card_text"]

_MARGIN: Final = 14
_CELL: Final = "text-align:left;vertical-align:top;padding:2px 18px 2px 0"
_NUMBER: Final = "text-align:right;padding:2px 18px 2px 0;white-space:nowrap"
_LABEL: Final = "text-align:left;font-weight:normal;padding:2px 18px 0 0"


def card_html(view: CardView) -> str:
    """The card as it is. All text of the user's is escaped."""
    name = f" {escape(view.name)}" if view.name else ""
    state = f"{view.sign} <b>{escape(view.word)}</b>"
    parts = [
        '<div style="max-width:800px;line-height:1.5">',
        f'<div style="font-size:16px"><b>{escape(view.title)}</b>{name} &nbsp; {state}</div>',
        f"<div>{escape(view.sentence)}</div>",
        f"<div><small>{escape(view.doc)}</small></div>" if view.doc else "",
        '<div style="padding:8px 0">',
        picture_html(
            card_svg(view.diagram, view.mailbox),
            f"{view.diagram.told} {view.mailbox.told}",
            WIDTH + 2 * _MARGIN,
            HEIGHT + 2 * _MARGIN,
        ),
        "</div>",
        _fact_table(f"{view.title}: the process", view.facts),
        _fact_table(f"{view.title}: its calls", view.counts),
        _details("What happened", _moves(view)),
        _details("Last calls", _calls(view)),
        _details("Methods", _methods(view)),
        "</div>",
    ]
    return "\n".join(part for part in parts if part)


def _fact_table(caption: str, facts: Sequence[Fact]) -> str:
    head = "".join(
        f'<th scope="col" style="{_LABEL}" title="{escape(fact.hint)}">'
        f"<small>{escape(fact.label)}</small></th>"
        for fact in facts
    )
    cells = "".join(f'<td style="{_CELL}">{escape(fact.value)}</td>' for fact in facts)
    return (
        f'<table style="margin:2px 0"><caption style="text-align:left"><small>{escape(caption)}'
        f"</small></caption><thead><tr>{head}</tr></thead><tbody><tr>{cells}</tr></tbody></table>"
    )


def _details(title: str, table: str) -> str:
    return f"<details><summary>{title}</summary>{table}</details>" if table else ""


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], note: str) -> str:
    if not rows:
        return ""
    top = "".join(f'<th scope="col" style="{_CELL}">{escape(word)}</th>' for word in head)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{escape(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    below = f"<div><small>{escape(note)}</small></div>" if note else ""
    return (
        f'<table style="margin:2px 0"><caption style="text-align:left">{escape(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>{below}"
    )


def _moves(view: CardView) -> str:
    rows = [(one.at, f"{one.sign} {one.what}", one.why) for one in view.moves]
    head = ("At", "It became", "Why")
    return _table(f"The life of {view.title}", head, rows, view.moves_before)


def _calls(view: CardView) -> str:
    rows = [
        (one.method, f"{one.sign} {one.word}", one.waited, one.took, one.sizes, one.at)
        for one in view.calls
    ]
    head = ("Method", "Outcome", "Waited", "Ran", "Arguments → result", "Made at")
    return _table(f"The last calls of {view.title}", head, rows, "")


def _methods(view: CardView) -> str:
    rows = [(f"{one.name}{one.signature}", one.calls, one.doc) for one in view.methods]
    head = ("Method", "Calls", "What it does")
    return _table(f"The methods of {view.title}", head, rows, view.methods_note)


def card_text(view: CardView) -> str:
    """The same for a terminal."""
    head = f"{view.title} {view.name}".strip()
    facts = ", ".join(f"{fact.label}: {fact.value}" for fact in view.facts)
    counts = ", ".join(f"{fact.value} {fact.label}" for fact in view.counts)
    return f"{view.sign} {head}, {view.word}\n  {view.sentence}\n  {facts}\n  calls: {counts}"
