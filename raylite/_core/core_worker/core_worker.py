"""The runtime of one process: the driver has one, and each worker.

In Ray: ``src/ray/core_worker/core_worker.h``. Left out here: everything about several machines.

The core worker satisfies :class:`raylite.engines.base.Engine`: here is what the public API calls.
Objects are :mod:`.entries`, refs that travel are :mod:`.ownership`'s, calls the two submitters',
waiting :mod:`.waiting`'s, execution :mod:`.task_execution`'s, and the way between processes
:mod:`.core_process`'s.
"""

from collections.abc import Callable, Mapping, Sequence
from sys import _getframe
from typing import Any

from raylite._core.common.bars import BarsTold
from raylite._core.common.call_options import (
    ActorOptions,
    Definition,
    RuntimeFacts,
    TaskOptions,
)
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import Event
from raylite._core.common.ids import ActorID
from raylite._core.common.metrics import MetricSpec, Tags
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.object_ref_generator import ObjectRefGenerator
from raylite._core.core_worker.call_sites import site_of_put, site_of_task
from raylite._core.core_worker.cluster_client import ClusterClient
from raylite._core.core_worker.entries import OwnedEntry
from raylite._core.core_worker.failures import cannot_be_put, not_serializable
from raylite._core.core_worker.output_news import ShowsOutput
from raylite._core.core_worker.task_submission.actor_creator import ActorCreator
from raylite._core.core_worker.task_submission.calls import (
    PendingCall,
    pack_arguments,
    returned_by,
    set_parent,
)
from raylite._core.core_worker.task_submission.definitions import ship
from raylite._core.core_worker.task_submission.lease_pool import LeasePool
from raylite._core.core_worker.wait_set import entries_behind
from raylite._core.object_store.plasma import SURELY_INLINE_BYTES
from raylite._core.object_store.serialization import (
    PLAIN,
    NotSerializableError,
    dumps,
    dumps_plain,
)

__all__ = ["CoreWorker"]


