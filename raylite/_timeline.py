"""``ray.timeline``: what ran where and when.

In Ray: ``timeline`` in ``python/ray/_private/state.py``.
"""

import importlib
import os
from typing import Any

from raylite import _engine

__all__ = ["timeline"]


def timeline(filename: Any = None) -> list[dict[str, Any]] | None:
    """What the session's processes did, as events for chrome://tracing or ui.perfetto.dev.

    Of tasks and calls the newest 100,000 are shown; with the environment variable
    ``RAYLITE_TASK_EVENTS=0`` at the beginning of the session none, and a warning says so.

    Args:
        filename: a file to write; open it in one of the two. Its groups and rows are numbers, which
            have names. None: nothing is written.

    Returns:
        The events; None if a file was written.

    Raises:
        RuntimeError: if there is no session.
        TypeError: if ``filename`` is no name.
        OSError: if the file cannot be written.
    """
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        msg = "There is no session, so there is no timeline. Call raylite.init() first."
        raise RuntimeError(msg)
    if filename is not None and not isinstance(filename, str | os.PathLike):
        msg = f"timeline(filename={filename!r}): this has to be the name of a file, or None."
        raise TypeError(msg)
    trace = importlib.import_module("raylite._trace")  # Few programs ask for it.
    events: list[dict[str, Any]] = trace.trace_of(engine)
    if filename is None:
        return events
    trace_format = importlib.import_module("raylite._trace_format")
    text = importlib.import_module("json").dumps(trace_format.with_numbers(events))
    with open(filename, "w", encoding="utf-8") as file:  # noqa: PTH123  # Whatever open() takes.
        file.write(text)
    return None
