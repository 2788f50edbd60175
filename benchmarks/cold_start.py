"""From nothing to the first answer, and back: one sample, in a fresh process.

Run as ``python -m benchmarks.cold_start SYSTEM LIBRARY PEER WORKERS``, which are the fields of
:class:`benchmarks.systems.System`. Before the clock starts, nothing is loaded that a system would
have to load itself; and while our own modules are loaded, which the peer's program needs, the
clock stands still.
"""

import sys
import time

from benchmarks.telling import tell


def main(system: str, library: str, peer: str, workers: int) -> None:
    """Measure import, first answer and shutdown, in seconds."""
    start = time.perf_counter()
    __import__(library)
    imported = time.perf_counter() - start

    from importlib import import_module

    from benchmarks.windows import Options

    program = import_module(f"benchmarks.peers.{peer}")
    options = Options(system=system, rows=frozenset(), workers=workers)
    start = time.perf_counter()
    with program.session(options) as session:
        kept = program.first(session)
        answered = time.perf_counter()
        del kept
    ended = time.perf_counter()
    tell("import", [imported])
    tell("cold_start", [imported + answered - start])
    tell("shutdown", [ended - answered])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
