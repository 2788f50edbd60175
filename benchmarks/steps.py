"""Where a call goes: how many steps the interpreter makes for it, in each function.

``python -m benchmarks.steps``. A time says how a machine felt; this figure is the same on each.
Where two processes share a CPU, nothing of a call is in the caches any more when its turn comes,
and then each step, an instruction of Python's byte code, takes some 12 ns, whichever it is: the
steps of a function say what it costs. A call into C is one step.

All processes share one CPU, where nobody stays awake for the other.
"""

import importlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from benchmarks.windows import pin_to_one_cpu

__all__ = ["main", "measure"]

_CALLS: Final = 100
_WARM: Final = 200
_PACKAGE: Final = "raylite/"
_SHOWN: Final = 1.0
"""A function with fewer steps a call is not listed."""
Steps = Mapping[tuple[str, str], float]
"""Steps a call, by file and function."""


@contextmanager
def _counted() -> Iterator[Counter[tuple[str, str]]]:
    """Count what this thread does, the functions that have begun already included."""
    found: Counter[tuple[str, str]] = Counter()
    tracer = _tracer(found)
    frame: FrameType | None = sys._getframe()  # noqa: SLF001  # There is no other way to those.
    while frame is not None:
        frame.f_trace, frame.f_trace_opcodes, frame.f_trace_lines = tracer, True, False
        frame = frame.f_back
    sys.settrace(tracer)
    try:
        yield found
    finally:
        sys.settrace(None)


def _tracer(found: Counter[tuple[str, str]]) -> Callable[..., Any]:
    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        if event == "call":
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        elif event == "opcode":
            code = frame.f_code
            if _PACKAGE in code.co_filename:
                found[code.co_filename.rpartition(_PACKAGE)[2], code.co_qualname] += 1
        return trace

    return trace


class _Echo:
    """Answers, and counts what its process does for that."""

    def __init__(self) -> None:
        self._counting: Any = None

    def same(self, value: object) -> object:
        return value

    def begin(self) -> None:
        self._counting = _counted()
        self._found = self._counting.__enter__()

    def end(self) -> Counter[tuple[str, str]]:
        self._counting.__exit__(None, None, None)
        return Counter(self._found)


def measure(ray: Any) -> tuple[Steps, Steps]:
    """The steps of ``ray.get(actor.same.remote(1))``, in the driver and in the actor.

    Args:
        ray: a module with a session.
    """
    actor = ray.remote(_Echo).remote()

    def call(times: int) -> None:
        for _ in range(times):
            ray.get(actor.same.remote(1))

    call(_WARM)
    with _counted() as driver:
        call(_CALLS)
    ray.get(actor.begin.remote())
    call(_CALLS)
    worker = ray.get(actor.end.remote())
    return _per_call(driver), _per_call(worker)


def _per_call(counts: Counter[tuple[str, str]]) -> Steps:
    return {place: count / _CALLS for place, count in counts.most_common()}


def _lines(title: str, steps: Steps) -> Iterator[str]:
    yield f"{title}: {sum(steps.values()):.0f} steps a call"
    for (file, function), count in steps.items():
        if count >= _SHOWN:
            yield f"{count:8.1f}  {function:40} {Path(file)}"


def main() -> None:
    """Measure a session of this machine's, and print it."""
    pin_to_one_cpu()
    ray = importlib.import_module("raylite")
    ray.init(num_cpus=2)
    try:
        driver, worker = measure(ray)
    finally:
        ray.shutdown()
    print("\n".join([*_lines("The driver", driver), "", *_lines("The actor", worker)]))


if __name__ == "__main__":
    main()
