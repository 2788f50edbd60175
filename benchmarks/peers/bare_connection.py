"""What two Python processes can reach at best: tuples over a bare multiprocessing connection.

Run as ``python -m benchmarks.peers.bare_connection SECONDS [--one-cpu]``. The tuple is shaped like
a call; the other side unpacks it, calls a method by name and answers. No ownership, no errors, no
events.
"""

import json
import multiprocessing as mp
import secrets
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from benchmarks.workloads import BATCH, ON_ONE_CPU, pin_to_one_cpu, rates

WINDOW = 50
"""Calls under way at once. More could fill both sockets' buffers and stop both sides for good."""
AUTHKEY = secrets.token_bytes(16)


class _Echo:
    def echo(self, value: int) -> int:
        return value


def serve(address: str, authkey: bytes) -> None:
    """Answer calls until the caller hangs up."""
    target = _Echo()
    with Client(address, "AF_UNIX", authkey=authkey) as connection:
        while True:
            try:
                task_id, _actor_id, method, args, kwargs = connection.recv()
            except EOFError:
                return
            connection.send((task_id, "FINISHED", getattr(target, method)(*args, **kwargs)))


def _call(number: int) -> tuple[str, str, str, tuple[int], dict[str, int]]:
    return (f"{number:016x}", "0123456789abcdef", "echo", (number,), {})


def _windows(connections: list[Connection]) -> int:
    for start in range(0, BATCH, WINDOW):
        for connection in connections:
            for number in range(start, start + WINDOW):
                connection.send(_call(number))
        for connection in connections:
            for _ in range(WINDOW):
                connection.recv()
    return BATCH * len(connections)


def _steps(connections: list[Connection]) -> dict[str, Callable[[], int]]:
    first = connections[0]

    def one_by_one() -> int:
        first.send(_call(1))
        first.recv()
        return 1

    return {
        "actor_calls_one_by_one": one_by_one,
        "actor_calls_pipelined": lambda: _windows([first]),
        "driver_to_4_actors": lambda: _windows(connections),
    }


def main(seconds: float, *, one_cpu: bool) -> None:
    """Measure with one and with four servers, or with one on one CPU, in windows of ``seconds``."""
    if one_cpu:
        pin_to_one_cpu()
    figures: dict[str, list[float]] = {}
    context = mp.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        address = str(Path(folder) / "bare")
        with Listener(address, "AF_UNIX", authkey=AUTHKEY) as listener:
            connections: list[Connection] = []
            servers = []
            for _ in range(4):
                server = context.Process(target=serve, args=(address, AUTHKEY))
                server.start()
                servers.append(server)
                connections.append(listener.accept())
            for key, step in _steps(connections).items():
                if not one_cpu:
                    figures[key] = rates(step, seconds)
                elif key in ON_ONE_CPU:
                    figures[f"{key}_on_one_cpu"] = rates(step, seconds)
            for connection in connections:
                connection.close()
            for server in servers:
                server.join()
    print(json.dumps(figures))


if __name__ == "__main__":
    main(float(sys.argv[1]), one_cpu="--one-cpu" in sys.argv)
