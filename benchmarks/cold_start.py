"""From nothing to the first answer of an actor, and back: one sample, in a fresh process.

Run as ``python -m benchmarks.cold_start raylite``. Before the clock starts this loads nothing that
raylite or Ray would load themselves, so both pay for their own imports.
"""

import sys
import time


def main(system: str) -> None:
    """Measure import, start, first answer and shutdown of the named system, in seconds."""
    start = time.perf_counter()
    ray = __import__(system)
    imported = time.perf_counter()
    ray.init()

    class Echo:
        def echo(self, value: int) -> int:
            return value

    ray.get(ray.remote(Echo).remote().echo.remote(1))
    answered = time.perf_counter()
    ray.shutdown()
    ended = time.perf_counter()
    figures = {
        "import": imported - start,
        "cold_start": answered - start,
        "shutdown": ended - answered,
    }
    # By hand, since the json module is among what we must not load early.
    body = ", ".join(f'"{key}": [{seconds}]' for key, seconds in figures.items())
    print(f"{{{body}}}")


if __name__ == "__main__":
    main(sys.argv[1])
