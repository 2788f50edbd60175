"""What a session of one process has beside calls: nodes, groups, tables, and its end.

In Ray: ``python/ray/_private/state.py``.
"""

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import Mapping
from typing import Any, Final

from raylite._core.common.bars import BarsTold
from raylite._core.common.bundle_fit import check_fit
from raylite._core.common.call_options import ActorOptions, RuntimeFacts, TaskOptions
from raylite._core.common.ids import PlacementGroupID, WorkerID
from raylite._core.common.metrics import MetricSpec, MetricsTable, Tags
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY, SchedulingStrategy
from raylite._core.common.task_spec import WorkerExit
from raylite._core.core_worker.environments import Environments
from raylite._core.core_worker.failures import session_over
from raylite._core.core_worker.metrics_buffer import Observations
from raylite._core.core_worker.task_execution.assignment import VISIBLE, Assignment
from raylite._core.rpc.peer_messages import (
    ActorUpdate,
    CreateActor,
    DefineEnvironment,
    ExitWorker,
    LeaseContext,
    LeaseGranted,
    LeaseRejected,
    Notice,
    Welcome,
)
from raylite.engines.base import EngineConfig
from raylite.engines.inline.answers import INNER
from raylite.engines.inline.blocking import Blocking
from raylite.engines.inline.call_history import CallHistory
from raylite.engines.inline.calls import CURRENT, Call
from raylite.engines.inline.cancelling import Cancellation
from raylite.engines.inline.control_plane import ControlPlane
from raylite.engines.inline.entries import Entry
from raylite.engines.inline.executing import name_of
from raylite.engines.inline.exits import Exits
from raylite.engines.inline.groups import Groups
from raylite.engines.inline.loops import Loops
from raylite.engines.inline.reports import objects, pending_calls
from raylite.engines.inline.surroundings import Surroundings
from raylite.engines.inline.waiting import Waiting
from raylite.engines.inline.worlds import World, pack
from raylite.exceptions import RaySystemError

__all__ = ["Cluster"]

_LONGEST_PAUSE_S: Final = 0.05
_logger = logging.getLogger("raylite")


