"""The session of one process: the public API's calls, and who does what is to be done.

In Ray: ``local_mode``, which ran calls in the driver, and lacked much. Here the control plane is
the one of every session (:mod:`.control_plane`); calls run within the code that makes them.

What can be done waits in one list, :attr:`InlineEngine.todo`, and is done by :meth:`pump`: at the
end of each ``.remote()``, and by whoever waits. So the order of all calls is the order in which
they were made, each time.
"""

import itertools
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from sys import _getframe
from typing import Any

from raylite._core.common.bars import BarsTold
from raylite._core.common.call_options import (
    ActorCalls,
    ActorOptions,
    Definition,
    RuntimeFacts,
    TaskOptions,
)
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import Event
from raylite._core.common.ids import WORKER_ID_BYTES, ActorID, WorkerID
from raylite._core.common.messages import KillActor, WorkerBlocked, WorkerUnblocked
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.object_ref_generator import ObjectRefGenerator
from raylite._core.core_worker.call_sites import site_of_actor, site_of_put, site_of_task
from raylite._core.core_worker.failures import cannot_be_put
from raylite._core.core_worker.task_submission.definitions import ship
from raylite._core.object_store.serialization import NotSerializableError
from raylite.engines.base import EngineConfig
from raylite.engines.inline.actors import Actors
from raylite.engines.inline.calls import CURRENT, Call, object_id, returned_by, set_arguments
from raylite.engines.inline.cluster import Cluster
from raylite.engines.inline.entries import Entry
from raylite.engines.inline.mailbox import Mailbox
from raylite.engines.inline.streams import Stream
from raylite.engines.inline.tasks import Tasks
from raylite.engines.inline.words import timed_out

__all__ = ["InlineEngine"]


