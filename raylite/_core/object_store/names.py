"""What a file of the object store is called: who owns it, who has written it, and a number.

In Ray: ``ObjectID``, which plasma's table finds the object by. Here a name says what a process that
cleans up has to know: what a dead process owned begins with its id, and what it wrote for others
has its id in the middle. A name is given once and never again, so a name that is there means what
it has always meant.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from raylite._core.common.ids import WorkerID

__all__ = [
    "LEDGER",
    "file_name",
    "object_files",
    "remove_files_of",
    "short",
    "total_bytes",
    "writer_of",
]

LEDGER: Final = "object-store-ledger"
"""The file in which the session counts what its objects take, where there is a limit."""
_ID_CHARS: Final = 12
_NUM_PARTS: Final = 3


def short(worker_id: str) -> str:
    """The digits of a process's id that stand in the names of its files."""
    return worker_id[:_ID_CHARS]


def file_name(owner: str, writer: str, number: int) -> str:
    """A name.

    Args:
        owner: the short id of the process that decides how long the file is there.
        writer: the short id of the process that fills it.
        number: never given twice by this writer.
    """
    return f"{owner}-{writer}-{number:x}"


def writer_of(path: str) -> str:
    """The short id of the process that has written a file."""
    return path.rpartition("/")[2].split("-")[1]


def object_files(folders: Iterable[str], owner: str = "") -> Iterator[os.DirEntry[str]]:
    """The object store's files in some folders; a folder that is gone has none.

    Args:
        folders: each is looked into once.
        owner: the short id of the process that owns them; empty: any.
    """
    for folder in set(folders):
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            parts = entry.name.split("-")
            is_object = len(parts) == _NUM_PARTS and len(parts[0]) == _ID_CHARS == len(parts[1])
            if is_object and owner in {"", parts[0]}:
                yield entry


def total_bytes(folders: Iterable[str]) -> int:
    """The truth: how much the object files in some folders take."""
    total = 0
    for entry in object_files(folders):
        try:
            total += entry.stat().st_size
        except OSError:  # It went meanwhile.
            continue
    return total


def remove_files_of(owner_id: WorkerID, folders: Iterable[str]) -> None:
    """Remove what a process owned that has ended, however it ended."""
    for entry in object_files(folders, short(owner_id)):
        Path(entry.path).unlink(missing_ok=True)
