"""``raylite.creation_flow``, ``raylite.submission_flow`` and ``raylite.trace``.

In Ray: nothing like it. The doors to :mod:`raylite.notebook.flow.flow` and
:mod:`raylite.notebook.flow.trace`, which load widgets and are loaded when one of these is called.
The import goes by name, since the notebook layer builds on this API.
"""

import importlib
from typing import Any

__all__ = ["creation_flow", "submission_flow", "trace"]


def creation_flow(actor: Any, *, events: Any = None) -> Any:
    """Show how an actor was created: registration, scheduling, buffering, notification.

    The messages that were sent are arrows between driver, GCS, raylet and worker, with their times
    and sizes; calls that were made too early wait in a queue. It can be played, slowed down and
    gone through step by step, in the browser alone. In a terminal it is a numbered list.

    Args:
        actor: its handle, its name, its class or the beginning of its id.
        events: what ``raylite.load_events`` has read, to look into a session that is long over;
            None: the session there is.

    Returns:
        What the notebook shows at the end of a cell. Its ``svg()`` is the picture as text.

    Raises:
        TypeError: for anything else.
        ValueError: if no actor has that name, class or id.
    """
    return importlib.import_module("raylite.notebook.flow.flow").creation_flow(actor, events)


def submission_flow(calls: Any, *, last: int = 20, events: Any = None) -> Any:
    """Show how calls go from their submitters to an actor and back.

    Each call is a token that waits in its submitter's queue, travels, waits in the actor's mailbox,
    runs, and is answered. It can be played as :func:`creation_flow` can.

    Args:
        calls: an actor's handle, name, class or id: its newest calls; or an ObjectRef or several:
            the calls that give them their values.
        last: how many of an actor's calls, 1 to 250.
        events: as for :func:`creation_flow`.

    Returns:
        What the notebook shows at the end of a cell. Its ``svg()`` is the picture as text.

    Raises:
        TypeError: for anything else.
        ValueError: if no actor has that name, class or id, or for another ``last``.
    """
    return importlib.import_module("raylite.notebook.flow.flow").submission_flow(
        calls, last, events
    )


def trace() -> Any:
    """Record what a block does; the plain form of the magic ``%%trace``.

    ``with raylite.trace() as t: ...`` notes when the block began and when it ended, and waits at
    its end for four seconds at most until all processes have told of its calls. ``t`` at the end of
    a cell shows all there is to see; ``print(t)`` says it; ``t.creation_flows()``, ``t.flow()`` and
    ``t.timeline()`` are its parts. What the block raises, it raises.

    Returns:
        The trace, to be used with ``with``.
    """
    return importlib.import_module("raylite.notebook.flow.trace").Trace()
