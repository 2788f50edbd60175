"""Running the code of a call, in this very thread.

In Ray: ``execute_task`` in ``python/ray/_raylet.pyx``.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from raylite._core.common.call_options import DYNAMIC, STREAMING
from raylite._core.common.object_ref_generator import DynamicObjectRefGenerator
from raylite.engines.inline.calls import CURRENT, Call
from raylite.engines.inline.exits import end_child
from raylite.engines.inline.surroundings import (
    environment,
    loop_out_of_sight,
    room_on_the_stack,
)

__all__ = ["is_ctrl_c", "name_of", "no_generator", "run", "running"]


def name_of(function: Callable[..., Any] | None) -> str:
    """A function by its module and its name in there."""
    return f"{getattr(function, '__module__', None)}.{getattr(function, '__qualname__', '?')}"


def is_ctrl_c(error: KeyboardInterrupt) -> bool:
    """Whether somebody has pressed Ctrl-C, and not the call's own code raised it."""
    if sys.platform == "emscripten":
        return True
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_name == "_on_sigint":
            return True
        traceback = traceback.tb_next
    return False


@contextmanager
def running(engine: Any, call: Call) -> Iterator[None]:
    """Whatever runs now is this call's code."""
    outer = CURRENT.get()
    token = CURRENT.set(call)
    pid = os.getpid()
    call.thread = threading.get_ident()
    with ExitStack() as around:
        around.enter_context(loop_out_of_sight())
        around.enter_context(environment(call.around))
        if outer is not None:
            around.enter_context(room_on_the_stack())
        try:
            with engine.plane.guard.released():
                yield
            if os.getpid() != pid:
                end_child(None)
        except BaseException as error:
            if os.getpid() != pid:
                end_child(error)
            raise
        finally:
            call.thread = 0
            CURRENT.reset(token)


def run(engine: Any, call: Call, function: Callable[..., Any]) -> Any:
    """Run it; what it returns, or the iterator whose items a stream is to give.

    Raises:
        BaseException: whatever the user's code raises.
    """
    call.function = function
    call.started_s = time.monotonic()
    engine.history_of_calls.began(call)
    with running(engine, call):
        value = function(*call.args, **call.kwargs)
        if call.num_returns == DYNAMIC:
            if not isinstance(value, Iterator):
                raise no_generator(call, value)
            return DynamicObjectRefGenerator([engine.put(item) for item in value])
    if call.num_returns == STREAMING and not isinstance(value, Iterator):
        raise no_generator(call, value)
    return value


def no_generator(call: Call, value: object) -> TypeError:
    """The error of a call that was to be a generator."""
    return TypeError(
        f"{call.key} was called with num_returns='streaming' or 'dynamic', which is for "
        f"generators, but it returned a {type(value).__name__}. Use yield in it, or leave "
        "num_returns out."
    )
