"""The session as a table in HTML and in text: each state has a sign, a word and a colour.

In Ray: ``ray list actors``. Here the words are meant for people who see an actor for the first
time; Ray's name of the state stands beside each in the table's tooltips.
"""

from html import escape
from typing import Any, Final

from raylite._core.common.states import ActorState

__all__ = ["STATE_WORDS", "status_html", "status_text"]

STATE_WORDS: Final = {
    ActorState.DEPENDENCIES_UNREADY: ("◌", "waits for its arguments", "#CC79A7"),
    ActorState.PENDING_CREATION: ("◔", "starting", "#0072B2"),
    ActorState.ALIVE: ("●", "alive", "#009E73"),
    ActorState.RESTARTING: ("↻", "restarting", "#E69F00"),
    ActorState.DEAD: ("✕", "dead", "#808080"),
}
"""Sign, word, and the sign's colour, of Okabe and Ito's."""

_NO_SESSION: Final = "raylite: no session; it starts with the first call."
_WORKER_WORDS: Final = {
    "STARTING": "starting",
    "IDLE": "idle",
    "LEASED": "for tasks",
    "ACTOR": "for actors",
    "DEAD": "dead",
}
_CELL: Final = "text-align:left;padding:2px 16px 2px 0"


def status_text(status: Any) -> str:
    """For a terminal."""
    if not status.is_running:
        return _NO_SESSION
    rows = [_row(actor) for actor in status.actors]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([_headline(status), *(f"  {line}" for line in lines), *_hidden(status)])


def status_html(status: Any) -> str:
    """For a notebook. All text of the user's is escaped."""
    if not status.is_running:
        return f"<p>{_NO_SESSION}</p>"
    head = "".join(
        f'<th scope="col" style="{_CELL}">{name}</th>' for name in ("State", "Class", "Name", "pid")
    )
    rows = "".join(_html_row(actor) for actor in status.actors)
    hidden = "".join(f"<p>{escape(line.strip())}</p>" for line in _hidden(status))
    table = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>" if rows else ""
    return (
        f'<table style="margin:4px 0"><caption style="text-align:left;padding:4px 0;'
        "white-space:nowrap;font-size:var(--jp-content-font-size1,14px);"
        f'color:var(--jp-ui-font-color1,inherit)">{escape(_headline(status))}</caption>'
        f"{table}</table>{hidden}"
    )


def _html_row(actor: Any) -> str:
    sign, _, colour = STATE_WORDS[actor.state]
    state, class_name, name, pid = (escape(cell) for cell in _row(actor))
    words = state.removeprefix(sign).strip()
    return (
        f'<tr><td style="{_CELL}" title="{actor.state.name}">'
        f'<span style="color:{colour}" aria-hidden="true">{sign}</span> {words}</td>'
        f'<th scope="row" style="{_CELL};font-weight:normal">{class_name}</th>'
        f'<td style="{_CELL}">{name}</td><td style="{_CELL}">{pid}</td></tr>'
    )


def _row(actor: Any) -> tuple[str, str, str, str]:
    sign, word, _ = STATE_WORDS[actor.state]
    number = actor.num_restarts
    times = f", {number} restart{'s' if number > 1 else ''}" if number else ""
    why = f": {actor.why}" if actor.why else ""
    return (
        f"{sign} {word}{times}{why}",
        actor.class_name,
        actor.name or "-",
        "-" if actor.pid is None else str(actor.pid),
    )


def _headline(status: Any) -> str:
    number = len(status.actors) + status.num_dead_hidden
    living = sum(actor.state is not ActorState.DEAD for actor in status.actors)
    of_all = f"{living} of {number}" if living < number else str(number)
    actors = f"{of_all} {'actor' if number == 1 else 'actors'} alive" if number else "no actors"
    words = [
        f"{number} {_WORKER_WORDS.get(state, state.lower())}"
        for state, number in status.workers
        if state != "DEAD"
    ]
    workers = f"workers: {', '.join(words)}" if words else "no workers"
    cpus = f"{status.cpus_used:g} of {status.cpus_total:g} CPUs in use"
    return f"raylite: {_place(status)} · {cpus} · {actors} · {workers}"


def _place(status: Any) -> str:
    if not status.runtime:
        return "session running"
    others = status.num_drivers - 1
    with_whom = f", shared with {others} other{'s' if others > 1 else ''}" if others else ""
    return f"joined the runtime {status.runtime}{with_whom}"


def _hidden(status: Any) -> list[str]:
    number = status.num_dead_hidden
    return [f"  and {number} that died before"] if number else []
