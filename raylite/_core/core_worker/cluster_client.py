"""What a process asks of the session's nodes and placement groups.

In Ray: ``CoreWorker::CreatePlacementGroup`` in ``src/ray/core_worker/core_worker.cc`` and
``python/ray/_private/state.py``.
"""

import os
from collections.abc import Mapping
from typing import Any

from raylite._core.common.bundle_fit import check_fit
from raylite._core.common.call_options import ActorOptions, RuntimeFacts, TaskOptions
from raylite._core.common.ids import (
    PLACEMENT_GROUP_ID_BYTES,
    WORKER_ID_BYTES,
    NodeID,
    PlacementGroupID,
)
from raylite._core.common.label_selector import NODE_ID_LABEL
from raylite._core.common.messages import AddNode
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.placement_group_spec import (
    BundleSpec,
    PlacementGroupSpec,
    PlacementStrategy,
)
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._core.core_worker.core_process import CoreProcess
from raylite._core.core_worker.entries import OwnedEntry
from raylite._core.core_worker.failures import group_removed, session_over
from raylite._core.object_store.serialization import dumps, dumps_error
from raylite.exceptions import RaySystemError

__all__ = ["ClusterClient"]


class ClusterClient(CoreProcess):
    """Asks the head, which knows the nodes and the groups."""

    _bundles_of: dict[PlacementGroupID, list[dict[str, float]]] | None = None
    """Bundles of groups that capture what is started here."""

    def facts(self) -> RuntimeFacts:
        """Where the calling code runs."""
        raise NotImplementedError

    def place_of(
        self,
        what: str,
        options: TaskOptions | ActorOptions,
        held: Mapping[str, float],
        placement: Mapping[str, float] | None = None,
    ) -> SchedulingStrategy | None:
        """Where something is to run that the code of a worker starts.

        Args:
            what: the function or class, for the error.
            options: what was said of it.
            held: what it takes while it runs.
            placement: what must be free for it to be placed; None: the same.

        Raises:
            ValueError: if it goes into the caller's placement group, and fits into no bundle.
        """
        said = options.strategy
        if self._executor is None:
            return said
        found = self._executor.place_of_child(said, joins_group=options.joins_group)
        if found is not None and found.group_id and not (said and said.group_id):
            bundles = self._known_bundles(found.group_id)
            check_fit(what, bundles, held, held if placement is None else placement)
        return found

    def _known_bundles(self, group_id: PlacementGroupID) -> list[dict[str, float]]:
        known = self._bundles_of = self._bundles_of or {}
        if group_id not in known:
            rows = self.placement_groups(group_id)
            known[group_id] = list(rows[0]["bundles"].values()) if rows else []
        return known[group_id]

    def create_placement_group(
        self,
        bundles: tuple[BundleSpec, ...],
        strategy: PlacementStrategy,
        *,
        name: str,
        detached: bool,
        target_node_id: NodeID | None,
    ) -> PlacementGroupID:
        """Ask for a group.

        Raises:
            RaySystemError: if its name is taken.
        """
        self.tasks.return_idle()  # The group is to find as much room as there is.
        base = self.facts()
        spec = PlacementGroupSpec(
            group_id=PlacementGroupID(os.urandom(PLACEMENT_GROUP_ID_BYTES).hex()),
            name=name,
            namespace=base.namespace,
            strategy=strategy,
            bundles=bundles,
            owner_id=self.worker_id,
            actor_id=base.actor_id,
            detached=detached,
            target_node_id=target_node_id,
        )
        if self.head.ask("create_placement_group", spec):
            return spec.group_id
        msg = (
            f"Failed to create the placement group: its name {name!r} already exists in the "
            f"namespace {spec.namespace!r}. Take another name, or use the group there is: "
            f"get_placement_group({name!r})."
        )
        raise RaySystemError(msg)

    def remove_placement_group(self, group_id: PlacementGroupID) -> None:
        """Give a group's resources back, and end what runs in it."""
        self.head.ask("remove_placement_group", group_id)
        self.tasks.forget_group(group_id)

    def placement_group_ready(self, group_id: PlacementGroupID, value: Any) -> ObjectRef[Any]:
        """A ref whose value is ``value`` once the group is there, or else an error."""
        entry = OwnedEntry(self, self.next_seq())
        data, buffers, _ = dumps(value)
        payload, _ = self.store.pack(data, buffers)

        def answered(is_there: bool | None) -> None:  # noqa: FBT001  # As it came over the wire.
            if is_there:
                entry.resolve(payload)
            else:
                error = session_over() if is_there is None else group_removed(group_id)
                entry.resolve(dumps_error(error))

        self.head.ask_later(answered, "placement_group_ready", group_id)
        return ObjectRef(entry)

    def get_placement_group(self, name: str) -> PlacementGroupID | None:
        """The group of that name in the namespace."""
        found: PlacementGroupID | None = self.head.ask(
            "get_placement_group", name, self.facts().namespace
        )
        return found

    def placement_groups(self, group_id: PlacementGroupID | None) -> list[dict[str, Any]]:
        """Rows of the table of groups."""
        rows: list[dict[str, Any]] = self.head.ask("placement_groups", group_id)
        return rows

    def add_node(self, total: Mapping[str, float], labels: Mapping[str, str]) -> NodeID:
        """Add a virtual node."""
        node_id = NodeID(os.urandom(WORKER_ID_BYTES).hex())
        message = AddNode(
            node_id=node_id,
            total=ResourceSet.of(total),
            labels={**labels, NODE_ID_LABEL: node_id},
            at_s=self.now_s(),
        )
        self.head.ask("add_node", message)
        return node_id

    def remove_node(self, node_id: NodeID) -> None:
        """Remove a virtual node and kill what runs there."""
        self.head.ask("remove_node", node_id)