class Cluster(Groups):
    """Everything about a session that is no call.

    Args:
        config: what ``init`` was told.
    """

    over: bool
    todo: Any
    tasks: Any
    actors: Any
    paused: Any

    def __init__(self, config: EngineConfig) -> None:
        self._log_to_driver = config.log_to_driver
        self._namespace = config.namespace or os.urandom(8).hex()
        self._driver_world = World(is_drivers=True)
        self._visible = os.environ.get(VISIBLE)
        self._metrics, self._observed = MetricsTable(), Observations()
        self._environments: dict[str, Environments] = {}
        self._bundles_of: dict[PlacementGroupID, list[dict[str, float]]] = {}
        self._exits = Exits()
        self.blocking = Blocking()
        self.waiting = Waiting(self)
        self.cancellation = Cancellation(self)
        self.plane = ControlPlane(
            config, self.worker_id, self._namespace, self._deliver, self._on_news
        )
        self.loops = Loops(self.plane.guard.released)
        self.history_of_calls = CallHistory(self.plane)
        job_id = self.plane.members.job.job_id
        self._environments[job_id] = self._environments_of(job_id)
        self._environments[job_id].become(config.environment)

    def _on_news(self) -> None:
        history = getattr(self, "history_of_calls", None)
        if history is not None:
            history.news()

    # What the control plane says to a worker, or to the driver.

    def _deliver(self, worker_id: WorkerID, message: Any) -> None:
        match message:
            case CreateActor():
                self.actors.placed(message, worker_id)
            case ActorUpdate():
                self.actors.on_update(message)
            case LeaseGranted():
                self.tasks.granted(message)
            case LeaseRejected():
                self.tasks.rejected(message)
            case WorkerExit():
                self.actors.worker_ended(worker_id, message, with_hook=False)
            case ExitWorker():
                exit_ = WorkerExit(intended=True, reason=message.reason)
                self.actors.worker_ended(worker_id, exit_, with_hook=True)
            case Notice():
                _logger.warning(message.text)

    # Environments, and shares of the resources.

    def _environments_of(self, env_key: str) -> Environments:
        found = self._environments.get(env_key)
        if found is None:
            job = self.plane.members.job
            welcome = Welcome(
                job_id=job.job_id,
                node_id=self.plane.node_id,
                namespace=self._namespace,
                import_path=(),
                cwd=job.cwd,
                num_cpus=1,
                env_key=env_key,
                environment=job.environments[env_key],
            )
            found = self._environments[env_key] = Environments(welcome, self._define)
        return found

    def _define(self, message: object) -> None:
        assert isinstance(message, DefineEnvironment)
        self.plane.members.define(message.env_key, message.environment)

    def environments_here(self) -> Environments:
        """Those of the code that runs."""
        call = CURRENT.get()
        return self._environments_of(call.env_key if call is not None else self.own_env_key())

    def own_env_key(self) -> str:
        """The key of the program's own environment."""
        return self._environments[self.plane.members.job.job_id].own_key

    def share_of(self, context: LeaseContext, env_key: str) -> tuple[Assignment, Surroundings]:
        """What a call may use, and the variables that are to be set around it."""
        shown = {} if self._visible is None else {VISIBLE: self._visible}
        assignment = Assignment(shown)
        assignment.change(context)
        own = self._environments_of(env_key).own
        variables: dict[str, str | None] = dict(own.env_vars)
        if os.environ.get(VISIBLE) != shown.get(VISIBLE):
            variables[VISIBLE] = shown.get(VISIBLE)
        return assignment, Surroundings(env_vars=variables, working_dir=own.working_dir)

    def place_of(
        self,
        what: str,
        options: TaskOptions | ActorOptions,
        held: Mapping[str, float],
        placement: Mapping[str, float] | None = None,
    ) -> SchedulingStrategy:
        """Where something is to run that the running code starts.

        Raises:
            ValueError: if it goes into the caller's placement group, and fits into no bundle.
        """
        call, said = CURRENT.get(), options.strategy
        if call is None or call.assignment is None:
            return said or DEFAULT_STRATEGY
        found = call.assignment.place_of_child(said, joins_group=options.joins_group)
        if found is not None and found.group_id and not (said and said.group_id):
            rows = self.placement_groups(found.group_id)
            bundles = list(rows[0]["bundles"].values()) if rows else []
            check_fit(what, bundles, held, held if placement is None else placement)
        return found or DEFAULT_STRATEGY

    def facts_of(self, call: Call | None) -> RuntimeFacts:
        """Where the code of a call runs; None: the program's own."""
        job = self.plane.members.job
        facts = RuntimeFacts(
            job_id=job.job_id,
            node_id=self.plane.node_id,
            worker_id=self.worker_id,
            actor_id=None,
            actor_name=None,
            task_id=None,
            task_name=None,
            namespace=self._namespace,
            is_driver=call is None,
            environment=self.environments_here().own,
            origin=getattr(self, "origin", 0) if call is None else call.origin,
        )
        return facts if call is None else self._facts_in(call, facts)

    def _facts_in(self, call: Call, facts: RuntimeFacts) -> RuntimeFacts:
        worker_id = call.worker_id or self.worker_id
        place = self.plane.pool.place_of(worker_id)
        facts = facts.replaced(
            worker_id=worker_id,
            node_id=place.node_id if place is not None else self.plane.node_id,
            task_id=call.task_id,
            task_name=call.given_name or call.full_name,
            function_name=name_of(call.function),
        )
        if call.assignment is not None:
            facts = call.assignment.facts(facts)
        box = call.actor
        view = self.plane.gcs.actors.view(box.actor_id) if box is not None else None
        if view is None or box is None:
            return facts
        instance = box.instance
        if instance is None or not instance.is_made:
            facts = facts.replaced(task_id="f" * 16 + box.actor_id)
        return facts.replaced(
            actor_id=box.actor_id,
            actor_name=view.spec.name,
            actor_handle=view.spec.handle,
            namespace=view.spec.namespace,
            num_restarts=view.num_restarts,
            is_async=instance is not None and instance.is_async,
        )

    # Values.

    pack = staticmethod(pack)

    def load(self, entry: Entry) -> Any:
        """The value of an entry that has one, made anew; raises the error."""
        assert entry.payload is not None
        call = CURRENT.get()
        world = call.world if call is not None and call.world is not None else self._driver_world
        value = world.load(entry.payload)
        if entry.has_failed():
            if call is None:
                # A debugger finds the frames it was raised in, since they are in this process.
                raise value.with_traceback(entry.raised_at)
            # Within a call they are joined to its own when that has failed as well.
            value.__dict__[INNER] = entry.raised_at
            raise value
        return value

    def session_over(self) -> RaySystemError:
        """The error of whatever can have no answer any more."""
        return session_over()

    def want(self, entry: Entry, *, may_wait: bool) -> None:
        """Somebody waits for the entry who does not call ``get``."""
        loop = asyncio._get_running_loop() if "asyncio" in sys.modules else None  # noqa: SLF001  # Does not raise.
        if loop is None:
            if may_wait:
                self.drive(entry)
        elif not self.loops.has(loop):
            loop.call_soon(self._drive_beside, loop, entry)

    def drive(self, entry: Entry) -> None:
        """Wait for it here, since nobody else will bring it."""
        try:
            self.waiting.until(lambda: entry.payload is not None, None, [entry])
        except RaySystemError:
            _logger.debug("nothing can bring %s at the moment", entry.object_id.hex())

    def _drive_beside(self, loop: asyncio.AbstractEventLoop, entry: Entry) -> None:
        """Do what can be done, and look again soon, while another event loop runs."""
        if self.over or entry.payload is not None:
            return
        self.pump()
        moved = self.loops.turn()
        call = entry.call
        if not moved and call is not None and call.stream is not None:
            moved = call.stream.advance()
        if entry.payload is None:
            delay_s = self.loops.delay_s()
            pause_s = _LONGEST_PAUSE_S if delay_s is None else min(delay_s, _LONGEST_PAUSE_S)
            loop.call_later(0.0 if moved else pause_s, self._drive_beside, loop, entry)

    # Tables.

    def resources(self, *, available: bool) -> dict[str, float]:
        """The session's resources."""
        self.pump()
        raylet = self.plane.raylet
        found: dict[str, float] = (
            raylet.available().positive() if available else raylet.total
        ).to_dict()
        return found

    def state(self, table: str) -> list[dict[str, Any]]:
        """Rows of a table."""
        self.pump()
        self.history_of_calls.flush()
        return self.plane.tables.rows(table)

    def report(self, what: str) -> tuple[list[dict[str, Any]], int]:
        """What the session has of something."""
        self.pump()
        match what:
            case "objects":
                return objects(self), 0
            case "calls":
                self.history_of_calls.flush()
                return pending_calls(self), 0
            case _:
                self._metrics.add(self.worker_id, self._observed.take())
                return self._metrics.rows(), 0

    def observe(self, spec: MetricSpec, tags: Tags, value: float) -> None:
        """Note one value of a metric."""
        self._observed.observe(spec, tags, value)

    # What needs nothing here, since calls print where the program does.

    def show_output_with(self, show: Any, when_fetched: Any) -> None:
        """Nothing: what calls print is in the cell already."""

    def fetch_output(self, longest_s: float) -> None:
        """Nothing, as above."""

    def stand_in_for_ray(self) -> None:
        """Nothing: what holds for the program holds for its calls."""

    @staticmethod
    def show_bars(news: BarsTold) -> None:
        """Draw how far something is. What draws is loaded when there is something to draw."""
        importlib.import_module("raylite.notebook.bars.bar_board").take(news)

    def address_info(self) -> dict[str, Any]:
        """Where the session is: here."""
        address = self.plane.session.head_address
        return {
            "address": "local",
            "gcs_address": address,
            "node_id": self.plane.node_id,
            "node_ip_address": "127.0.0.1",
            "object_store_address": "",
            "raylet_socket_name": address,
            "redis_address": None,
            "session_dir": "",
            "webui_url": "",
            "metrics_export_port": -1,
            "dashboard_agent_listen_port": -1,
        }

    def close(self) -> None:
        """End the session. Harmless when called twice."""
        if self.over:
            return
        self.history_of_calls.close()
        self.over = True
        for box in self.actors.all():
            box.lost(with_hook=False)
        self.todo.clear()
        self.loops.close()
        self._exits.restore()
        self.blocking.restore()
        self.plane.guard.uninstall()