class InlineEngine(Cluster):
    """The engine of one process.

    Args:
        config: what ``init`` was told.
    """

    complete_events = True

    def __init__(self, config: EngineConfig) -> None:
        self.over = False
        self.origin = 0
        self.worker_id = WorkerID(os.urandom(WORKER_ID_BYTES).hex())
        self.todo: deque[Callable[[], None]] = deque()
        self.releases: deque[Callable[[], None]] = deque()
        """What finalizers have noted."""
        self.paused: list[Stream] = []
        """Generators that go on when somebody wants an item."""
        self._kept: list[Entry] = []
        self._seqs = itertools.count(1)
        super().__init__(config)
        self.tasks = Tasks(self)
        self.actors = Actors(self)

    # Calls.

    def submit_task(
        self,
        function: Definition,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        options: TaskOptions,
    ) -> Any:
        """Make one call of a remote function."""
        self.settle()
        ship(function)
        call = self.new_call(options.name)
        call.key, call.definition, call.options = function.name, function, options
        call.strategy = self.place_of(options.name, options, options.resources)
        set_arguments(call, args, kwargs)
        call.given_name = "" if options.name == function.name else options.name
        call.quiet, call.items_ahead = options.quiet, options.items_ahead
        call.retries_left = options.max_retries
        call.retry_exceptions = options.retry_exceptions
        call.env_key = self.environments_here().key_for(options.env_vars)
        returned = returned_by(call, self, site_of_task(_getframe(2)), options.num_returns)
        self.tasks.submit(call)
        self.pump()
        return returned

    def create_actor(
        self,
        actor_class: Definition,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        options: ActorOptions,
    ) -> tuple[ActorID, ObjectRef[Any] | None, bytes]:
        """Register an actor and have it made."""
        self.settle()
        ship(actor_class)
        call = self.new_call("__init__")
        call.key = "__init__"
        strategy = self.place_of(actor_class.name, options, options.held, options.placement)
        set_arguments(call, args, kwargs)
        call.site = site_of_actor(_getframe(2))
        call.env_key = self.environments_here().key_for(options.env_vars)
        created: tuple[ActorID, ObjectRef[Any] | None, bytes] = self.actors.create(
            actor_class, call, options.replaced(strategy=strategy)
        )
        self.pump()
        return created

    def new_call(self, name: str) -> Call:
        """A call that the running code makes."""
        parent = CURRENT.get()
        owner_id = (
            self.worker_id if parent is None or parent.worker_id is None else parent.worker_id
        )
        call = Call(next(self._seqs), name, owner_id, parent)
        call.origin = self.origin if parent is None else parent.origin
        call.env_key = self.own_env_key() if parent is None else parent.env_key
        return call

    def actor_client(self, actor_id: ActorID, calls: ActorCalls) -> Mailbox:
        """The way to an actor."""
        box: Mailbox = self.actors.box(actor_id, calls)
        return box

    def new_stream(self, call: Call) -> Stream:
        """What a generator's items come through."""
        return Stream(self, call)

    def get_actor(self, name: str, namespace: str | None) -> tuple[ActorID, bytes] | None:
        """The id and handle of a living named actor."""
        self.settle()
        view = self.plane.gcs.actors.lookup(namespace or self.facts().namespace, name)
        return None if view is None else (view.spec.actor_id, view.spec.handle)

    def weak_ref(self, actor_id: ActorID) -> ObjectRef[Any] | None:
        """A handle needs nothing that does not keep its actor alive."""

    def kill_actor(self, actor_id: ActorID, *, no_restart: bool) -> None:
        """End an actor; when this returns, its name is free."""
        self.settle()
        self.plane.tell_gcs(KillActor(actor_id=actor_id, no_restart=no_restart, at_s=0.0))
        self.pump()

    # What becomes of calls.

    def pump(self) -> None:
        """Do what can be done now."""
        self.waiting.note_thread()
        guarded = self.plane.guard.enter()
        try:
            while self.todo and not self.over:
                try:
                    due = self.todo.popleft()
                except IndexError:  # Another thread does it.
                    break
                due()
            self.settle()
        finally:
            if guarded:
                self.plane.guard.leave()

    def settle(self) -> None:
        """Do what finalizers have noted."""
        while self.releases and not self.over:
            self.releases.popleft()()

    def call_ended(self, call: Call) -> None:
        """A call is answered. Of a generator that was paused, nobody else hears of it."""
        if call.stream is None:
            return
        if call.actor is None:
            self.tasks.ended(call)
        elif call.coroutine is None:
            call.actor.ended(call)

    def generator_raised(self, call: Call, error: BaseException) -> None:
        """A generator that was paused has raised."""
        (self.tasks if call.actor is None else call.actor.runner).raised(call, error)

    def tries_again(self, call: Call, error: BaseException) -> bool:
        """Whether a call whose code has raised is made again."""
        retry = call.retry_exceptions
        if not retry or call.retries_left == 0 or call.is_cancelled:
            return False
        if retry is not True and not isinstance(error, retry):
            return False
        call.retries_left -= 1
        self.again(call)
        return True

    def again(self, call: Call) -> None:
        """Make a call anew, after those that are due."""
        call.started_s, call.coroutine = 0.0, None
        submit = self.tasks.submit if call.actor is None else call.actor.enqueue
        self.todo.append(lambda: submit(call))

    def actor_leaves(self, box: Mailbox, on_purpose: bool, reason: str) -> None:  # noqa: FBT001  # As found.
        """An actor wishes to end."""
        self.actors.leaves(box, on_purpose, reason)

    def end_if_idle(self, box: Mailbox) -> None:
        """End an actor that nobody can call any more, and that has nothing to do."""
        self.actors.end_if_idle(box)

    def release_handle(self, actor_id: ActorID) -> None:
        """No handle is left. Called from ``__del__``: only notes it."""
        if not self.over:
            self.releases.append(lambda: self.actors.out_of_scope(actor_id))

    def keep_for_good(self, entry: Entry) -> None:
        """A ref was pickled by hand."""
        self._kept.append(entry)

    @contextmanager
    def lending_cpu(self, call: Call | None) -> Iterator[None]:
        """While its code waits, others may have its CPU."""
        worker_id = call.worker_id if call is not None and call.lease_id is not None else None
        if worker_id is not None:
            self.plane.tell_raylet(WorkerBlocked(worker_id=worker_id, at_s=0.0))
        try:
            yield
        finally:
            if worker_id is not None:
                self.plane.tell_raylet(WorkerUnblocked(worker_id=worker_id, at_s=0.0))

    def cancel(
        self, ref: ObjectRef[Any] | ObjectRefGenerator, *, force: bool, recursive: bool
    ) -> None:
        """Cancel the call that is to give the value."""
        if isinstance(ref, ObjectRefGenerator):
            entry: Any = ref._source.completed  # noqa: SLF001  # What is behind it is the engine's own.
        else:
            entry = ref._entry  # noqa: SLF001  # As above.
        self.cancellation.cancel(entry, force=force, recursive=recursive)
        self.pump()

    def is_cancelled(self) -> bool:
        """Whether the call whose code asks was cancelled."""
        call = CURRENT.get()
        return call is not None and call.is_cancelled

    # Values.

    def put(self, value: Any) -> ObjectRef[Any]:
        """Keep a value."""
        self.settle()
        entry = Entry(self, object_id(self.new_call("put"), 1))
        entry.site = site_of_put(_getframe(2))
        try:
            entry.payload, refs = self.pack(value)
        except NotSerializableError as error:
            raise cannot_be_put(value, error) from None
        entry.contained = refs or None
        return ObjectRef(entry)

    def get_one(self, ref: ObjectRef[Any], timeout_s: float | None) -> Any:
        """The value of one ref."""
        entry: Any = ref._entry  # noqa: SLF001  # The entry behind a ref is the engine's own.
        self._wait_for([entry], lambda: entry.payload is not None, timeout_s)
        return self.load(entry)

    def get(self, refs: Sequence[ObjectRef[Any]], timeout_s: float | None) -> list[Any]:
        """The values of several refs, in order; or an error, once there is one."""
        entries: list[Any] = [ref._entry for ref in refs]  # noqa: SLF001  # As above.

        def done() -> bool:
            return any(one.has_failed() for one in entries) or all(
                one.payload is not None for one in entries
            )

        self._wait_for(entries, done, timeout_s)
        for entry in entries:
            if entry.has_failed():
                self.load(entry)
        return [self.load(entry) for entry in entries]

    def _wait_for(
        self, entries: list[Any], done: Callable[[], bool], timeout_s: float | None
    ) -> None:
        if done():
            self.settle()
            return
        if not self.waiting.until(done, timeout_s, entries):
            if self.over:
                raise self.session_over()
            raise timed_out(entries, timeout_s)

    def is_rest(self, refs: list[ObjectRef[Any]]) -> bool:
        """Nothing is remembered."""
        del refs
        return False

    def wait(
        self,
        refs: list[ObjectRef[Any]],
        num_returns: int,
        timeout_s: float | None,
        *,
        fetch_local: bool = True,  # noqa: ARG002  # There is one machine.
    ) -> tuple[list[ObjectRef[Any]], list[ObjectRef[Any]]]:
        """Split into those that are done, ``num_returns`` at most, and the rest."""
        entries: list[Any] = [ref._entry for ref in refs]  # noqa: SLF001  # As above.

        def done() -> bool:
            return sum(entry.payload is not None for entry in entries) >= num_returns

        found = self.waiting.until(done, timeout_s, entries)
        if self.over and not found:
            raise self.session_over()
        ready = [ref for ref, one in zip(refs, entries, strict=True) if one.payload is not None]
        ready = ready[:num_returns]
        chosen = {id(ref) for ref in ready}
        return ready, [ref for ref in refs if id(ref) not in chosen]

    # Events.

    def tell_bars(self, news: BarsTold) -> None:
        """Show how far something is."""
        self.show_bars(news)

    def events(self) -> list[Event]:
        """The event log."""
        return self.history().all_events()

    def history(self) -> EventBatch:
        """The same, packed."""
        self.settle()
        return self.history_of_calls.batch()

    def subscribe(
        self, callback: Callable[[EventBatch], None], *, with_history: bool = False
    ) -> Callable[[], None]:
        """Have further events reported."""
        return self.history_of_calls.subscribe(callback, with_history=with_history)

    def facts(self) -> RuntimeFacts:
        """Where the calling code runs."""
        return self.facts_of(CURRENT.get())
