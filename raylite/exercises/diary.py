"""What a student has done so far: a small file beside the notebooks, and nothing anywhere else.

In Ray: nothing like it. The file is ``.raylite-course.json`` in the current folder, which for a
notebook is its own. It counts, for each exercise, the checks and the hints, and says whether it is
done. The environment variable ``RAYLITE_COURSE_FILE`` names another file; empty, it means none.

Several notebooks write to it at once: each reads it, changes its own entry and puts the new file in
the place of the old one, while it holds a lock on the folder. So no entry is lost, and whoever
reads sees a whole file. What cannot be read is left as it is, for it may be somebody's work.
"""

import contextlib
import errno
import importlib
import json
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

__all__ = ["Entry", "NotKeptError", "entries", "note", "place"]

fcntl: Any = None
"""Not there on Windows, nor in a browser: then two notebooks at once may lose a count."""
with contextlib.suppress(ImportError):
    fcntl = importlib.import_module("fcntl")
_NAME: Final = ".raylite-course.json"
_MAX_SIZE: Final = 1_000_000
"""In bytes; an entry has about a hundred."""
_ELSEWHERE: Final = "RAYLITE_COURSE_FILE"
_PATIENCE_S: Final = 1.0
"""How long a notebook waits for another one; a folder on a network may give no lock at all."""
_POLL_S: Final = 0.01
_BROKEN: Final = (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What comes of a file that cannot be used, or that holds something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one exercise."""

    num_checks: int = 0
    num_hints: int = 0
    """The number of the last hint that was read, of the first ones if they were read in order."""
    saw_solution: bool = False
    """Whether the solution was opened before the checks were passed."""
    is_done: bool = False


class NotKeptError(Exception):
    """The file cannot be read or written; the message says why, and what to do."""


def place() -> Path | None:
    """Where the file is, or would be; None if there is to be none.

    Raises:
        FileNotFoundError: if the current folder was removed.
    """
    named = os.environ.get(_ELSEWHERE)
    if named is None:
        return Path.cwd() / _NAME
    return Path(named).absolute() if named else None


def entries() -> dict[str, Entry]:
    """What is known, by the names of the exercises; empty before the first check.

    Raises:
        NotKeptError: if there is a file that cannot be read.
    """
    try:
        path = place()
        return {name: _entry(raw) for name, raw in _read(path).items()} if path else {}
    except _BROKEN as error:
        raise _not_kept(error) from None


def note(
    name: str,
    *,
    checks: int = 0,
    num_hints: int = 0,
    saw_solution: bool = False,
    is_done: bool = False,
) -> None:
    """Add to what is known of one exercise. What it has reached stays: it is never less.

    Args:
        name: the exercise's.
        checks: how many more there were.
        num_hints: the number of a hint that was read.
        saw_solution: whether the solution was opened.
        is_done: whether all its checks were passed.

    Raises:
        NotKeptError: if it cannot be kept.
    """
    try:
        path = place()
        if path is None:
            return
        with _alone(path.parent):
            known = _read(path)
            old = _entry(known.get(name, {}))
            new = replace(
                old,
                num_checks=old.num_checks + checks,
                num_hints=max(old.num_hints, num_hints),
                saw_solution=old.saw_solution or (saw_solution and not old.is_done),
                is_done=old.is_done or is_done,
            )
            if new != old:
                _write(path, {**known, name: asdict(new)})
    except _BROKEN as error:
        raise _not_kept(error) from None


def _read(path: Path) -> dict[str, Any]:
    """The raw entries. Those of other versions, for exercises unknown here, stay in the file."""
    try:
        there = path.stat()
        if there.st_size > _MAX_SIZE or stat.S_ISFIFO(there.st_mode) or stat.S_ISCHR(there.st_mode):
            msg = "this cannot be the diary, and reading it may have no end"
            raise ValueError(msg)
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    found: dict[str, Any] = json.loads(text)["exercises"]
    for raw in found.values():
        _entry(raw)
    return found


def _entry(raw: Any) -> Entry:
    fields = {name: raw.get(name, default) for name, default in asdict(Entry()).items()}
    for name, default in asdict(Entry()).items():
        if type(fields[name]) is not type(default) or fields[name] < 0:
            msg = f"{name} is {fields[name]!r}"
            raise ValueError(msg)
    return Entry(**fields)


def _write(path: Path, known: dict[str, Any]) -> None:
    text = json.dumps({"exercises": known}, indent=1)
    if path.exists() and not os.access(path, os.W_OK):
        # It could be replaced all the same, but somebody has meant it to stay.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".new", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder, which the kernel drops with the process."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        until_s = time.monotonic() + _PATIENCE_S
        while not _is_locked(handle) and time.monotonic() < until_s:
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(handle)


def _is_locked(handle: int) -> bool:
    """Whether nobody else has it, or there is no such lock here."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _not_kept(error: Exception) -> NotKeptError:
    match error:
        case FileNotFoundError():
            what = "the folder of its file is gone."
        case OSError():
            what = f"{place()} cannot be used: {error.strerror or type(error).__name__}."
        case _:
            what = f"{place()} is damaged. Remove or rename it, and the count begins anew."
    return NotKeptError(f"Your progress is not kept, since {what} The checks work as before.")
