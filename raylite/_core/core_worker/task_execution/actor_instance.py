"""The actor inside its worker: the instance, its methods, and its end.

In Ray: ``python/ray/_private/function_manager.py`` and ``ray.actor.exit_actor``.

Methods are looked up on the class, never on the instance: ``self.total = 0`` beside a method
``total`` leaves the method callable from outside.
"""

import contextlib
import inspect
import os
import pickle
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from raylite._core.common.call_options import RuntimeFacts
from raylite._core.common.messages import ActorExiting, CreationFailed, CreationFinished
from raylite._core.common.states import ActorState
from raylite._core.common.worker_output import shown_name
from raylite._core.core_worker.task_execution.actor_lanes import ActorLanes
from raylite._core.core_worker.task_execution.executing_call import name_of
from raylite._core.core_worker.task_execution.failed_call import actor_told, called_as
from raylite._core.core_worker.task_execution.item_sender import ItemBudget
from raylite._core.core_worker.task_execution.lanes import Lane
from raylite._core.core_worker.task_execution.output import OutputState
from raylite._core.core_worker.task_execution.own_calls import refuse_own_calls
from raylite._core.core_worker.task_submission.actor_creator import CreationTask
from raylite._core.core_worker.task_submission.definitions import receive
from raylite._core.object_store.serialization import dumps_error, loads_call
from raylite._core.rpc.peer_messages import CreateActor
from raylite.exceptions import ActorDiedError, ActorExit, RayTaskError

__all__ = ["ActorInstance", "Leave"]


_REPR_CHARS = 1_000


class Leave(BaseException):  # No error: the worker's main loop ends.
    """Ends the worker's main loop.

    Args:
        exit_code: of the process.
    """

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class _Methods(dict[str, Callable[..., Any]]):
    """Looks for a method when it is called for the first time."""

    def __init__(self, find: Callable[[str], Callable[..., Any]]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, name: str) -> Callable[..., Any]:
        method = self[name] = self._find(name)
        return method


