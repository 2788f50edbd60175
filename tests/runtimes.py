"""A runtime that many drivers share, started as ``raylite start`` does, and ended with its test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

import raylite
from raylite.engines import local_runtime
from tests.drivers import driver, is_alive

LAB = 'ray.init(address="auto", namespace="lab")\n'
"""How a driver's script begins that shares a namespace with others."""


def run(script: str, folder: Path) -> list[str]:
    """What a driver prints that runs to its end."""
    folder.mkdir(exist_ok=True)
    with driver(script, folder) as running:
        assert running.wait() == 0, "".join(running.seen)
        return running.seen


class _Greeter:
    def hi(self):
        return "hi"


Greeter: Any = raylite.remote(num_cpus=0)(_Greeter)


class SharedRuntime:
    """A running one, as its test sees it."""

    def __init__(self, runtime: local_runtime.Runtime) -> None:
        self.address = runtime.address
        self.head = psutil.Process(runtime.pid)

    def look(self) -> dict:
        """Its tables, as ``raylite status`` sees them."""
        found = local_runtime.find(self.address)
        assert found is not None
        return local_runtime.look(found)

    def files(self) -> set[Path]:
        """What lies in its folders."""
        found = local_runtime.find(self.address)
        assert found is not None
        return {
            path
            for folder in (found.session.folder, found.session.shm_folder)
            for path in Path(folder).iterdir()
        }

    def living_actors(self) -> set[str]:
        """The names of the actors that live, or the classes of those without a name."""
        rows = self.look()["actors"]
        return {row["name"] or row["class_name"] for row in rows if row["state"] != "DEAD"}

    def num_drivers(self) -> int:
        """How many drivers there are."""
        return sum(row["end_s"] is None for row in self.look()["jobs"])

    def workers(self) -> set[psutil.Process]:
        """Its living worker processes."""
        below = [process for child in self.head.children() for process in child.children()]
        return {process for process in below if is_alive(process)}


@contextmanager
def shared_runtime(num_cpus: int = 2, **resources: float) -> Iterator[SharedRuntime]:
    """A runtime, ended with the block."""
    runtime = local_runtime.start(num_cpus, 0, resources)
    try:
        yield SharedRuntime(runtime)
    finally:
        found = local_runtime.find(runtime.address)
        if found is not None:
            assert local_runtime.end(found, force=False)
