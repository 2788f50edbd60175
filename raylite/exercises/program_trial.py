"""Runs a student's program: in a process of its own, with a time limit, and however much it prints.

In Ray: nothing like it. The session that the program starts ends with it; so do processes that it
has started otherwise.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from raylite.exercises.trial import NotYet

__all__ = ["Run", "ran"]

# In a process of its own: what `python -m raylite PROGRAM` does, and a note of what there was.
_RUNNER: Final = """\
import json, sys
from pathlib import Path
import raylite
from raylite.__main__ import main
from raylite.util.state import list_actors, list_tasks

program, record = sys.argv[1:]
end = raylite.shutdown

def shutdown(*args, **kwargs):
    if raylite.is_initialized():
        actors = [actor.class_name for actor in list_actors(limit=10_000)]
        tasks = [task.type for task in list_tasks(limit=10_000)]
        Path(record).write_text(json.dumps({"actors": actors, "tasks": tasks}))
    end(*args, **kwargs)

raylite.shutdown = shutdown
main([program])
shutdown()
"""
_KEPT_BYTES: Final = 20_000
"""Of what it prints only the end counts; a program that never stops printing fills no memory."""
_CHUNK_BYTES: Final = 1 << 16
_PATIENCE_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What came of a program."""

    code: int
    printed: str
    """The end of it."""
    complaint: str
    """The last line on stderr."""
    num_actors: int
    num_tasks: int


class _End:
    """Reads what a process writes, and keeps the end of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._kept = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def text(self) -> str:
        """What was kept, when the last writer has closed it; who hides from us may hold it open."""
        self._thread.join(_PATIENCE_S)
        return self._kept.decode(errors="replace").strip()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # Closed, when nobody waits any more.
            while chunk := os.read(self._stream.fileno(), _CHUNK_BYTES):
                self._kept = (self._kept + chunk)[-_KEPT_BYTES:]


def ran(source: str, limit_s: float) -> Run:
    """What comes of a program.

    Args:
        source: its text.
        limit_s: seconds it may take.

    Raises:
        NotYet: if it takes longer.
    """
    with tempfile.TemporaryDirectory(prefix="raylite-exercise-") as folder:
        program, record = Path(folder) / "ported.py", Path(folder) / "record.json"
        program.write_text(source, encoding="utf-8")
        code, printed, complaint = _outcome(
            [sys.executable, "-c", _RUNNER, str(program), str(record)], limit_s
        )
        seen = json.loads(record.read_text()) if record.exists() else {"actors": [], "tasks": []}
    return Run(
        code=code,
        printed=printed,
        complaint=(complaint.splitlines() or [""])[-1],
        num_actors=len(seen["actors"]),
        num_tasks=seen["tasks"].count("NORMAL_TASK"),
    )


def _outcome(command: list[str], limit_s: float) -> tuple[int, str, str]:
    """The code a command ends with, and the ends of what it has written to stdout and stderr."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        printed, complaint = _End(process.stdout), _End(process.stderr)
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            came = f"the program was not done within {limit_s:g} s, and was ended"
            advice = "It waits for something that never comes, or goes round for ever."
            raise NotYet(came=came, advice=advice, is_final=True) from None
        finally:
            # With it what it has started itself, which could hold on to what is read here.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        return code, printed.text(), complaint.text()
