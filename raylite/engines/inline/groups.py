"""Nodes and placement groups, as a session of one process asks for them.

In Ray: ``python/ray/_private/state.py`` and ``python/ray/util/placement_group.py``.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

from raylite._core.common.call_options import RuntimeFacts
from raylite._core.common.ids import PLACEMENT_GROUP_ID_BYTES, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.messages import CreatePlacementGroup
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.placement_group_spec import (
    BundleSpec,
    PlacementGroupSpec,
    PlacementStrategy,
)
from raylite._core.core_worker.failures import group_removed
from raylite._core.object_store.serialization import dumps_error
from raylite.engines.inline.calls import CURRENT, Call, object_id
from raylite.engines.inline.control_plane import Asker, ControlPlane
from raylite.engines.inline.entries import Entry
from raylite.engines.inline.worlds import pack
from raylite.exceptions import RaySystemError

__all__ = ["Groups"]


class Groups:
    """Asks the control plane, and then does what can be done."""

    plane: ControlPlane
    worker_id: WorkerID
    pump: Callable[[], None]
    settle: Callable[[], None]
    new_call: Callable[[str], Call]
    facts_of: Callable[[Call | None], RuntimeFacts]

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
        self.settle()
        base = self.facts_of(CURRENT.get())
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
        self.plane.received(base.worker_id, CreatePlacementGroup(spec=spec, at_s=0.0))
        if self._ask("create_placement_group", spec):
            return spec.group_id
        msg = (
            f"Failed to create the placement group: its name {name!r} already exists in the "
            f"namespace {spec.namespace!r}. Take another name, or use the group there is: "
            f"get_placement_group({name!r})."
        )
        raise RaySystemError(msg)

    def remove_placement_group(self, group_id: PlacementGroupID) -> None:
        """Give a group's resources back, and end what runs in it."""
        self._ask("remove_placement_group", group_id)

    def placement_group_ready(self, group_id: PlacementGroupID, value: Any) -> ObjectRef[Any]:
        """A ref whose value is ``value`` once the group is there, or else an error."""
        home: Any = self
        entry = Entry(home, object_id(self.new_call("ready"), 1))
        payload, entry.contained = pack(value)

        def answered(is_there: Any) -> None:
            entry.resolve(payload if is_there else dumps_error(group_removed(group_id)))

        asker = Asker(self.worker_id, answered)
        found = self.plane.ask("placement_group_ready", asker, group_id)
        if isinstance(found, bool):
            answered(found)
        return ObjectRef(entry)

    def get_placement_group(self, name: str) -> PlacementGroupID | None:
        """The group of that name in the namespace."""
        found: PlacementGroupID | None = self._ask(
            "get_placement_group", name, self.facts_of(CURRENT.get()).namespace
        )
        return found

    def placement_groups(self, group_id: PlacementGroupID | None) -> list[dict[str, Any]]:
        """Rows of the table of groups."""
        rows: list[dict[str, Any]] = self._ask("placement_groups", group_id)
        return rows

    def add_node(self, total: Mapping[str, float], labels: Mapping[str, str]) -> NodeID:
        """Add a virtual node."""
        self.settle()
        node_id = self.plane.add_node(total, labels)
        self.pump()
        return node_id

    def remove_node(self, node_id: NodeID) -> None:
        """Remove a virtual node and end what is there."""
        self._ask("remove_node", node_id)

    def _ask(self, what: str, *args: Any) -> Any:
        self.settle()
        found = self.plane.ask(what, Asker(self.worker_id), *args)
        self.pump()
        return found
