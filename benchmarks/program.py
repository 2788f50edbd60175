"""One measuring program, in a process of its own: ``python -m benchmarks.program --help``.

It runs with the interpreter of the system that it measures, so it needs nothing of raylite's, nor
of any other's, but that one.
"""

import argparse
import importlib
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from benchmarks.measures import PROGRAMS
from benchmarks.systems import SYSTEMS
from benchmarks.telling import tell
from benchmarks.windows import Options, Steps, pin_to_one_cpu, samples

ONE_CPU = "_on_one_cpu"
"""Ends the keys of rows that are another row's, with all processes on one CPU."""


def measure(program: str, options: Options) -> Iterator[tuple[str, list[float]]]:
    """Run a program on a system; yields each row's samples.

    Args:
        program: a key of :data:`benchmarks.measures.PROGRAMS`, but ``start``, which is a module
            of its own.
        options: whom, which rows, and how long.
    """
    peer = importlib.import_module(f"benchmarks.peers.{SYSTEMS[options.system].peer}")
    if program == "one_cpu":
        pin_to_one_cpu()
    with ExitStack() as stack:
        session = stack.enter_context(peer.session(options))
        yield from samples(_steps(program, peer, session, options), options)


def _steps(program: str, peer: Any, session: Any, options: Options) -> Steps:
    match program:
        case "one_cpu":
            steps = _of(peer, "calls", session, options) | _of(peer, "tasks", session, options)
            return {f"{key}{ONE_CPU}": step for key, step in steps.items()}
        case "processes":
            from benchmarks.footprint import footprint

            further = getattr(peer, "further", None)
            steps = footprint(
                options,
                lambda: peer.first(session),
                (lambda number: further(session, number)) if further else None,
            )
            return steps | _of(peer, "processes", session, options)
        case "pi":
            from benchmarks.pi import lesson

            run = getattr(peer, "pi", None)
            return lesson(options, lambda work: run(session, work)) if run else {}
        case _:
            return _of(peer, program, session, options)


def _of(peer: Any, program: str, session: Any, options: Options) -> Steps:
    """The steps of one of a peer's functions; none where it has no such function."""
    steps: Steps = getattr(peer, program)(session, options) if hasattr(peer, program) else {}
    return steps


def main(arguments: list[str] | None = None) -> None:
    """Measure, and tell each row's samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.program", description=__doc__)
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("program", choices=[name for name in PROGRAMS if name != "start"])
    parser.add_argument("rows", nargs="+")
    parser.add_argument("--window", type=float, default=0.4, help="seconds")
    parser.add_argument("--windows", type=int, default=2, help="samples of each row")
    parser.add_argument("--idle", type=float, default=2.0, help="seconds")
    parser.add_argument("--workers", type=int, default=4, help="processes to start")
    parser.add_argument("--large", type=int, default=400_000_000, help="bytes of large objects")
    told = parser.parse_args(arguments)
    options = Options(
        system=told.system,
        rows=frozenset(told.rows),
        window_s=told.window,
        windows=told.windows,
        idle_s=told.idle,
        workers=told.workers,
        large_bytes=told.large,
    )
    for key, found in measure(told.program, options):
        tell(key, found)


if __name__ == "__main__":
    main(sys.argv[1:])
