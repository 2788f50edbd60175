"""Looking at a session: pictures, saved events, what went wrong, and what may be in the way.

In Ray: the dashboard, ``ray.timeline``, and ``ray doctor``. Each is a door to a module that is
loaded when somebody first goes through it; those of the notebook by name, since the notebook layer
builds on this API. The flows have doors of their own, :mod:`raylite._flows`.
"""

import importlib
import os
from typing import Any

__all__ = [
    "dashboard",
    "doctor",
    "explain",
    "load_events",
    "report",
    "save_events",
    "show_timeline",
    "watch",
]


def dashboard(*, tab: str = "actors", events: Any = None) -> Any:
    """Show the session below the cell: actors, tasks, workers, nodes, objects, events, log.

    It goes on moving while cells run, and becomes a plain picture when the session ends. Tables can
    be sorted and filtered in the browser; an actor that is chosen shows its card. In a terminal it
    is text.

    Args:
        tab: the table that is open at first: ``actors``, ``tasks``, ``workers``, ``nodes``,
            ``objects``, ``events`` or ``log``.
        events: what :func:`load_events` has read, to look into a session that is long over; None:
            the session there is.

    Returns:
        The view.

    Raises:
        RuntimeError: if there is no session, and no events are given.
        TypeError: if ``events`` are none.
        ValueError: if there is no such tab.
    """
    view = importlib.import_module("raylite.notebook.dashboard.dashboard")
    return view.dashboard(tab, events=events)


def watch(*actors: Any) -> Any:
    """Show an actor's card below the cell, or a table of several actors.

    Args:
        actors: handles, names, or the beginnings of ids; none: all actors there are and will be.

    Returns:
        The view.

    Raises:
        RuntimeError: if all are to be watched and there is no session.
        TypeError: if one is no handle and no name.
        ValueError: if a name is nobody's; it says what there is.
    """
    return importlib.import_module("raylite.notebook.dashboard.watch_actor").watch_actor(*actors)


def show_timeline(
    start: float | None = None, end: float | None = None, *, events: Any = None
) -> Any:
    """Show what ran where and when: workers as lanes, calls as bars, with waits and restarts.

    It can be zoomed and moved. ``.figure()`` gives it as a matplotlib ``Figure``, ``.svg()`` as
    text. The file that Perfetto opens is written by :func:`raylite.timeline`.

    Args:
        start: the first second of the session to be seen; None: the first there is.
        end: the last one; None: the newest, and it goes on.
        events: as for :func:`dashboard`.

    Returns:
        The view.

    Raises:
        RuntimeError: if there is no session, and no events are given.
        TypeError: if a time is no number, or ``events`` are none.
        ValueError: if it ends before it begins.
    """
    view = importlib.import_module("raylite.notebook.timeline.view")
    return view.show_timeline(start, end, events=events)


def doctor() -> Any:
    """Look for what may be in the way of a session on this machine, and say what to do about it.

    Versions, CPUs, memory, shared memory, open files, and what sessions that were killed have left
    behind. It changes nothing and never raises.

    Returns:
        The findings: a table in a notebook, text elsewhere.
    """
    return importlib.import_module("raylite._doctor_text").doctor()


def explain(error: Any = None) -> None:
    """Print what happened, in order: who called whom, with what, and where it went wrong.

    Args:
        error: one that was caught; None: the last one that was shown in the notebook, or at
            Python's prompt.

    Raises:
        TypeError: if ``error`` is no exception.
    """
    importlib.import_module("raylite._explain").explain(error)


def report(path: str | os.PathLike[str], *, events: Any = None) -> None:
    """Write all there is to see of a session to one page of HTML, which needs nothing else.

    The dashboard's tables, the timeline, and how each actor was made, as still pictures: to hand
    in, or to attach to a question.

    Args:
        path: the file; one that is there is overwritten.
        events: as for :func:`dashboard`.

    Raises:
        RuntimeError: if there is no session, and no events are given.
        TypeError: if ``path`` is no path.
        OSError: if the file cannot be written.
    """
    importlib.import_module("raylite.notebook.dashboard.report").report(path, events=events)


def save_events(path: str | os.PathLike[str]) -> int:
    """Write all that the session's event log keeps to a file, for :func:`load_events`.

    Of calls and tasks the newest 100,000 are kept, of other events as many, of messages between
    processes 20,000. A name that ends in ``.gz`` has the file compressed, to a tenth or less.

    Args:
        path: the file; one that is there is overwritten.

    Returns:
        The number of events.

    Raises:
        RuntimeError: if there is no session.
        TypeError: if ``path`` is no path.
        OSError: if the file cannot be written.
    """
    number: int = importlib.import_module("raylite._saved_events").save_events(path)
    return number


def load_events(path: str | os.PathLike[str]) -> Any:
    """Read what :func:`save_events` has written. No code in it is run.

    Args:
        path: the file.

    Returns:
        The events, as ``.events``. :func:`dashboard`, :func:`show_timeline` and the flows take it
        as ``events=``.

    Raises:
        TypeError: if ``path`` is no path.
        ValueError: if it is no such file, or something in it is wrong; it says in which line.
        OSError: if it cannot be read.
    """
    return importlib.import_module("raylite._saved_events").load_events(path)
