"""How far the workers of this machine have written their log files.

In Ray: ``python/ray/_private/log_monitor.py``. What was printed before a value came may still be on
its way from file to driver; whoever shows it in order has to know what is still to come.
"""

import contextlib
import os
from typing import Final

from raylite.engines.ray.output_lines import Source, last_number

__all__ = ["LogFiles"]

_TAIL_BYTES: Final = 1 << 16
_ENDINGS: Final = {".out": "stdout", ".err": "stderr"}


class LogFiles:
    """The log files of one session.

    Args:
        folder: where they lie; one that is not there is that of another machine.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._seen: dict[str, tuple[int, int]] = {}
        """Size and last number of each file."""

    def written(self) -> dict[Source, int]:
        """The number of the last tagged line of each process and stream."""
        found: dict[Source, int] = {}
        with contextlib.suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                key = _who(entry.name)
                if key is not None:
                    number = self._number(entry)
                    if number:
                        found[key] = number
        return found

    def _number(self, entry: "os.DirEntry[str]") -> int:
        with contextlib.suppress(OSError):
            size = entry.stat().st_size
            before = self._seen.get(entry.name)
            if before is not None and before[0] == size:
                return before[1]
            with open(entry.path, "rb") as file:  # noqa: PTH123  # One of very many.
                file.seek(max(0, size - _TAIL_BYTES))
                tail = file.read(_TAIL_BYTES).decode("utf-8", "replace")
            number = last_number(tail) or (before[1] if before is not None else 0)
            self._seen[entry.name] = size, number
            return number
        return 0


def _who(name: str) -> Source | None:
    """Process and stream of ``worker-<id>-<job>-<pid>.out``."""
    stem, dot, ending = name.rpartition(".")
    ending = dot + ending
    if not stem.startswith("worker-") or ending not in _ENDINGS:
        return None
    pid = stem.rpartition("-")[2]
    return ("", int(pid), _ENDINGS[ending]) if pid.isdigit() else None
