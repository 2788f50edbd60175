"""The dashboard as it stays in a saved notebook: figures, tables to unfold, a picture of the slots.

In Ray: nothing like it. No script and no style sheet is in it, so that it stays readable where both
are stripped.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

from raylite.notebook.dashboard.model import DashboardView
from raylite.notebook.dashboard.nodes_model import NodeBoard
from raylite.notebook.dashboard.slots_svg import slots_size, slots_svg
from raylite.notebook.dashboard.table_model import Cell, Row, Table
from raylite.notebook.live.picture import picture_html

__all__ = ["dashboard_html", "dashboard_text", "table_html", "table_text"]

_MOST_ROWS: Final = 40
_LEFT: Final = "text-align:left;vertical-align:top;padding:2px 16px 2px 0"
_RIGHT: Final = "text-align:right;vertical-align:top;padding:2px 16px 2px 0;white-space:nowrap"
_COLOURS: Final = {
    "good": "#009E73",
    "busy": "#0072B2",
    "wait": "#CC79A7",
    "bad": "#D55E00",
    "over": "#808080",
}
_KINDS: Final = {
    "actor": "actor",
    "task": "tasks",
    "bundle": "placement group",
    "object": "objects",
}


def dashboard_html(view: DashboardView) -> str:
    """The view as HTML. All text of the user's is escaped."""
    if view.is_compact:
        return "".join(table_html(table) for table in view.tables.values())
    parts = [f"<div>{escape(view.summary)}</div>", _figures(view)]
    for tab in view.tabs:
        opened = " open" if tab.key == view.chosen else ""
        inner = _nodes(view.boards) if tab.key == "nodes" else ""
        if tab.key in view.tables:
            inner = table_html(view.tables[tab.key])
        if inner:
            name = f"{tab.name} ({tab.count:,})"
            parts.append(f"<details{opened}><summary>{name}</summary>{inner}</details>")
    return f"<div>{''.join(parts)}</div>"


def _figures(view: DashboardView) -> str:
    head = "".join(f'<th scope="col" style="{_LEFT}">{name}</th>' for name, _, _ in view.figures)
    body = "".join(
        f'<td style="{_LEFT}" title="{about}"><strong>{escape(number)}</strong></td>'
        for _, number, about in view.figures
    )
    return (
        f'<table><caption style="text-align:left">{escape(view.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody><tr>{body}</tr></tbody></table>"
    )


def table_html(table: Table, most: int = _MOST_ROWS) -> str:
    """A table as HTML, at most so many rows of it. Columns without a word are left out."""
    if not table.rows:
        return f"<p>{escape(table.empty)}</p>"
    rows = table.rows[:most]
    shown = [
        place
        for place in range(len(table.columns))
        if any(row.cells[place].text not in {"", "-"} for row in rows)
    ]
    head = "".join(
        f'<th scope="col" style="{_style(table, place)}">{escape(table.columns[place].label)}</th>'
        for place in shown
    )
    body = "".join(
        f"<tr>{''.join(_cell(row, place, table) for place in shown)}</tr>" for row in rows
    )
    more = table.total - len(rows)
    below = f"<p>and {more:,} more</p>" if more > 0 else ""
    return (
        f'<table><caption style="text-align:left">{escape(table.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"
    )


def _style(table: Table, place: int) -> str:
    return _RIGHT if table.columns[place].is_number else _LEFT


def _cell(row: Row, place: int, table: Table) -> str:
    cell = row.cells[place]
    title = f' title="{escape(cell.title)}"' if cell.title else ""
    return f'<td style="{_style(table, place)}"{title}>{_content(cell)}</td>'


def _content(cell: Cell) -> str:
    if not cell.sign:
        return escape(cell.text)
    return f'<span style="color:{_COLOURS[cell.tone]}">{cell.sign}</span> {escape(cell.text)}'


def _nodes(boards: Sequence[NodeBoard]) -> str:
    if not boards:
        return "<p>There are no nodes.</p>"
    width, height = slots_size(boards)
    alt = "; ".join(
        f"{board.title}: {', '.join(f'{one.name} {one.text}' for one in board.resources)}"
        for board in boards
    )
    return picture_html(slots_svg(boards), alt, width, height) + "".join(map(_holders, boards))


def _holders(board: NodeBoard) -> str:
    rows = "".join(
        f'<tr><td style="{_LEFT}">{_KINDS[kind]}</td><td style="{_LEFT}">{escape(who)}</td>'
        f'<td style="{_LEFT}">{escape(what)}</td></tr>'
        for kind, who, what in board.holders[:_MOST_ROWS]
    )
    if not rows:
        return f"<p>Nobody holds anything of {escape(board.title)}.</p>"
    head = "".join(f'<th scope="col" style="{_LEFT}">{word}</th>' for word in ("", "Who", "Holds"))
    note = f"<p>{board.note}</p>" if board.note else ""
    return (
        f'<table><caption style="text-align:left">Who holds what of {escape(board.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}"
    )


def table_text(table: Table, most: int = 20) -> str:
    """A table for a terminal, at most so many rows of it."""
    if not table.rows:
        return table.empty
    rows = table.rows[:most]
    shown = [
        place
        for place in range(len(table.columns))
        if any(row.cells[place].text not in {"", "-"} for row in rows)
    ]
    lines = [[table.columns[place].label for place in shown]]
    lines += [[_words(row.cells[place])[:60] for place in shown] for row in rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(shown))]
    told = [
        "  ".join(
            text.rjust(width) if table.columns[place].is_number else text.ljust(width)
            for text, width, place in zip(line, widths, shown, strict=True)
        ).rstrip()
        for line in lines
    ]
    more = table.total - len(rows)
    return "\n".join([table.caption, *told, *([f"and {more:,} more"] if more > 0 else [])])


def _words(cell: Cell) -> str:
    return f"{cell.sign} {cell.text}" if cell.sign else cell.text


def dashboard_text(view: DashboardView) -> str:
    """The view for a terminal."""
    parts = [] if view.is_compact else [f"raylite: {view.summary}"]
    parts += [table_text(view.tables[tab.key]) for tab in view.tabs if tab.key in view.tables]
    if "nodes" in {tab.key for tab in view.tabs}:
        parts += [
            f"{board.title}: {', '.join(f'{one.name} {one.text}' for one in board.resources)}"
            for board in view.boards
        ]
    return "\n\n".join(parts)
