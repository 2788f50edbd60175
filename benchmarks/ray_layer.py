"""What raylite costs on top of Ray: ``python -m benchmarks.ray_layer``.

The same programs run on Ray directly and through raylite's engine ``ray``, in one process, on one
Ray, in turns: both see the same machine at the same time. What counts is the ratio of the two times
of a turn; the median of all turns is shown, with the middle half of them. The CPU of the thread
that calls is compared likewise, since it says most on a machine that has other work as well.

It needs Ray. The table is written to ``docs/ray_layer.md``.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import ray

import raylite
from benchmarks.machine import machine_line

__all__ = ["main"]

_TURNS: Final = 15
_PAGE: Final = Path(__file__).parents[1] / "docs" / "ray_layer.md"
_GOAL: Final = 1.10


def _nothing() -> None:
    return None


class _Counter:
    def __init__(self) -> None:
        self.value = 0

    def add(self) -> int:
        self.value += 1
        return self.value


def _large() -> bytes:
    return bytes(8_000_000)


class Programs:
    """The programs on one of the two modules.

    Args:
        module: ``ray`` or ``raylite``.
    """

    def __init__(self, module: Any) -> None:
        self.module = module
        self.task = module.remote(_nothing)
        self.actor = module.remote(num_cpus=0)(_Counter).remote()
        self.large = module.put(_large())
        module.get([self.actor.add.remote(), self.task.remote()])

    def one_by_one(self) -> None:
        """Calls of an actor, each waited for."""
        for _ in range(200):
            self.module.get(self.actor.add.remote())

    def pipelined(self) -> None:
        """Calls of an actor, all waited for at the end."""
        self.module.get([self.actor.add.remote() for _ in range(1000)])

    def tasks(self) -> None:
        """Tasks, all waited for at the end."""
        self.module.get([self.task.remote() for _ in range(300)])

    def large_values(self) -> None:
        """A value of 8 MB that lies in the object store."""
        for _ in range(100):
            self.module.get(self.large)

    def puts(self) -> None:
        """Values of 100 KB put into it."""
        value = bytes(100_000)
        for _ in range(100):
            self.module.put(value)

    def waiting(self) -> None:
        """The first of those that are left, again and again."""
        left = [self.actor.add.remote() for _ in range(200)]
        while left:
            _, left = self.module.wait(left)


_SHOWN: Final[dict[str, tuple[str, int]]] = {
    "one_by_one": ("actor calls one by one", 200),
    "pipelined": ("actor calls, 1,000 at a time", 1000),
    "tasks": ("tasks, 300 at a time", 300),
    "large_values": ("`get` of 8 MB", 100),
    "puts": ("`put` of 100 KB", 100),
    "waiting": ("`wait` for the first of 200", 200),
}


class Times(NamedTuple):
    """What a program has taken, in seconds."""

    wall_s: float
    cpu_s: float
    """Of the thread that makes the calls: what a layer costs, whatever else the machine does."""


Found: TypeAlias = dict[str, tuple[list[Times], list[Times]]]


def _timed(program: Callable[[], None]) -> Times:
    began_s, cpu_s = time.perf_counter(), time.thread_time()
    program()
    return Times(time.perf_counter() - began_s, time.thread_time() - cpu_s)


def measure(turns: int) -> Found:
    """What each program takes on Ray and through raylite, by turn.

    Args:
        turns: how many.
    """
    on_ray, on_raylite = Programs(ray), Programs(raylite)
    found: Found = {name: ([], []) for name in _SHOWN}
    for name in _SHOWN:
        getattr(on_ray, name)()
        getattr(on_raylite, name)()
    for turn in range(turns):
        for name, (direct, layered) in found.items():
            both = [(direct, on_ray), (layered, on_raylite)]
            for times, programs in both if turn % 2 else reversed(both):
                times.append(_timed(getattr(programs, name)))
    return found


def rows(found: Found) -> list[str]:
    """The table, in Markdown.

    Args:
        found: what :func:`measure` gives.
    """
    lines = [
        "| program | Ray | raylite on Ray | ratio of the times | ratio of the caller's CPU |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, (direct, layered) in found.items():
        shown, number = _SHOWN[name]
        wall = [b.wall_s / a.wall_s for a, b in zip(direct, layered, strict=True)]
        cpu = [b.cpu_s / a.cpu_s for a, b in zip(direct, layered, strict=True)]
        each = [
            f"{statistics.median(x.wall_s for x in one) / number * 1e6:,.0f} µs"
            for one in (direct, layered)
        ]
        lines.append(f"| {shown} | {each[0]} | {each[1]} | {_ratio(wall)} | {_ratio(cpu)} |")
    return lines


def _ratio(ratios: list[float]) -> str:
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=_TURNS)
    parser.add_argument("--dry", action="store_true", help="do not write the page")
    given = parser.parse_args()
    raylite.init(engine="ray", num_cpus=2, log_to_driver=False)
    try:
        table = "\n".join(rows(measure(given.turns)))
    finally:
        raylite.shutdown()
    print(table)
    if not given.dry:
        _PAGE.write_text(_text(table, given.turns), encoding="utf-8")


def _text(table: str, turns: int) -> str:
    return f"""# What raylite costs on top of Ray

`init(engine="ray")` runs a program on Ray itself; raylite is a thin layer above it. The same
programs were run on Ray directly and through raylite, in one process on one Ray, {turns} times in
turns. The figure that counts is the ratio; the aim is {_GOAL:.2f} at most. The median of the turns
is given, and their middle half. Where other programs keep the machine busy the times say little;
the CPU of the thread that makes the calls is what the layer costs there. Measured on
{machine_line()}.

{table}

What the layer does in a call: it finds Ray's own function or handle behind raylite's, gives Ray's
ref raylite's name, and in the worker runs the method with raylite's words around it, so that an
error is told as everywhere in raylite. Made by `python -m benchmarks.ray_layer`.
"""


if __name__ == "__main__":
    main()
