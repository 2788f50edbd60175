"""Running an actor's constructor and its calls: at once, or as coroutines on the actor's loop.

In Ray: ``task_receiver.h`` and ``python/ray/_private/async_compat.py``.
"""

import inspect
import time
from typing import Any

from raylite._core.common.call_options import STREAMING
from raylite.engines.inline.answers import answer, answer_cancelled, fail, values_of
from raylite.engines.inline.calls import CURRENT, Call
from raylite.engines.inline.executing import is_ctrl_c, run, running
from raylite.engines.inline.instance import Instance, awaited

__all__ = ["ActorRunner"]


class ActorRunner:
    """Runs what an actor is called for.

    Args:
        mailbox: the actor's.
    """

    def __init__(self, mailbox: Any) -> None:
        self._mailbox = mailbox

    def run(self, call: Call) -> None:
        """Begin a call, which has taken its place in a lane."""
        box, instance = self._mailbox, self._mailbox.instance
        box.running.append(call)
        call.worker_id = box.news.worker_id
        call.sent_s = time.monotonic()
        coroutine_runs = False
        try:
            call.load_arguments(instance.world)
            call.world = instance.world
            call.env_key = box.env_key
            call.assignment, call.around = box.assignment, box.around
            if instance.loop is not None:
                self._begin_coroutine(call, instance)
                coroutine_runs = True
                return
            value = run(box.engine, call, instance.method(call.key))
            self._returned(call, value)
        except KeyboardInterrupt as error:
            fail(box.engine, call, error)
            if is_ctrl_c(error):
                raise
        except BaseException as error:  # Whatever the user's code raised.
            self.raised(call, error)
        finally:
            if not coroutine_runs and not self._is_paused(call):
                box.ended(call)

    @staticmethod
    def _is_paused(call: Call) -> bool:
        return call.stream is not None and not call.is_over

    def _returned(self, call: Call, value: Any) -> None:
        if call.num_returns == STREAMING:
            call.stream.begin(value)
        else:
            answer(self._mailbox.engine, call, values_of(call, value))

    def raised(self, call: Call, error: BaseException) -> None:
        """A call has raised: answer it, or make it again, or end the actor."""
        box = self._mailbox
        instance, engine = box.instance, box.engine
        if call.is_over or instance is None:
            return
        wish = instance.wish_to_end(error)
        if wish is not None:
            engine.actor_leaves(box, *wish)
        elif not engine.tries_again(call, error):
            fail(engine, call, error)

    # On a loop.

    def _begin_coroutine(self, call: Call, instance: Instance) -> None:
        loop: Any = instance.loop
        call.started_s = time.monotonic()
        call.function = instance.method(call.key)
        self._mailbox.engine.history_of_calls.began(call)
        call.coroutine = loop.create_task(self._coroutine(call))
        self._mailbox.engine.loops.turn()

    async def _coroutine(self, call: Call) -> None:
        box = self._mailbox
        CURRENT.set(call)
        try:
            if call.is_cancelled:
                answer_cancelled(box.engine, call)
                return
            assert call.function is not None
            value = await awaited(call.function(*call.args, **call.kwargs))
            if call.num_returns < 0:
                await call.stream.follow(value)
                value = None
            answer(box.engine, call, values_of(call, value))
        except KeyboardInterrupt as error:
            fail(box.engine, call, error)
            if is_ctrl_c(error):
                raise
        except BaseException as error:  # Whatever the user's code raised.
            self.raised(call, error)
        finally:
            box.ended(call)

    # The constructor.

    def construct(self, call: Call, instance: Instance) -> None:
        """Make the actor's object.

        Raises:
            BaseException: whatever the constructor raises.
        """
        engine = self._mailbox.engine
        call.started_s = time.monotonic()
        call.function = instance.construct
        if not instance.is_async:
            with running(engine, call):
                instance.construct(call.args, call.kwargs)
            return
        loop = instance.loop = engine.loops.new()
        task = loop.create_task(self._construct(call, instance))
        engine.waiting.until(task.done, None, [])
        task.result()

    @staticmethod
    async def _construct(call: Call, instance: Instance) -> None:
        CURRENT.set(call)
        value = instance.construct(call.args, call.kwargs)
        if inspect.isawaitable(value):
            await value
