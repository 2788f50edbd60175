"""What workers print and display, as it travels to the driver.

In Ray: the log records of ``python/ray/_private/log_monitor.py``, which know neither the call nor
anything but text.
"""

from typing import Any, Final

from raylite._core.common.ids import WorkerID
from raylite._core.common.record import Record

__all__ = [
    "LINE_CHARS",
    "MARK",
    "PICTURE",
    "OutputLines",
    "Picture",
    "shown_name",
    "unpacked",
    "without_rest",
]

MARK: Final = "\x1e"
"""Begins a marker line in a worker's pipe: ASCII's record separator, which nobody prints."""

PICTURE: Final = "\x1d"
"""Follows it where what was displayed is in the line: ASCII's group separator."""

LINE_CHARS: Final = 100_000
"""So much of a line is kept; of what is longer it is said how much is left out."""


_NAME_CHARS: Final = 60
_SENTENCE_CHARS: Final = 100
"""So much longer is a line that was shortened before."""


class OutputLines(Record):
    """What a worker printed."""

    worker_id: WorkerID
    pid: int
    stream: str
    """``stdout`` or ``stderr``."""
    lines: list[str]
    prefix: str = ""
    """Who printed it: the actor's class or repr, or the function's name."""
    origin: int = 0
    """The cell that has caused the call which printed it; 0: none."""
    left_out: int = 0
    """So many lines before these were too many for whoever was to take them."""


class Picture(Record):
    """What a worker displayed, which is more than text."""

    worker_id: WorkerID
    pid: int
    bundle: str
    """JSON: ``data`` and ``metadata`` by MIME type, ``transient``, and ``what`` it is."""
    prefix: str = ""
    """Who displayed it."""
    origin: int = 0
    """The cell that has caused the call which displayed it; 0: none."""


def unpacked(picture: Picture) -> dict[str, Any]:
    """What was displayed: ``data`` and ``metadata`` by MIME type, ``transient``, ``what``."""
    import json  # noqa: PLC0415  # Most processes never do this.

    try:
        found = json.loads(picture.bundle)
        return {"metadata": {}, "transient": {}, **found, "data": dict(found["data"])}
    except (ValueError, TypeError, KeyError):  # Somebody has printed a separator.
        return {"data": {"text/plain": "?"}, "metadata": {}, "transient": {}}


def shown_name(name: str) -> str:
    """A name in one short line, with nothing in it that a terminal would obey."""
    if len(name) <= _NAME_CHARS and name.isprintable():
        return name
    line = name.strip().partition("\n")[0]
    line = "".join(char if char.isprintable() else "?" for char in line[: _NAME_CHARS + 1])
    return line if len(line) <= _NAME_CHARS else f"{line[: _NAME_CHARS - 3]}..."


def without_rest(line: str, left_out: int = 0) -> str:
    """A line of at most ``LINE_CHARS``, and what is said of the rest.

    Args:
        line: its beginning, or all of it.
        left_out: how many characters of it were left out before.
    """
    if not left_out and len(line) <= LINE_CHARS + _SENTENCE_CHARS:
        return line
    left_out += max(0, len(line) - LINE_CHARS)
    return f"{line[:LINE_CHARS]} ... ({left_out:,} more characters of this line are left out)"