class CoreWorker(ClusterClient):
    """Owns objects, submits calls, waits for values: the engine of its process."""

    complete_events = True

    def submit_task(
        self,
        function: Definition,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        options: TaskOptions,
    ) -> Any:
        """Queue a call of a remote function."""
        guarded = self.guard.enter()
        try:
            pool = self._pool_for(options)
            if not function.key:
                ship(function, self.release_definition)
            num_returns = options.num_returns
            how = None
            given_name = "" if options.name == function.name else options.name
            if num_returns != 1 or options.quiet or given_name:
                how = (num_returns, None, options.items_ahead, options.quiet, given_name)
            try:
                payload, pin, contained, deps = pack_arguments(
                    self.store, function.key, args, kwargs, how
                )
            except NotSerializableError as error:
                raise not_serializable(options.name, args, kwargs, error) from None
            seq = self.next_seq()
            site = site_of_task(_getframe(2))
            call = PendingCall(seq, options.name, payload, pool, (), None, self.now_s())
            returned = returned_by(call, self, site, num_returns, options.items_ahead)
            call.contained, call.pin, call.deps = contained, pin, deps
            if deps is not None or pin is not None or options.quiet:
                call.look_closer()
            call.definition, call.task_options = function, options
            call.retries_left = options.max_retries
            call.quiet = options.quiet
            call.origin = self.origin
            if self.parent_call is not None:
                set_parent(call, self.parent_call())
            if deps is None:
                pool.submit(call)
            else:
                self.tasks.submit(call)
            return returned
        finally:
            if guarded:
                self.guard.leave()

    def _pool_for(self, options: TaskOptions) -> LeasePool:
        """Where a task is to wait for a worker."""
        strategy = options.strategy
        if self._executor is not None:
            strategy = self.place_of(options.name, options, options.resources)
        return self.tasks.pool_for(
            options.resources,
            once=options.max_retries == 0 or options.max_calls > 0,
            strategy=strategy,
            env_key=self.environments.key_for(options.env_vars),
        )

    def create_actor(
        self,
        actor_class: Definition,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        options: ActorOptions,
    ) -> tuple[ActorID, ObjectRef[Any] | None, bytes]:
        """Register an actor and have it created."""
        guarded = self.guard.enter()  # An actor without a handle would stay for ever.
        try:
            if self._executor is not None:
                name, placement = actor_class.name, options.placement
                place = self.place_of(name, options, options.held, placement)
                options = options.replaced(strategy=place)
            return ActorCreator(self, self.head).create(actor_class, args, kwargs, options)
        finally:
            if guarded:
                self.guard.leave()

    def get_actor(self, name: str, namespace: str | None) -> tuple[ActorID, bytes] | None:
        """The id and handle of a living named actor."""
        found: tuple[ActorID, bytes] | None = self.head.ask(
            "get_named_actor", name, namespace or self.namespace
        )
        return found

    def weak_ref(self, actor_id: ActorID) -> ObjectRef[Any] | None:
        """Nothing: an actor is found by its id."""
        del actor_id
        return None

    def kill_actor(self, actor_id: ActorID, *, no_restart: bool) -> None:
        """End the actor's process."""
        self.head.ask("kill_actor", actor_id, no_restart)

    def cancel(
        self, ref: ObjectRef[Any] | ObjectRefGenerator, *, force: bool, recursive: bool
    ) -> None:
        """Cancel the call that is to give the value."""
        if isinstance(ref, ObjectRefGenerator):
            entry: Any = ref._source.completed  # noqa: SLF001  # What is behind it is the core's own.
        else:
            entry = ref._entry  # noqa: SLF001  # As above.
        self.cancellation.cancel(entry, force=force, recursive=recursive)

    def is_cancelled(self) -> bool:
        """Whether the call whose code asks was cancelled."""
        return self._executor is not None and self._executor.is_cancelled()

    def put(self, value: Any) -> ObjectRef[Any]:
        """Keep a value; this process owns it."""
        entry = OwnedEntry(self, self.next_seq())
        entry.site = site_of_put(_getframe(2))
        if type(value) in PLAIN:
            entry.payload = dumps_plain(value)
            if len(entry.payload) <= SURELY_INLINE_BYTES:
                return ObjectRef(entry)
        try:
            data, buffers, contained = dumps(value)
        except NotSerializableError as error:
            raise cannot_be_put(value, error) from None
        payload, entry.pin = self.store.pack(data, buffers)
        if entry.pin is not None:
            self.sealed(entry, self.worker_id)
        if contained:
            entry.contained = contained
        entry.payload = payload
        return ObjectRef(entry)

    def get_one(self, ref: ObjectRef[Any], timeout_s: float | None) -> Any:
        """The value of one ref."""
        entry: Any = ref._entry  # noqa: SLF001  # The entry behind a ref is the core's own.
        if entry.payload is None and not self.waiting.for_one(entry, timeout_s):
            raise self.not_ready([entry], timeout_s)
        return self.load(entry)

    def get(self, refs: Sequence[ObjectRef[Any]], timeout_s: float | None) -> list[Any]:
        """The values of several refs, in order; or an error, once there is one."""
        entries = entries_behind(refs)
        if not self.waiting.for_all(entries, timeout_s):
            for entry in entries:
                if entry.has_failed():
                    self.load(entry)
            raise self.not_ready(entries, timeout_s)
        return [self.load(entry) for entry in entries]

    def is_rest(self, refs: list[ObjectRef[Any]]) -> bool:
        """Whether this begins with what the thread's last :meth:`wait` has left, and is right."""
        return self.waiting.is_rest(refs)

    def wait(
        self,
        refs: list[ObjectRef[Any]],
        num_returns: int,
        timeout_s: float | None,
        *,
        fetch_local: bool = True,  # noqa: ARG002  # All objects are.
    ) -> tuple[list[ObjectRef[Any]], list[ObjectRef[Any]]]:
        """Split into those that are done, ``num_returns`` at most, and the rest."""
        ready, rest = self.waiting.for_some(refs, num_returns, timeout_s)
        if self.over and len(ready) < num_returns:
            raise self.not_ready(entries_behind(rest), timeout_s)
        return ready, rest

    def resources(self, *, available: bool) -> dict[str, float]:
        """The session's resources."""
        if available:
            self.tasks.return_idle()
        found: dict[str, float] = self.head.ask("resources", available)
        return found

    def state(self, table: str) -> list[dict[str, Any]]:
        """Rows of a table of the head's."""
        self.task_events.flush()
        rows: list[dict[str, Any]] = self.head.ask("state", table)
        return rows

    def report(self, what: str) -> tuple[list[dict[str, Any]], int]:
        """What all processes of the session have of something."""
        found: tuple[list[dict[str, Any]], int] = self.head.ask("report", what)
        return found

    def observe(self, spec: MetricSpec, tags: Tags, value: float) -> None:
        """Note one value of a metric."""
        self.metrics.observe(spec, tags, value)

    def show_output_with(self, show: ShowsOutput, when_fetched: Callable[[], None]) -> None:
        """Have another function show what workers print, if anybody is to see it."""
        if self.output.show is not None:
            self.output.show, self.output.when_fetched = show, when_fetched

    def fetch_output(self, longest_s: float) -> None:
        """Show what workers have printed up to now."""
        self.output.fetch(longest_s)

    def tell_bars(self, news: BarsTold) -> None:
        """Have the driver show how far something is."""
        self.head.send(news)

    def stand_in_for_ray(self) -> None:
        """Have ``import ray`` give raylite in the workers."""
        self.head.ask("stand_in_for_ray")

    def events(self) -> list[Event]:
        """The event log."""
        return self.history().all_events()

    def history(self) -> EventBatch:
        """The same, packed."""
        self.task_events.flush()
        return self.news.history()

    def subscribe(
        self, callback: Callable[[EventBatch], None], *, with_history: bool = False
    ) -> Callable[[], None]:
        """Have further events reported."""
        return self.news.subscribe_events(callback, with_history=with_history)

    def address_info(self) -> dict[str, Any]:
        """Where the session is."""
        session = self._session
        return {
            "address": "local",
            "gcs_address": session.head_address,
            "node_id": self.welcome.node_id,
            "node_ip_address": "127.0.0.1",
            "object_store_address": session.shm_folder,
            "raylet_socket_name": session.head_address,
            "redis_address": None,
            "session_dir": session.folder,
            "webui_url": "",
            "metrics_export_port": -1,
            "dashboard_agent_listen_port": -1,
        }

    def _origin_of_running(self) -> int:
        call = self.parent_call() if self.parent_call is not None else None
        return self.origin if call is None else call.origin

    def facts(self) -> RuntimeFacts:
        """Where the calling code runs."""
        base = RuntimeFacts(
            job_id=self.welcome.job_id,
            node_id=self.welcome.node_id,
            worker_id=self.worker_id,
            actor_id=None,
            actor_name=None,
            task_id=None,
            task_name=None,
            namespace=self.namespace,
            is_driver=self._executor is None,
            environment=self.environments.own,
            origin=self._origin_of_running(),
        )
        return base if self._executor is None else self._executor.facts(base)
