"""raylite's engine on Ray: each operation is one of Ray's.

In Ray: ``python/ray/_private/worker.py``. The driver has one, and so has each worker of Ray's in
which something of raylite's runs (:mod:`.attaching`).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import ray

from raylite._core.common.bars import BarsTold
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import Event
from raylite._core.common.ids import ActorID, NodeID, PlacementGroupID
from raylite._core.common.metrics import MetricSpec, Tags
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.object_ref_generator import ObjectRefGenerator
from raylite._core.common.placement_group_spec import BundleSpec, PlacementStrategy
from raylite.engines.base import (
    ActorCalls,
    ActorOptions,
    Definition,
    EngineConfig,
    OutputLines,
    Picture,
    RuntimeFacts,
    TaskOptions,
)
from raylite.engines.ray import actors, getting, groups, tasks
from raylite.engines.ray.entries import ray_handle_of
from raylite.engines.ray.errors import mapped
from raylite.engines.ray.facts import facts, is_in_worker
from raylite.engines.ray.metrics import RayMetrics
from raylite.engines.ray.rests import Rests
from raylite.engines.ray.state import StateTables
from raylite.engines.ray.views import Views
from raylite.exceptions import RaySystemError

__all__ = ["RayEngine"]

_ONLY_REFS: Final = {ObjectRef}


class RayEngine:
    """What the public API calls, as calls of Ray's.

    Args:
        config: what ``init`` was told.
        is_driver: whether this is the user's program, and no worker.
        began: whether raylite called Ray's ``init``, and so is to call its ``shutdown``.
        address_info: what Ray's ``init`` has told.
    """

    complete_events = False
    is_ray = True

    def __init__(
        self,
        config: EngineConfig,
        *,
        is_driver: bool,
        began: bool,
        address_info: Mapping[str, Any] | None = None,
    ) -> None:
        self.config = config
        self.is_driver = is_driver
        self.origin = 0
        self.began_s = time.monotonic()
        self._began = began
        self._why_lost = ""
        self._told = dict(address_info or {})
        self.namespace = str(ray.get_runtime_context().namespace)
        self._metrics = RayMetrics()
        self._tables = StateTables(self)
        # In a worker it is Ray that ends the process when the cluster is gone.
        self._check = self.check_not_lost if is_driver else None
        # In a driver there is somebody who forgets, the thread that watches the connection.
        self.rests: Rests | None = Rests() if is_driver else None
        self.views = Views(self)

    @classmethod
    def of_this_process(cls) -> "RayEngine":
        """The engine of a worker of Ray's, or of a program that has called Ray's own ``init``."""
        return cls(EngineConfig(engine="ray"), is_driver=not is_in_worker(), began=False)

    @property
    def over(self) -> bool:
        """Whether the connection is lost, or somebody has called Ray's ``shutdown``."""
        return bool(self._why_lost) or not ray.is_initialized()

    @property
    def is_lost(self) -> bool:
        """Whether the cluster has gone away."""
        return bool(self._why_lost)

    def lost(self, why: str) -> None:
        """The cluster has gone away.

        Args:
            why: a sentence, with which all that is asked for from now on fails.
        """
        self._why_lost = why

    def check_not_lost(self) -> None:
        """Refuse what cannot be had any more. Costs nothing.

        What would wait in Ray for a GCS that is gone asks ``views.check_reached()`` as well.

        Raises:
            RaySystemError: if the cluster has gone away.
        """
        if self._why_lost:
            raise RaySystemError(self._why_lost)

    def submit_task(
        self,
        function: Definition,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        options: TaskOptions,
    ) -> Any:
        """Queue a call of a remote function."""
        self.check_not_lost()
        if function.shipped is None:
            self.views.check_reached()
        given = tasks.submit(function, args, kwargs, options)
        if self.origin:
            self.note_submitted(given)
        return given

    def note_submitted(self, given: Any) -> None:
        """Tell the views which call a cell of the notebook has caused."""
        first = given[0] if isinstance(given, list) and given else given
        if isinstance(first, ObjectRefGenerator):
            self.views.submitted(bytes.fromhex(first.task_id().hex()))
        elif isinstance(first, ObjectRef):
            self.views.submitted(first.binary()[:24])

    def create_actor(
        self,
        actor_class: Definition,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        options: ActorOptions,
    ) -> tuple[ActorID, ObjectRef[Any] | None, bytes]:
        """Have an actor created."""
        self.check_not_lost()
        self.views.check_reached()
        made = actors.create(actor_class, args, kwargs, options, self.namespace)
        if self.origin:
            self.views.created(made[0])
        return made

    def actor_client(self, actor_id: ActorID, calls: ActorCalls) -> actors.RayActorClient:
        """The way to an actor."""
        del calls  # Ray's handle knows.
        return actors.RayActorClient(actor_id, self)

    def get_actor(self, name: str, namespace: str | None) -> tuple[ActorID, bytes] | None:
        """The id and handle of a living named actor."""
        return actors.named(name, namespace or self.namespace)

    def weak_ref(self, actor_id: ActorID) -> ObjectRef[Any] | None:
        """Leads to an actor without keeping it."""
        return actors.weak_ref_of(actor_id)

    def kill_actor(self, actor_id: ActorID, *, no_restart: bool) -> None:
        """End the actor's process."""
        ray_handle = ray_handle_of(actor_id)
        if ray_handle is not None:
            ray.kill(ray_handle, no_restart=no_restart)

    def cancel(
        self, ref: ObjectRef[Any] | ObjectRefGenerator, *, force: bool, recursive: bool
    ) -> None:
        """Cancel the call that is to give the value."""
        getting.cancel(ref, force=force, recursive=recursive)

    def is_cancelled(self) -> bool:
        """Whether the call whose code asks was cancelled."""
        return not self.is_driver and bool(ray.get_runtime_context().is_canceled())

    def put(self, value: Any) -> ObjectRef[Any]:
        """Keep a value."""
        self.check_not_lost()
        return getting.put(value)

    def get(self, refs: Sequence[ObjectRef[Any]], timeout_s: float | None) -> list[Any]:
        """The values of several refs, or the first error."""
        return getting.get_all(refs, timeout_s, self._check)

    def get_one(self, ref: ObjectRef[Any], timeout_s: float | None) -> Any:
        """The value of one ref."""
        return getting.get_one(ref, timeout_s, self._check)

    def is_rest(self, refs: list[ObjectRef[Any]]) -> bool:
        """Whether these are refs; that they are different is checked by Ray, and told by `wait`."""
        return (self.rests is not None and self.rests.of_ray(refs) is not None) or set(
            map(type, refs)
        ) == _ONLY_REFS

    def wait(
        self,
        refs: list[ObjectRef[Any]],
        num_returns: int,
        timeout_s: float | None,
        *,
        fetch_local: bool = True,
    ) -> tuple[list[ObjectRef[Any]], list[ObjectRef[Any]]]:
        """Split into those that are done and the rest."""
        return getting.wait(
            refs, num_returns, timeout_s, self._check, self.rests, fetch_local=fetch_local
        )

    def create_placement_group(
        self,
        bundles: tuple[BundleSpec, ...],
        strategy: PlacementStrategy,
        *,
        name: str,
        detached: bool,
        target_node_id: NodeID | None,
    ) -> PlacementGroupID:
        """Ask for a group."""
        self.views.check_reached()
        return groups.create(
            bundles, strategy, name=name, detached=detached, target_node_id=target_node_id
        )

    def remove_placement_group(self, group_id: PlacementGroupID) -> None:
        """Give its resources back."""
        groups.remove(group_id)

    def placement_group_ready(self, group_id: PlacementGroupID, value: Any) -> ObjectRef[Any]:
        """A ref whose value is the group once it is there."""
        del value  # Ray's group becomes the same on its way back.
        return groups.ready(group_id)

    def get_placement_group(self, name: str) -> PlacementGroupID | None:
        """The group of that name."""
        return groups.find(name)

    def placement_groups(self, group_id: PlacementGroupID | None) -> list[dict[str, Any]]:
        """Rows of Ray's table."""
        return groups.rows(group_id)

    def add_node(self, total: Mapping[str, float], labels: Mapping[str, str]) -> NodeID:
        """There are no virtual nodes.

        Raises:
            RaySystemError: always; it says how a node is added.
        """
        del total, labels
        msg = (
            "Nodes of a Ray are not added from a program: start one with `ray start --address=...` "
            "on its machine, or take raylite's own engine, init(nodes=[...])."
        )
        raise RaySystemError(msg)

    def remove_node(self, node_id: NodeID) -> None:
        """There are no virtual nodes.

        Raises:
            RaySystemError: always; it says how a node is removed.
        """
        msg = f"The node {node_id} is Ray's: write `ray stop` on its machine to remove it."
        raise RaySystemError(msg)

    def resources(self, *, available: bool) -> dict[str, float]:
        """All resources, or those that are free."""
        try:
            found: dict[str, float] = (
                ray.available_resources() if available else ray.cluster_resources()
            )
        except Exception as error:
            raise mapped(error) from None
        return found

    def state(self, table: str) -> list[dict[str, Any]]:
        """Rows of a table."""
        return self._tables.rows(table)

    def stand_in_for_ray(self) -> None:
        """Nothing: ``import ray`` gives Ray on Ray."""

    def report(self, what: str) -> tuple[list[dict[str, Any]], int]:
        """What Ray's processes have of something."""
        return self._tables.report(what)

    def observe(self, spec: MetricSpec, tags: Tags, value: float) -> None:
        """Note one value of a metric."""
        self._metrics.observe(spec, tags, value)

    def show_output_with(
        self, show: Callable[[OutputLines | Picture], None], when_fetched: Callable[[], None]
    ) -> None:
        """Have ``show`` show what workers print."""
        self.views.show_output_with(show, when_fetched)

    def fetch_output(self, longest_s: float) -> None:
        """Show what workers have printed up to now."""
        self.views.fetch_output(longest_s)

    def tell_bars(self, news: BarsTold) -> None:
        """Have the driver show how far something is."""
        self.views.tell_bars(news)

    def events(self) -> list[Event]:
        """The event log, as far as Ray was asked."""
        return self.views.events()

    def history(self) -> EventBatch:
        """The same, packed."""
        return self.views.history()

    def subscribe(
        self, callback: Callable[[EventBatch], None], *, with_history: bool = False
    ) -> Callable[[], None]:
        """Have further events reported."""
        return self.views.subscribe(callback, with_history=with_history)

    def address_info(self) -> dict[str, Any]:
        """Where the session is."""
        return self._tables.address_info(self._told)

    def facts(self) -> RuntimeFacts:
        """Where the calling code runs."""
        return facts(is_driver=self.is_driver, namespace=self.namespace, origin=self.origin)

    def close(self) -> None:
        """Leave Ray; end it, if it was started here."""
        self.views.close()
        self.rests = None
        if self._began:
            self._began = False
            ray.shutdown()
