"""Tagged lines, as they come from Ray's log files, sorted by who printed them. Pure.

In Ray: ``process_tqdm`` and ``print_worker_logs`` in ``python/ray/_private/worker.py``.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from raylite._core.common.bars import BarState, BarsTold
from raylite._core.common.ids import WorkerID
from raylite._core.common.record import Record
from raylite._core.common.worker_output import MARK, OutputLines, shown_name

__all__ = ["BARS", "Printed", "Source", "last_number", "parsed", "shown", "source_of"]

BARS: Final = "="
_TASK_DIGITS: Final = 48
_NO_WORKER: Final = WorkerID("")


Source: TypeAlias = tuple[str, int, str]
"""The machine, empty for the driver's own; the process; ``stdout`` or ``stderr``."""


class Printed(Record):
    """Lines in a row that one task has printed, or what it tells of its progress bars."""

    task_id: str
    """Empty: printed past Python, as by a child process or by Ray."""
    pid: int
    who: str
    stream: str
    lines: tuple[str, ...] = ()
    bars: BarsTold | None = None


def source_of(told: Mapping[str, Any]) -> Source:
    """Where it was printed."""
    is_here = not told.get("ip") or told.get("ip") == told.get("localhost")
    pid = int(told["pid"]) if str(told.get("pid", "")).isdigit() else 0
    return "" if is_here else str(told["ip"]), pid, "stderr" if told.get("is_err") else "stdout"


def parsed(told: Mapping[str, Any], after: int = 0) -> tuple[list[Printed], int]:
    """What Ray's log monitor has read in a file.

    Args:
        told: its message.
        after: the number of the last line that has come from there: on a machine with two nodes
            each has a log monitor, and both read all files.

    Returns:
        Who has printed what, in order, and the number of the last tagged line.
    """
    machine, pid, stream = source_of(told)
    who = str(told.get("actor_name") or told.get("task_name") or "")
    if machine:
        who = f"{who or 'worker'} ip={machine}"
    found: list[Printed] = []
    is_old = False
    for line in told.get("lines") or ():
        (task_id, number), text = _split(str(line))
        is_old = number <= after if number else is_old
        after = max(number, after)
        if is_old:
            continue
        if number and text.startswith(f"{MARK}{BARS}"):
            found += _bars(task_id, pid, who, stream, text[2:])
        elif found and found[-1].task_id == task_id and found[-1].bars is None:
            found[-1] = found[-1].replaced(lines=(*found[-1].lines, text))
        else:
            found.append(Printed(task_id=task_id, pid=pid, who=who, stream=stream, lines=(text,)))
    return found, after


def _split(line: str) -> tuple[tuple[str, int], str]:
    """The task and the number of a line, and its text."""
    if not line.startswith(MARK):
        return ("", 0), line
    tag, mark, text = line[1:].partition(MARK)
    try:
        if mark:
            return (tag[:_TASK_DIGITS], int(tag[_TASK_DIGITS:], 16)), text
    except ValueError:  # Somebody has printed a separator past Python.
        pass
    return ("", 0), line


def _bars(task_id: str, pid: int, who: str, stream: str, text: str) -> Iterator[Printed]:
    try:
        told = json.loads(text)
        bars = tuple(BarState(**bar) for bar in told["bars"])
        news = BarsTold(worker_id=WorkerID(told["worker_id"]), pid=int(told["pid"]), bars=bars)
    except (ValueError, TypeError, KeyError):  # Ray has cut the line.
        return
    yield Printed(task_id=task_id, pid=pid, who=who, stream=stream, bars=news)


def shown(printed: Printed, origin: int) -> OutputLines:
    """The same, as it is shown.

    Args:
        printed: by whom.
        origin: the cell that has caused it; 0: not known.
    """
    return OutputLines(
        worker_id=_NO_WORKER,
        pid=printed.pid,
        stream=printed.stream,
        lines=list(printed.lines),
        prefix=shown_name(printed.who),
        origin=origin,
    )


def last_number(tail: str) -> int:
    """The number of the last tagged line in the end of a log file; 0: there is none."""
    for line in reversed(tail.split("\n")[:-1]):
        (_, number), _text = _split(line)
        if number:
            return number
    return 0
