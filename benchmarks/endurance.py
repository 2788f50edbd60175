"""A long day: a million calls and much else, and what each process of the session has grown by.

``python -m benchmarks.endurance`` takes some five minutes, ``--calls 100000`` half a one. Growth
counts from when every loop was gone round a few times, so that what is made once (imported modules,
arenas, warm workers) is there before. ``--write`` draws memory against calls to
``docs/endurance.svg``.
"""

import argparse
import gc
import importlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.endurance_loops import LOOPS, Loop, loops_of
from benchmarks.session_size import ProcessSize, SessionSize, measure

__all__ = ["GOAL_BYTES", "Growth", "Sample", "growth", "main", "missed_goals"]

GOAL_BYTES: Final = 5_000_000
"""How much driver, head and worker each may grow by, over a million of calls."""
_SAMPLES: Final = 40
_WARM_UP: Final = 20_000
"""Each loop is gone round as often as in so many calls before anything is measured."""
_SETTLE_S: Final = 0.5
"""For events and ends that are on their way."""
_PICTURE: Final = Path(__file__).parent.parent / "docs" / "endurance.svg"
_MEGABYTE: Final = 1_000_000
_ROLES: Final = ("driver", "head", "fork server", "worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What the processes of one role have more than before, the one that grew most."""

    private_bytes: int = 0
    num_fds: int = 0
    num_threads: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The session after a number of calls."""

    calls: int
    size: SessionSize


def growth(before: SessionSize, after: SessionSize, role: str) -> Growth:
    """By how much the processes of a role have grown that were there before and still are."""
    known = {process.pid: process for process in before.of(role)}
    pairs = [(known[one.pid], one) for one in after.of(role) if one.pid in known]

    def most(field: Callable[[ProcessSize], int]) -> int:
        return max((field(new) - field(old) for old, new in pairs), default=0)

    return Growth(
        private_bytes=most(lambda one: one.private_bytes),
        num_fds=most(lambda one: one.num_fds),
        num_threads=most(lambda one: one.num_threads),
    )


class _Session:
    """A session that loops run in."""

    def __init__(self) -> None:
        self._ray = importlib.import_module("raylite")
        info = self._ray.init(num_cpus=2, logging_level="warning").address_info
        self._folders = info["session_dir"], info["object_store_address"]
        self._loops: Mapping[str, Callable[[int], None]] = loops_of(self._ray)

    def run(self, loop: Loop, times: int) -> None:
        """Go round a loop."""
        self._loops[loop.key](times)

    def size(self) -> SessionSize:
        """What there is when all is quiet."""
        gc.collect()
        time.sleep(_SETTLE_S)
        return measure(self._folders)

    def close(self) -> None:
        """End the session."""
        self._loops = {}
        self._ray.shutdown()


def _follow(session: _Session, loop: Loop, calls: int) -> Iterator[Sample]:
    """The session's size, again and again, while a loop is gone round."""
    done = 0
    yield Sample(calls=0, size=session.size())
    for number in range(1, _SAMPLES + 1):
        aim = calls * number // _SAMPLES
        session.run(loop, aim - done)
        done = aim
        yield Sample(calls=done, size=session.size())


def _row(title: str, before: SessionSize, after: SessionSize, rate: float) -> str:
    found = [growth(before, after, role) for role in _ROLES]
    memory = " | ".join(f"{one.private_bytes / _MEGABYTE:+.2f}" for one in found)
    fds = max(one.num_fds for one in found)
    threads = max(one.num_threads for one in found)
    files = after.num_files - before.num_files
    return f"| {title} | {rate:,.0f} | {memory} | {fds:+d} | {threads:+d} | {files:+d} |"


_HEAD: Final = (
    "| loop | a second | driver MB | head MB | fork server MB | worker MB |"
    " fds | threads | files |\n"
    "| --- | --: | --: | --: | --: | --: | --: | --: | --: |"
)


def _run(calls: int) -> tuple[list[Sample], list[str], list[str]]:
    """Samples of the calls, the rows of the table, and which goals were missed."""
    session = _Session()
    samples: list[Sample] = []
    rows: list[str] = []
    try:
        for loop in LOOPS:
            session.run(loop, min(loop.number(_WARM_UP), 1000))
        first = session.size()
        for loop in LOOPS:
            times, before, start = loop.number(calls), session.size(), time.perf_counter()
            if loop is LOOPS[0]:
                samples += _follow(session, loop, times)
            else:
                session.run(loop, times)
            looked_s = 0 if rows else _SETTLE_S * len(samples)
            took_s = time.perf_counter() - start - looked_s
            title = f"{times:,} x {loop.title}"
            rows.append(_row(title, before, session.size(), times / took_s))
        last = session.size()
        rows.append(_row("all of it", first, last, 0))
    finally:
        session.close()
    return samples, rows, missed_goals(samples, first, last)


def missed_goals(samples: list[Sample], first: SessionSize, last: SessionSize) -> list[str]:
    """What is wrong, in words.

    Args:
        samples: from the beginning to the end of the calls.
        first: before all loops.
        last: after all loops.
    """
    before, after = samples[0].size, samples[-1].size
    of_calls = {role: growth(before, after, role) for role in _ROLES}
    found = [
        f"the {role} has grown by {grown.private_bytes / _MEGABYTE:.1f} MB"
        for role, grown in of_calls.items()
        if grown.private_bytes >= GOAL_BYTES
    ]
    found += [
        f"the {role} has more files open than at the start"
        for role, grown in of_calls.items()
        if grown.num_fds > 0
    ]
    if last.num_files > first.num_files:
        found.append(f"there are {last.num_files - first.num_files} files more than at the start")
    return found


def _draw(samples: list[Sample], path: Path) -> None:
    plt: Any = importlib.import_module("matplotlib.pyplot")
    figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for role, line in (("driver", "-"), ("head", "--"), ("worker", ":")):
        sizes = [max(one.private_bytes for one in sample.size.of(role)) for sample in samples]
        calls = [sample.calls for sample in samples]
        axes.plot(calls, [size / _MEGABYTE for size in sizes], line, label=role)
    axes.set(xlabel="calls, one by one", ylabel="private memory, MB", ylim=(0, None))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path)


def main(arguments: list[str] | None = None) -> int:
    """Run the day, print what has grown, and say with the exit code whether a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance", description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000, help="of an actor, one by one")
    parser.add_argument("--write", action="store_true", help=f"draw {_PICTURE.name} in docs")
    options = parser.parse_args(arguments)
    samples, rows, missed = _run(options.calls)
    print("\n".join([_HEAD, *rows]))
    if options.write:
        _draw(samples, _PICTURE)
    for goal in missed:
        print(f"\nGoal missed: {goal}.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
