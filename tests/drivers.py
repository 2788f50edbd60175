"""Programs of their own, to be interrupted and killed: a test cannot do that to itself.

A driver is a script that runs in another process. It and the test talk in lines: what the script
says is a word and a JSON value, and the test waits for the word.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.processes import describe, wait_until

ROOT = Path(__file__).parent.parent
GRACE_S = 2.0
"""How many seconds after its end a session may have processes and files."""
_ANSWER_S = 20.0

PRELUDE = """
import json, os, signal, subprocess, sys, threading, time
import raylite as ray

def say(word, value=None):
    sys.stdout.write(f"{word} {json.dumps(value)}\\n")
    sys.stdout.flush()

def wait_for_the_test():
    return sys.stdin.readline().strip()

@ray.remote(num_cpus=0, max_restarts=1)
class Counter:
    def __init__(self):
        self.count = 0
    def add(self):
        self.count += 1
        return self.count
    def pid(self):
        return os.getpid()
    def echo(self, value):
        return value
    def sleep(self, seconds):
        time.sleep(seconds)
        return self.count
    def start_child(self, **options):
        self.child = subprocess.Popen(["sleep", "600"], **options)
        return self.child.pid
    def be_busy_in_c(self):
        print("busy")
        return sum(range(10**12))

def session():
    from raylite import _engine
    engine = _engine.engine
    [fork_server] = [
        row["fork_server_pid"] for row in engine.state("statistics") if row["part"] == "worker_pool"
    ]
    folders = engine._begun.address
    return {
        "head": engine._begun.head_pid,
        "fork_server": fork_server,
        "folders": [folders.folder, folders.shm_folder],
    }
"""


class Session:
    """A session's processes and folders, as its driver named them while it lived."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.head = psutil.Process(facts["head"])
        self.fork_server = psutil.Process(facts["fork_server"])
        self.folders = [Path(folder) for folder in facts["folders"]]
        self.processes = {self.head, *self.head.children(recursive=True)}

    def alive(self) -> set[psutil.Process]:
        """Those of its processes that are still alive."""
        return {process for process in self.processes if is_alive(process)}

    def assert_gone(self) -> None:
        """Fail if, two seconds from now, a process of it is alive or a file of it is left."""
        assert_end(self.processes)
        try:
            wait_until(lambda: not self._files(), GRACE_S)
        except TimeoutError:
            raise AssertionError(f"still there: {self._files()}") from None

    def _files(self) -> list[str]:
        return [str(folder) for folder in self.folders if folder.exists()]


class Driver:
    """A script in a process, and in a process group, of its own.

    Args:
        script: follows :data:`PRELUDE`.
        folder: where the script's file is written.
    """

    def __init__(self, script: str, folder: Path) -> None:
        path = folder / "driver.py"
        path.write_text(PRELUDE + script)
        self.popen = subprocess.Popen(
            [sys.executable, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.seen: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def hear(self, word: str, timeout_s: float = _ANSWER_S) -> Any:
        """The value that the script says with a word; other lines before it are passed over."""
        while True:
            try:
                line = self._lines.get(timeout=timeout_s)
            except queue.Empty:
                line = None
            assert line is not None, f"{word!r} was not said:\n{''.join(self.seen)}"
            said, _, value = line.rstrip().partition(" ")
            if said == word:
                return json.loads(value)

    def hear_session(self) -> Session:
        """The session, which the script names with ``say("session", session())``."""
        return Session(self.hear("session"))

    def tell(self, line: str = "") -> None:
        """End a ``wait_for_the_test()`` of the script."""
        assert self.popen.stdin is not None
        self.popen.stdin.write(f"{line}\n")
        self.popen.stdin.flush()

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the driver alone."""
        self.popen.send_signal(number)

    def interrupt_group(self) -> None:
        """Send SIGINT to the driver's process group, as Jupyter's stop button does."""
        os.killpg(self.popen.pid, signal.SIGINT)

    def wait(self) -> int:
        """The exit code, once the script has ended and its output is closed."""
        code = self.popen.wait(_ANSWER_S)
        self._reader.join(_ANSWER_S)
        return code

    def close(self) -> None:
        """Kill what is left of the script, and close its pipes."""
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait(_ANSWER_S)
        self._reader.join(_ANSWER_S)
        for stream in (self.popen.stdin, self.popen.stdout):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.seen.append(line)
            self._lines.put(line)
        self._lines.put(None)


@contextmanager
def driver(script: str, folder: Path) -> Iterator[Driver]:
    """A running script, ended with the block."""
    running = Driver(script, folder)
    try:
        yield running
    finally:
        running.close()


def is_alive(process: psutil.Process) -> bool:
    """Whether a process runs, and is not just waiting to be collected."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def cpu_s(process: psutil.Process) -> float:
    """How many seconds a process has kept a core busy so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def assert_end(processes: set[psutil.Process]) -> None:
    """Fail if one of the processes is still alive two seconds from now."""
    try:
        wait_until(lambda: not any(map(is_alive, processes)), GRACE_S)
    except TimeoutError:
        left = {process for process in processes if is_alive(process)}
        raise AssertionError(f"still alive:\n{describe(left)}") from None
