"""Tables for notebooks: rows as plain HTML, which stays readable in the saved notebook.

In Ray: the dashboard. A table is made to be looked at: long ids show their ends, and the whole one
where the mouse rests; a state has a sign beside its word, and never a colour alone; columns that
hold nothing are left out. All that comes from the user is escaped.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

__all__ = ["ShownList", "amounts", "counted", "html_table", "short_id"]

_CELL: Final = "text-align:left;vertical-align:top;padding:2px 16px 2px 0"
_CAPTION: Final = (
    "text-align:left;padding:4px 0;white-space:nowrap;"
    "font-size:var(--jp-content-font-size1,14px);color:var(--jp-ui-font-color1,inherit)"
)
_ONE_LINE: Final = "text-decoration:none;white-space:nowrap"
_NUMBERS: Final = frozenset({"size", "object_size"})
_LONG_ID: Final = re.compile(r"[0-9a-f]{24,}")
_LAST: Final = {"object_id": 12, "object": 12}
"""Characters of the end that tell one id from another, where these are not the last four."""
_GIB: Final = 1 << 30
_SIGNS: Final = {
    **dict.fromkeys(("ALIVE", "CREATED", "RUNNING"), ("●", "#009E73")),
    **dict.fromkeys(("RESTARTING", "RESCHEDULING"), ("↻", "#E69F00")),
    **dict.fromkeys(("DEAD", "REMOVED"), ("✕", "#808080")),
    **dict.fromkeys(("FINISHED", "SUCCEEDED"), ("✓", "#808080")),
    "FAILED": ("✕", "#D55E00"),
}
"""Sign and its colour, of Okabe and Ito's; what is not here has yet to begin."""
_WAITING: Final = ("◔", "#0072B2")
_NONE: Final = "NIL"
"""The state of what no task makes."""
_STATES: Final = ("state", "status", "task_status")


class ShownList(list[Any]):
    """An ordinary list, which a notebook shows as a table.

    Args:
        values: what is in it.
        noun: what one of them is, for the caption.
        as_row: a value's cells, by the names of their columns.
    """

    def __init__(
        self, values: Iterable[Any], noun: str, as_row: Callable[[Any], Mapping[str, Any]]
    ) -> None:
        super().__init__(values)
        self._noun = noun
        self._as_row = as_row

    def __reduce__(self) -> tuple[type[list[Any]], tuple[list[Any]]]:
        # Whoever it is sent to gets the values; how to show them may not be known there.
        return list, (list(self),)

    def _repr_html_(self) -> str:
        return html_table(counted(len(self), self._noun), [self._as_row(value) for value in self])


def html_table(caption: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a table.

    Args:
        caption: what they are.
        rows: cells by the names of their columns; all have the same names.
    """
    cells = [{name: _html(name, value) for name, value in row.items()} for row in rows]
    names = [name for name in cells[0] if any(row[name] for row in cells)] if cells else []
    head = "".join(f'<th scope="col" style="{_style(name)}">{escape(name)}</th>' for name in names)
    body = "".join(
        f"<tr>{''.join(_cell(_style(name), row[name]) for name in names)}</tr>" for row in cells
    )
    table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>" if rows else ""
    return (
        f'<table style="margin:4px 0"><caption style="{_CAPTION}">{escape(caption)}</caption>'
        f"{table}</table>"
    )


def counted(number: int, noun: str) -> str:
    """A number and a noun, as ``2 nodes``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def amounts(quantities: Mapping[Any, Any]) -> str:
    """Resources or labels in a line, without the marks that nodes carry of themselves."""
    return ", ".join(
        f"{name}: {_amount(str(name), value)}"
        for name, value in quantities.items()
        if not str(name).startswith(("node:", "ray.io/node-id"))
    )


def short_id(text: str, num_last: int = 4) -> str:
    """The ends of an id.

    Args:
        text: the id, in hexadecimal digits.
        num_last: how many digits of its end.
    """
    return f"{text[:8]}…{text[-num_last:]}"


def _amount(name: str, value: Any) -> str:
    if isinstance(value, float) and "memory" in name:
        return f"{value / _GIB:.1f} GiB"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _style(name: str) -> str:
    if name not in _NUMBERS:
        return _CELL
    return f"{_CELL.replace('left', 'right', 1)};white-space:nowrap"


def _cell(style: str, content: str) -> str:
    return f'<td style="{style}">{content}</td>'


def _html(name: str, value: Any) -> str:
    match value:
        case None:
            return ""
        case Mapping():
            return escape(amounts(value))
        case float():
            return f"{value:g}"
        case str() if _LONG_ID.fullmatch(value):
            short = short_id(value, _LAST.get(name, 4))
            return f'<abbr title="{value}" style="{_ONE_LINE}">{short}</abbr>'
        case str() if name in _STATES and value != _NONE:
            sign, colour = _SIGNS.get(value, _WAITING)
            mark = f'<span style="color:{colour}" aria-hidden="true">{sign}</span>'
            return f'<span style="white-space:nowrap">{mark} {escape(value)}</span>'
    return escape(str(value))
