"""One workload in growing sizes, each in a session of its own, in this process.

``python -m benchmarks.scaling_program KEY SIZE...``; the last line it prints is JSON: for each size
the seconds, those of CPU time, the megabytes by which the driver's memory grew at most, and those
of all processes (PSS) afterwards, as far as the system tells.
"""

import contextlib
import gc
import json
import sys
from pathlib import Path

import raylite
import raylite.util.queue
from benchmarks.scaling_rows import WORKLOADS, Workload
from benchmarks.session_size import measure as session_size

NUM_CPUS = 2
_SELF = Path("/proc/self")
_BYTES_PER_MB = 1_000_000


def _status_mb(name: str) -> float:
    """A figure of this process, such as ``VmHWM``, the most memory that it has had at a time."""
    try:
        lines = (_SELF / "status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024 / 1e6


def _session_mb() -> float:
    return sum(each.proportional_bytes for each in session_size(()).processes) / _BYTES_PER_MB


def measure(workload: Workload, size: int) -> tuple[float, float, float, float]:
    """Seconds, CPU seconds, megabytes of the driver's growth, and of all processes afterwards."""
    gc.collect()
    raylite.init(num_cpus=NUM_CPUS)
    try:
        with contextlib.suppress(OSError):
            (_SELF / "clear_refs").write_text("5", encoding="ascii")  # The highest is now.
        before = _status_mb("VmRSS")
        watch = workload.run(raylite, size)
        grown = _status_mb("VmHWM") - before
        return watch.seconds, watch.cpu_seconds, grown, _session_mb() if watch.kept else 0.0
    finally:
        raylite.shutdown()


def main(key: str, sizes: list[int]) -> None:
    """Measure, and print."""
    workload = next(each for each in WORKLOADS if each.key == key)
    print(json.dumps({size: measure(workload, size) for size in sizes}))


if __name__ == "__main__":
    main(sys.argv[1], [int(size) for size in sys.argv[2:]])
