"""What the code of a call finds around it: as in a process of its own, as far as one can have that.

In Ray: a process of its own. Environment variables are set while a call runs; a running event
loop, such as a notebook's, is out of sight; each call on top of another gets room on the stack.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any, Final

from raylite._core.common.record import Record

__all__ = [
    "NOTHING_SET",
    "Surroundings",
    "environment",
    "loop_out_of_sight",
    "room_on_the_stack",
]

_FRAMES: Final = 60
"""Of Python, that the engine takes for a call within a call, with some for the user's."""
_DEEPEST: Final = 120
_depth = threading.local()


class Surroundings(Record):
    """What is set for the time of a call."""

    env_vars: Mapping[str, str | None] = {}
    """By name; ``${X}`` stands for what X is before; None takes one away."""
    working_dir: str = ""
    """Where it is; empty: where the program is."""


NOTHING_SET: Final = Surroundings()


@contextmanager
def environment(around: Surroundings) -> Iterator[None]:
    """Set what is to be set, and set it back."""
    env_vars = around.env_vars
    with contextlib.chdir(around.working_dir) if around.working_dir else nullcontext():
        if env_vars:
            with _variables(env_vars):
                yield
        else:
            yield


@contextmanager
def _variables(env_vars: Mapping[str, str | None]) -> Iterator[None]:
    before = dict(os.environ)
    try:
        for name, value in env_vars.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = _filled(value)
        yield
    finally:
        for name in env_vars:
            if name in before:
                os.environ[name] = before[name]
            else:
                os.environ.pop(name, None)


def _filled(value: str) -> str:
    for name, found in os.environ.items():
        value = value.replace(f"${{{name}}}", found)
    return value


@contextmanager
def loop_out_of_sight() -> Iterator[None]:
    """Let code run as if no event loop were running in this thread."""
    asyncio: Any = sys.modules.get("asyncio")
    loop = asyncio._get_running_loop() if asyncio is not None else None  # noqa: SLF001  # Made for event loops.
    if loop is None:
        yield
        return
    task = asyncio.current_task(loop)
    if task is not None:
        asyncio.tasks._leave_task(loop, task)  # noqa: SLF001  # As above.
    asyncio._set_running_loop(None)  # noqa: SLF001  # As above.
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)  # noqa: SLF001  # As above.
        if task is not None:
            asyncio.tasks._enter_task(loop, task)  # noqa: SLF001  # As above.


@contextmanager
def room_on_the_stack() -> Iterator[None]:
    """Give a call that runs within others the frames that the engine itself takes.

    Raises:
        RecursionError: if too many calls run within each other.
    """
    depth = getattr(_depth, "value", 0)
    if depth >= _DEEPEST:
        msg = (
            f"{_DEEPEST} calls run within each other, and in one process all of them are on one "
            'stack. Call less deeply, or run this with init(engine="processes").'
        )
        raise RecursionError(msg)
    before = sys.getrecursionlimit()
    _depth.value = depth + 1
    if depth:
        sys.setrecursionlimit(before + _FRAMES)
    try:
        yield
    finally:
        _depth.value = depth
        if depth:
            sys.setrecursionlimit(before)
