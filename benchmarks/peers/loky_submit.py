"""What loky reaches with functions submitted to its executor: start, one by one, and pipelined.

Run in a fresh process, as ``python -m benchmarks.peers.loky_submit SECONDS``.
"""

import importlib
import json
import sys
import time
from typing import Any

from benchmarks.workloads import BATCH, rates

WORKERS = 2


def _measure(executor: Any, seconds: float) -> dict[str, list[float]]:
    def one_by_one() -> int:
        executor.submit(abs, 1).result()
        return 1

    def pipelined() -> int:
        for future in [executor.submit(abs, number) for number in range(BATCH)]:
            future.result()
        return BATCH

    return {
        "tasks_one_by_one": rates(one_by_one, seconds),
        "tasks_pipelined": rates(pipelined, seconds),
    }


def main(seconds: float) -> None:
    """Measure loky's start in seconds and its rates, ``seconds`` long for each window."""
    start = time.perf_counter()
    loky = importlib.import_module("loky")
    imported = time.perf_counter()
    executor = loky.ProcessPoolExecutor(max_workers=WORKERS)
    executor.submit(abs, 1).result()
    answered = time.perf_counter()
    figures = {"import": [imported - start], "cold_start": [answered - start]}
    figures |= _measure(executor, seconds)
    before = time.perf_counter()
    executor.shutdown()
    figures["shutdown"] = [time.perf_counter() - before]
    print(json.dumps(figures))


if __name__ == "__main__":
    main(float(sys.argv[1]))
