"""The event log of a session in a file, to be looked at when the session is long over.

In Ray: the files of its export API, ``python/ray/_private/event/export_event_logger.py``.

A file is text: a line of JSON that says what it is, and a line for each event. It is read without
running anything that is in it, so a log that somebody else has sent does no harm.
"""

import gzip
import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any, Final

from raylite import _engine
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import Event
from raylite._core.common.record import Record
from raylite._core.common.version import __version__
from raylite._event_json import event_of, json_of

__all__ = ["SavedEvents", "load_events", "save_events"]

FORMAT: Final = 1
_FORMAT_KEY: Final = "raylite_events"
_GZIP: Final = b"\x1f\x8b"
_LEVEL: Final = 6
"""Of compression: three times as fast as the best one, and as small but for a tenth."""


class SavedEvents(Record):
    """What a session has left in a file."""

    events: list[Event]
    """Oldest first, calls that ended among them. ``at_s`` is in seconds since the session began."""
    began_unix_s: float
    """When the session began, in seconds since 1970."""
    saved_at_s: float
    """When the file was written, in seconds since the session began."""
    raylite_version: str
    dropped: int
    """How many events the session had kept no longer."""

    def batch(self) -> EventBatch:
        """The same as a subscriber to a session's events gets it."""
        return EventBatch(events=tuple(self.events), dropped=self.dropped)

    def __repr__(self) -> str:
        return f"SavedEvents({len(self.events):,} events in {self.saved_at_s:.1f} s)"


def save_events(path: str | os.PathLike[str]) -> int:
    """Write all that the session's event log keeps to a file.

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
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        msg = "There is no session, so there are no events to save. Call raylite.init() first."
        raise RuntimeError(msg)
    target = _checked("save_events", path)
    engine.report("calls")  # So that every process has told of the calls that have ended.
    session, history = engine.state("session")[0], engine.history()
    header = {
        _FORMAT_KEY: FORMAT,
        "raylite_version": __version__,
        "began_unix_s": session["began_unix_s"],
        "saved_at_s": max(0.0, time.time() - session["began_unix_s"]),
        "dropped": history.dropped,
    }
    events = history.all_events()
    _write(target, header, events)
    return len(events)


def load_events(path: str | os.PathLike[str]) -> SavedEvents:
    """Read what :func:`save_events` has written.

    Args:
        path: the file.

    Raises:
        TypeError: if ``path`` is no path.
        ValueError: if it is no such file, or something in it is wrong; it says in which line.
        OSError: if it cannot be read.
    """
    source = _checked("load_events", path)
    with _opened(source) as file:
        lines = _lines(source, file)
        header = _header(source, next(lines, None))
        return SavedEvents(events=list(_events(source, lines)), **header)


def _checked(function: str, path: Any) -> Path:
    if not isinstance(path, str | os.PathLike):
        msg = f"{function}({path!r}): this has to be the name of a file, such as 'events.jsonl'."
        raise TypeError(msg)
    return Path(path)


def _write(target: Path, header: dict[str, Any], events: Iterable[Event]) -> None:
    with target.open("wb") as raw:
        is_packed = target.name.endswith(".gz")
        with gzip.GzipFile("", "wb", _LEVEL, raw) if is_packed else nullcontext(raw) as file:
            file.write(_line(header))
            file.writelines(_line(json_of(event)) for event in events)


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _opened(source: Path) -> IO[bytes]:
    with source.open("rb") as file:
        is_packed = file.read(len(_GZIP)) == _GZIP
    return gzip.open(source) if is_packed else source.open("rb")  # type: ignore[return-value]  # It is used as one.


def _lines(source: Path, file: IO[bytes]) -> Iterator[tuple[int, Any]]:
    """The lines by number, from 1, as what the JSON in them says."""
    number = 1
    try:
        for number, line in enumerate(file, start=1):
            yield number, json.loads(line, parse_constant=_no_number)
    except EOFError:
        msg = f"{source}, line {number}: the file ends in the middle; was it copied completely?"
        raise ValueError(msg) from None
    except (ValueError, RecursionError, gzip.BadGzipFile) as error:
        msg = f"{source}, line {number}: this is no JSON: {error}."
        raise ValueError(msg) from None


def _no_number(name: str) -> Any:
    msg = f"{name} is no number in JSON"
    raise ValueError(msg)


def _header(source: Path, first: tuple[int, Any] | None) -> dict[str, Any]:
    values = first[1] if first is not None else None
    if not isinstance(values, dict) or not isinstance(values.get(_FORMAT_KEY), int):
        msg = (
            f"{source} is no event log of raylite's: its first line has to be an object with the "
            f'key "{_FORMAT_KEY}". raylite.save_events(path) writes such files.'
        )
        raise ValueError(msg)  # noqa: TRY004  # What is in the file is wrong, not the call.
    if values[_FORMAT_KEY] != FORMAT:
        msg = (
            f"{source} has format {values[_FORMAT_KEY]}, and this is raylite {__version__}, which "
            f"reads format {FORMAT}. Load it with raylite {values.get('raylite_version', '?')}."
        )
        raise ValueError(msg)
    kinds = {"began_unix_s": float, "saved_at_s": float, "raylite_version": str, "dropped": int}
    for name, kind in kinds.items():
        if not isinstance(values.get(name), (kind, int) if kind is float else kind):
            msg = f'{source}, line 1: "{name}" has to be of type {kind.__name__}.'
            raise ValueError(msg)  # noqa: TRY004  # What is in the file is wrong, not the call.
    return {name: values[name] for name in kinds}


def _events(source: Path, lines: Iterator[tuple[int, Any]]) -> Iterator[Event]:
    for number, values in lines:
        try:
            yield event_of(values)
        except ValueError as error:
            msg = f"{source}, line {number}: {error}."
            raise ValueError(msg) from None
