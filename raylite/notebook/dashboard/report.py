"""A session as one page that needs nothing else: what ``raylite.report("session.html")`` writes.

In Ray: nothing like it. The page has the dashboard's tables, the timeline, and how actors were
created and called, as pictures. No script is in it, and no address outside of it.
"""

import os
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, Final

from raylite import _engine
from raylite._task_events import warn_if_off
from raylite.notebook.dashboard.html import dashboard_html
from raylite.notebook.dashboard.model import TABS, Drawer
from raylite.notebook.flow.calls_model import CallPick, Wanted
from raylite.notebook.flow.creation_facts_model import creation_calls
from raylite.notebook.flow.creation_model import creation_view
from raylite.notebook.flow.html import flow_html
from raylite.notebook.flow.submission_model import submission_view
from raylite.notebook.live.at_once import require_session
from raylite.notebook.live.pump import PUMP
from raylite.notebook.live.shown_words_model import actor_label
from raylite.notebook.timeline.calls_model import CallIndex
from raylite.notebook.timeline.html import timeline_html
from raylite.notebook.timeline.layout_model import timeline_view
from raylite.notebook.world.saved import saved_world
from raylite.notebook.world.tables import Actor
from raylite.notebook.world.world import World

__all__ = ["report"]

_MOST_ACTORS: Final = 5
_CALLS: Final = 20
_STYLE: Final = """
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #1f2328; background: #fff;
  font: 16px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h2 { margin-top: 2.5rem; } table { border-collapse: collapse; margin: .5rem 0 1rem; }
th { border-bottom: 1px solid #d0d7de; font-weight: 600; } caption { font-weight: 600; }
summary { cursor: pointer; margin: .3rem 0; } img { max-width: 100%; height: auto; }
"""


def report(path: Any, *, events: Any = None) -> None:
    """Write the page; see :func:`raylite.report`.

    Args:
        path: the name of the file.
        events: what :func:`raylite.load_events` gives; None: the session that runs.

    Raises:
        TypeError: if ``path`` is no name, or ``events`` are none.
        RuntimeError: if there is no session, and no events are given.
        OSError: if the file cannot be written.
    """
    if not isinstance(path, str | os.PathLike):
        msg = f"report({path!r}): this has to be the name of a file, such as 'session.html'."
        raise TypeError(msg)
    saved = saved_world(events)
    if saved is None:
        require_session("session to report on")
        warn_if_off("the report", _engine.current().state("session")[0])
    world = saved or PUMP.world() or World()
    notice = PUMP.notice() if saved is None else ""
    page = page_of(world, is_over=saved is not None, notice=notice)
    Path(path).write_text(page, encoding="utf-8")


def page_of(world: World, *, is_over: bool, notice: str = "") -> str:
    """The page of a world.

    Args:
        world: whose.
        is_over: whether the session has ended.
        notice: what is to be said of all of it; a sentence, or nothing.
    """
    said = f"<p>{escape(notice)}</p>\n" if notice else ""
    drawer = Drawer(TABS[:-1])
    tables = dashboard_html(drawer.view(world, world.at_s, is_over=is_over, is_whole=True))
    sections = [
        ("What there was", tables),
        ("What ran when", timeline_html(timeline_view(world, CallIndex(), is_over=is_over))),
        *_flows(world),
    ]
    body = "\n".join(f"<h2>{escape(title)}</h2>\n{html}" for title, html in sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>A session of raylite</title><style>{_STYLE}</style></head>\n"
        f"<body><main><h1>A session of raylite</h1>\n{said}{body}\n</main></body></html>\n"
    )


def _flows(world: World) -> Iterator[tuple[str, str]]:
    actors = sorted(world.actors.values(), key=lambda one: -(one.num_finished + one.num_failed))
    for actor in actors[:_MOST_ACTORS]:
        yield f"How {actor_label(actor)} was created", _creation(world, actor)
        if actor.num_finished + actor.num_failed:
            yield f"The last calls of {actor_label(actor)}", _submission(world, actor)
    if len(actors) > _MOST_ACTORS:
        rest = len(actors) - _MOST_ACTORS
        yield "Other actors", f"<p>{rest:,} further actors have no pictures here.</p>"


def _creation(world: World, actor: Actor) -> str:
    return flow_html(creation_view(world, actor, creation_calls(actor.actor_id)))


def _submission(world: World, actor: Actor) -> str:
    wanted = Wanted(actor_ids=frozenset({actor.actor_id}))
    return flow_html(submission_view(world, CallPick(wanted, _CALLS), ""))