class ActorInstance:
    """An instance of the user's class, and how it is called.

    Args:
        core: the process's core worker.
        output: is told who prints.
        message: what the worker is to become.
    """

    def __init__(self, core: Any, output: OutputState, message: CreateActor) -> None:
        self._core = core
        self._output = output
        self._message = message
        self.actor_id = message.actor_id
        self.class_name = message.class_name
        self._instance: Any = None
        self._class: type = object
        self.is_made = False
        """Whether the constructor has returned."""
        self._num_failed = 0
        self.methods = _Methods(self._find)
        """The bound methods that calls name."""
        self.lanes: ActorLanes | None = None
        """None until the class is there."""
        self.item_budget: ItemBudget | None = None

    def create(self) -> None:
        """Run the constructor and tell the head how it went.

        Raises:
            Leave: if the constructor raised or asked to leave.
        """
        core, actor_id = self._core, self.actor_id
        core.waiting.before_long_wait = partial(refuse_own_calls, core, self)
        made_with: tuple[Any, ...] | None = None
        self._output.actor_name = self.class_name
        try:
            task: CreationTask = pickle.loads(self._message.creation_task)
            core.origin = task.origin
            self._output.begin_for(task.origin)
            self._class = receive(task.blob, task.source_files)
            made_with = loads_call(memoryview(task.payload))
            _, args, kwargs = made_with
            lanes = ActorLanes(
                self._class, task.max_concurrency, task.concurrency_groups, core.poller
            )
            self.lanes = lanes
            if task.items_ahead > 0:
                self.item_budget = ItemBudget(task.items_ahead, core.poller.poke)
            lanes.construct(lambda: self._construct(args, kwargs))
            self.is_made = True
        except BaseException as error:  # Whatever the constructor raised.
            self._creation_failed(error, made_with)
        self._output.finish(threading.get_ident())
        told = self._own_repr()
        name = shown_name(told)
        if name and name != self.class_name:
            self._output.actor_name = name
            self._output.begin_for(core.origin)
        core.settle()
        core.head.send(
            CreationFinished(
                actor_id=actor_id, worker_id=core.worker_id, at_s=core.now_s(), repr_name=told
            )
        )

    def lane_for(self, method: str, group: str | None) -> Lane | None:
        """Where a call of the method runs; None: in the main thread."""
        assert self.lanes is not None  # An address is told only when the constructor has returned.
        return self.lanes.lane_for(method, group)

    def _construct(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self._instance = self._class.__new__(self._class, *args, **kwargs)
        return self._instance.__init__(*args, **kwargs)

    def facts(self, base: RuntimeFacts) -> RuntimeFacts:
        """Where code in this actor runs."""
        message = self._message
        if not self.is_made:  # It is the constructor that asks.
            base = base.replaced(
                task_id="f" * 16 + self.actor_id,
                task_name=f"{self.class_name}.__init__",
                function_name=f"{name_of(self._class)}.__init__",
            )
        return base.replaced(
            actor_id=self.actor_id,
            actor_name=message.name,
            actor_handle=message.handle,
            namespace=message.namespace,
            num_restarts=message.num_restarts,
            is_async=self.lanes is not None and self.lanes.are_loops,
        )

    def safe_repr(self) -> str:
        """The instance's ``repr``, whatever the user's ``__repr__`` does."""
        try:
            return repr(self._instance)[:_REPR_CHARS]
        except BaseException as error:  # The user's __repr__ may do anything.
            return f"<{self.class_name}, whose __repr__ raised {type(error).__name__}>"

    def told_of_failure(self) -> str:
        """Which actor it is, and how it is, now that a call of it has failed."""
        self._num_failed += 1
        return actor_told(self._message, ActorState.ALIVE, self._num_failed)

    def leave_if_asked(self, error: BaseException) -> None:
        """End the process if the error is a wish to end.

        Raises:
            Leave: if it is ``exit_actor``, or ``SystemExit`` of any code.
        """
        if isinstance(error, ActorExit):
            self._exit_on_purpose("exit_actor() was called")
        if isinstance(error, SystemExit):
            if error.code == 0 and error.code is not None:
                self._exit_on_purpose("sys.exit(0) was called")
            raise Leave(error.code if isinstance(error.code, int) else 1)

    def shut_down(self) -> None:
        """The orderly end: the hook, and the instance's own ``__del__``."""
        hook = getattr(self._class, "__ray_shutdown__", None)
        if hook is not None:
            with contextlib.suppress(Exception):  # Errors in it are ignored, as in Ray.
                hook(self._instance)
        self.methods.clear()
        self._instance = None

    def _find(self, name: str) -> Callable[..., Any]:
        if name == "__ray_ready__":
            return lambda: True
        if name == "__ray_terminate__":
            return lambda: self._exit_on_purpose("__ray_terminate__() was called")
        if name == "__ray_call__":
            return lambda function, *args, **kwargs: function(self._instance, *args, **kwargs)
        attribute = inspect.getattr_static(self._class, name)
        if isinstance(attribute, (staticmethod, classmethod)):
            found: Callable[..., Any] = attribute.__get__(None, self._class)
        else:
            found = attribute.__get__(self._instance, self._class)
        return found

    def _exit_on_purpose(self, reason: str) -> None:
        core = self._core
        core.head.send(
            ActorExiting(
                actor_id=self.actor_id, worker_id=core.worker_id, reason=reason, at_s=core.now_s()
            )
        )
        self.shut_down()
        raise Leave(0)

    def _creation_failed(self, error: BaseException, made_with: tuple[Any, ...] | None) -> None:
        if isinstance(error, (SystemExit, ActorExit)):
            self.leave_if_asked(error)
        message = self._message
        state = ActorState.RESTARTING if message.num_restarts else ActorState.PENDING_CREATION
        cause = RayTaskError.from_exception(
            error,
            function_name=f"{self.class_name}.__init__",
            pid=os.getpid(),
            actor_id=self.actor_id,
            actor_repr=None,
            called_as=called_as(self.class_name, *made_with[1:3]) if made_with else None,
            actor_told=actor_told(message, state, 0),
        )
        died = ActorDiedError(cause, class_name=self.class_name, actor_id=self.actor_id)
        try:
            packed = dumps_error(died)
        except Exception:  # The user's exception may hold anything.
            died.cause = None
            packed = dumps_error(died)
        core = self._core
        summary = f"its __init__ raised {type(error).__name__}: {error}"
        core.head.send(
            CreationFailed(
                actor_id=self.actor_id,
                worker_id=core.worker_id,
                error=packed,
                summary=summary,
                at_s=core.now_s(),
            )
        )
        raise Leave(1)

    def _own_repr(self) -> str:
        """What the instance says of itself; empty if its class has no ``__repr__`` of its own."""
        if getattr(self._class, "__repr__", None) is object.__repr__:
            return ""
        try:
            return repr(self._instance)[:_REPR_CHARS]
        except BaseException:  # As above; and nobody waits for this one.
            return ""
