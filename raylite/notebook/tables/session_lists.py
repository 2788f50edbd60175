"""The actors, tasks and objects of the session as tables: what ``%actors`` and the like show.

In Ray: ``ray list actors`` and the like, in a terminal. The rows are those of
:mod:`raylite.util.state`; only what is shown of them is less, and in words.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any, Final

from raylite import _engine
from raylite._html_table import counted, html_table, short_id
from raylite._memory_rows import in_units
from raylite.notebook.magics.actor_finder import handles_in
from raylite.util.state import ActorState, ObjectState, TaskState, list_actors, list_objects
from raylite.util.state.sources import Source, session
from raylite.util.state.tasks import tasks_of

__all__ = ["MOST", "SessionList", "actors", "objects", "tasks"]

MOST: Final = 50
"""Rows that are shown unless more are asked for."""
_ALL: Final = 10_000
_NO_SESSION: Final = "raylite: no session; it starts with the first call."
_DEAD: Final = "DEAD"
_LONGEST: Final = 60


class SessionList(list[Any]):
    """Rows of :mod:`raylite.util.state`, the table of which is its picture.

    Args:
        rows: the rows.
        noun: what one of them is.
        cells: what is shown of a row, by the names of the columns.
        num_left_out: how many rows there are beside these.
        note: instead of a table, if there is no session.
    """

    def __init__(
        self,
        rows: Iterable[Any],
        noun: str,
        cells: Callable[[Any], dict[str, Any]],
        num_left_out: int = 0,
        note: str = "",
    ) -> None:
        super().__init__(rows)
        self._noun = noun
        self._cells = cells
        self._note = note
        self._more = f" and {num_left_out:,} more: raise the limit" if num_left_out else ""

    def __repr__(self) -> str:
        if self._note:
            return self._note
        rows = [{name: _text(cell) for name, cell in self._cells(one).items()} for one in self]
        names = [name for name in rows[0] if any(row[name] for row in rows)] if rows else []
        table = [names, *([row[name] for name in names] for row in rows)] if rows else []
        widths = [max(len(row[column]) for row in table) for column in range(len(names))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in table
        ]
        return "\n".join([self._caption(), *(f"  {line}" for line in lines)])

    def _repr_html_(self) -> str:
        if self._note:
            return f"<p>{escape(self._note)}</p>"
        return html_table(self._caption(), [self._cells(one) for one in self])

    def __reduce__(self) -> tuple[type[list[Any]], tuple[list[Any]]]:
        # Whoever it is sent to gets the rows; how to show them may not be known there.
        return list, (list(self),)

    def _caption(self) -> str:
        return f"raylite: {counted(len(self), self._noun)}{self._more}"


def actors(
    word: str = "",
    *,
    state: str = "",
    limit: int = MOST,
    namespace: Mapping[str, Any] | None = None,
) -> SessionList:
    """The actors of the session, those that live first.

    Args:
        word: only those whose class, name or id begins with it, or whose variable it is.
        state: only those in this state, such as ``ALIVE``.
        limit: how many at most.
        namespace: the user's variables, which are shown beside the actors that they hold.
    """
    if not _is_running():
        return SessionList([], "actor", _actor_cells({}), note=_NO_SESSION)
    variables: dict[str, list[str]] = {}
    for name, handle in handles_in(namespace or {}).items():
        variables.setdefault(handle._ray_actor_id, []).append(name)  # noqa: SLF001  # same package

    def fits(one: ActorState) -> bool:
        words = (one.class_name, one.name or "", one.actor_id, *variables.get(one.actor_id, []))
        return _in_state(one.state, state) and any(_begins(text, word) for text in words)

    found = [one for one in list_actors(limit=_ALL, detail=True) if fits(one)]
    found.sort(key=lambda one: one.state == _DEAD)
    return SessionList(found[:limit], "actor", _actor_cells(variables), max(len(found) - limit, 0))


def tasks(word: str = "", *, state: str = "", limit: int = MOST) -> SessionList:
    """The newest tasks, calls of methods and creations of actors; the oldest of them first.

    Args:
        word: only those whose name or id begins with it.
        state: only those in this state, such as ``RUNNING`` or ``FAILED``.
        limit: how many at most.
    """
    if not _is_running():
        return SessionList([], "task", _task_cells, note=_NO_SESSION)
    newest: deque[TaskState] = deque(maxlen=max(limit, 0))
    number = 0
    for one in tasks_of(Source(session(), complete=False)):
        names = (one.name, one.func_or_class_name, one.name.rpartition(".")[2], one.task_id)
        if _in_state(one.state, state) and any(_begins(text, word) for text in names):
            newest.append(one)
            number += 1
    return SessionList(newest, "task", _task_cells, number - len(newest))


def objects(word: str = "", *, limit: int = MOST) -> SessionList:
    """The objects of the session, the largest first, one row for each process that has a ref.

    Args:
        word: only those that a line with this in it has made, or whose id begins with it.
        limit: how many at most.
    """
    if not _is_running():
        return SessionList([], "object", _object_cells, note=_NO_SESSION)
    rows = list_objects(limit=_ALL, detail=True, raise_on_missing_output=False)
    found = [
        one
        for one in rows
        if _begins(one.object_id, word) or word.lower() in str(one.call_site).lower()
    ]
    found.sort(key=lambda one: one.object_size, reverse=True)
    return SessionList(found[:limit], "object", _object_cells, max(len(found) - limit, 0))


def _is_running() -> bool:
    engine = _engine.get_or_none()
    return engine is not None and not engine.over


def _begins(text: str, word: str) -> bool:
    return text.lower().startswith(word.lower())


def _in_state(state: str, wanted: str) -> bool:
    return not wanted or state.lower() == wanted.lower()


def _actor_cells(variables: Mapping[str, list[str]]) -> Callable[[ActorState], dict[str, Any]]:
    def cells(one: ActorState) -> dict[str, Any]:
        cause = one.death_cause or {}
        return {
            "state": one.state,
            "class": one.class_name,
            "name": one.name,
            "variable": ", ".join(variables.get(one.actor_id, [])),
            "pid": one.pid if one.state != _DEAD else None,
            "restarts": one.num_restarts or None,
            "actor": one.actor_id,
            "why": _short(_why(cause)) if one.state == _DEAD else "",
        }

    return cells


def _why(cause: Mapping[str, Any]) -> str:
    for part in cause.values():
        if isinstance(part, Mapping) and "error_message" in part:
            return str(part["error_message"]).strip().split("\n")[0]
    return ""


def _task_cells(one: TaskState) -> dict[str, Any]:
    began, ended = one.start_time_ms, one.end_time_ms
    took = f"{(ended - began) / 1000:.3f} s" if began is not None and ended is not None else ""
    return {
        "state": one.state,
        "name": one.name,
        "took": took,
        "pid": one.worker_pid,
        "attempt": one.attempt_number or None,
        "error": one.error_type,
        "task": one.task_id,
    }


def _object_cells(one: ObjectState) -> dict[str, Any]:
    return {
        "size": in_units(one.object_size) if one.object_size >= 0 else "",
        "status": one.task_status,
        "made by": _place(str(one.call_site)),
        "kept by": one.reference_type,
        "stored": one.stored,
        "pid": one.pid,
        "object": one.object_id,
    }


def _place(site: str) -> str:
    """The line that has made something; of a long path the end, which tells most."""
    what, _, where = site.partition("|")
    text = where.strip() or what.strip()
    return text if len(text) <= _LONGEST else f"…{text[1 - _LONGEST :]}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    text = str(cell)
    is_id = len(text) >= 24 and all(digit in "0123456789abcdef" for digit in text)  # noqa: PLR2004  # as _html_table has it
    return short_id(text) if is_id else text
