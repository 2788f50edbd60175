"""What two Python processes can reach at best: tuples over a bare multiprocessing connection.

The tuple is shaped like a call; the other side unpacks it, calls a method by name and answers. No
ownership, no errors, no events. For large values it is one copy in memory.
"""

import multiprocessing as mp
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Client, Connection, Listener
from multiprocessing.context import SpawnProcess
from pathlib import Path

from benchmarks.windows import BATCH, GIGABYTE, Once, Options, Steps

WINDOW = 50
"""Calls under way at once. More could fill both sockets' buffers and stop both sides for good."""
ACTORS_MADE = 4


class _Target:
    """What is called in the other process."""

    _large = b""

    def echo(self, value: int) -> int:
        return value

    def give(self, size: int) -> bytes:
        if len(self._large) != size:
            self._large = b"\x01" * size
        return self._large

    def drive(self, address: str, authkey: bytes, seconds: float) -> int:
        """Call whoever listens at the address for so long; returns the number of calls."""
        calls = 0
        with Client(address, "AF_UNIX", authkey=authkey) as connection:
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                calls += _windows([connection])
        return calls


def serve(address: str, authkey: bytes) -> None:
    """Answer calls until the caller hangs up."""
    target = _Target()
    with Client(address, "AF_UNIX", authkey=authkey) as connection:
        _answer(connection, target)


def listen(address: str, authkey: bytes) -> None:
    """Answer whoever comes, one after another."""
    with Listener(address, "AF_UNIX", authkey=authkey) as listener:
        while True:
            with listener.accept() as connection:
                _answer(connection, _Target())


def _answer(connection: Connection, target: _Target) -> None:
    while True:
        try:
            task_id, _actor_id, method, args, kwargs = connection.recv()
        except EOFError:
            return
        connection.send((task_id, "FINISHED", getattr(target, method)(*args, **kwargs)))


class Servers:
    """Processes that answer, and a place where they find us."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.context = mp.get_context("spawn")
        self.authkey = secrets.token_bytes(16)
        self.address = str(folder / "bare")
        self.listener = Listener(self.address, "AF_UNIX", authkey=self.authkey)
        self.connections: list[Connection] = []
        self.started: list[SpawnProcess] = []

    def start(self) -> Connection:
        """Start a process; returns the connection to it."""
        process = self.context.Process(target=serve, args=(self.address, self.authkey))
        process.start()
        self.started.append(process)
        self.connections.append(self.listener.accept())
        return self.connections[-1]

    def start_listening(self, name: str) -> str:
        """Start a process that others may call; returns its address."""
        address = str(self.folder / name)
        process = self.context.Process(target=listen, args=(address, self.authkey), daemon=True)
        process.start()
        while not Path(address).exists():
            time.sleep(0.01)
        return address

    def end(self) -> None:
        """Hang up, and wait for the processes."""
        self.listener.close()
        for connection in self.connections:
            connection.close()
        for process in self.started:
            process.join()


@contextmanager
def session(_options: Options) -> Iterator[Servers]:
    """A listener, and no process yet."""
    with tempfile.TemporaryDirectory() as folder:
        servers = Servers(Path(folder))
        try:
            yield servers
        finally:
            servers.end()


def first(servers: Servers) -> object:
    """A process that has answered."""
    return further(servers, 1)


def further(servers: Servers, number: int) -> object:
    """So many processes that have answered."""
    started = [servers.start() for _ in range(number)]
    for connection in started:
        _ask(connection, "echo", 1)
    return started


def _ask(connection: Connection, method: str, *arguments: object) -> object:
    connection.send(("0123456789abcdef", "0123456789abcdef", method, arguments, {}))
    return connection.recv()[2]


def _call(number: int) -> tuple[str, str, str, tuple[int], dict[str, int]]:
    return (f"{number:016x}", "0123456789abcdef", "echo", (number,), {})


def _windows(connections: list[Connection]) -> int:
    """A batch of calls, spread over the connections."""
    for start in range(0, BATCH, WINDOW * len(connections)):
        numbers = range(start, min(start + WINDOW * len(connections), BATCH))
        for number in numbers:
            connections[number % len(connections)].send(_call(number))
        for number in numbers:
            connections[number % len(connections)].recv()
    return BATCH


def calls(servers: Servers, options: Options) -> Steps:
    """Round trips, one after another and many at once."""
    connections = [servers.start() for _ in range(4)]
    one = connections[0]

    def one_by_one() -> float:
        one.send(_call(1))
        one.recv()
        return 1

    def between_workers() -> float:
        for caller, address in zip(connections[:2], addresses, strict=True):
            arguments = (address, servers.authkey, options.window_s)
            caller.send(("0123456789abcdef", "0123456789abcdef", "drive", arguments, {}))
        return float(sum(caller.recv()[2] for caller in connections[:2]))

    addresses = (
        [servers.start_listening(f"bare-{number}") for number in range(2)]
        if "worker_to_worker" in options.rows
        else []
    )
    return {
        "actor_calls_one_by_one": one_by_one,
        "actor_calls_pipelined": lambda: _windows([one]),
        "driver_to_4_actors": lambda: _windows(connections),
        "worker_to_worker": between_workers,
    }


def objects(servers: Servers, options: Options) -> Steps:
    """One copy into memory that the process has not used yet; and bytes through the connection."""
    if not options.large_bytes:
        return {}
    source = memoryview(b"\x01" * options.large_bytes)
    server = servers.start()

    def copy() -> float:
        return len(bytes(source)) / GIGABYTE

    def give() -> float:
        value = _ask(server, "give", options.large_bytes // 4)
        assert isinstance(value, bytes)
        return len(value) / GIGABYTE

    return {"put_400_mb": copy, "return_100_mb": give}


def processes(servers: Servers, _options: Options) -> Steps:
    """Fresh interpreters started."""

    def one_by_one() -> list[float]:
        start = time.perf_counter()
        for _ in range(ACTORS_MADE):
            further(servers, 1)
        return [ACTORS_MADE / (time.perf_counter() - start)]

    return {"actors_one_by_one": Once(one_by_one)}
