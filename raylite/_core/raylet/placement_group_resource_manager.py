"""What a raylet does for placement groups: sets bundles aside, opens them, gives them back.

In Ray: ``NewPlacementGroupResourceManager`` in
``src/ray/raylet/placement_group_resource_manager.h``.
"""

from typing import assert_never

from raylite._core.common.instructions import Instruction, TellGcs
from raylite._core.common.messages import (
    BundlesCommitted,
    BundlesPrepared,
    CommitBundles,
    PrepareBundles,
    ReturnBundles,
)
from raylite._core.raylet import rejections
from raylite._core.raylet.ignored import ignore
from raylite._core.raylet.raylet_tables import RayletTables

__all__ = ["PlacementGroupResourceManager"]


class PlacementGroupResourceManager:
    """Answers the control plane's two phases, and ends what runs in a group that is gone.

    Args:
        tables: what the raylet knows.
    """

    def __init__(self, tables: RayletTables) -> None:
        self._tables = tables

    def handle(self, message: PrepareBundles | CommitBundles | ReturnBundles) -> list[Instruction]:
        """Apply one message. The same message twice has the effect of one."""
        match message:
            case PrepareBundles():
                return self._prepare(message)
            case CommitBundles():
                return self._commit(message)
            case ReturnBundles():
                if message.attempt is None:
                    return self._return(message)
                bundles = self._tables.bundles
                bundles.give_back_prepared(message.group_id, before=message.attempt + 1)
                return []
            case _:
                assert_never(message)

    def _prepare(self, message: PrepareBundles) -> list[Instruction]:
        prepared = self._tables.bundles.prepare(message.group_id, message.attempt, message.bundles)
        answer = BundlesPrepared(
            group_id=message.group_id,
            attempt=message.attempt,
            node_id=self._tables.node_id,
            prepared=prepared,
            at_s=message.at_s,
        )
        return [TellGcs(message=answer)]

    def _commit(self, message: CommitBundles) -> list[Instruction]:
        if not self._tables.bundles.commit(message.group_id, message.attempt):
            ignore(
                self._tables.record, message, message.group_id, "its bundles are not prepared here"
            )
            return []
        answer = BundlesCommitted(
            group_id=message.group_id,
            attempt=message.attempt,
            node_id=self._tables.node_id,
            at_s=message.at_s,
        )
        return [TellGcs(message=answer)]

    def _return(self, message: ReturnBundles) -> list[Instruction]:
        group = f"placement group {message.group_id}"
        why = f"its {group} was removed" if message.removed else f"its {group} is placed anew"
        users = self._tables.leases.using(self._tables.bundles.give_back(message.group_id))
        for lease in users:
            lease.pool = self._tables.node
        stops = self._tables.stop_workers_of(users, why, is_crash=not message.removed)
        return [*stops, *self._reject_waiting(message)] if message.removed else stops

    def _reject_waiting(self, message: ReturnBundles) -> list[Instruction]:
        group_id = message.group_id
        waiting = self._tables.queue.matching(lambda head: head.strategy.group_id == group_id)
        for lease in waiting:
            self._tables.cancel(lease, message.at_s)
        return [rejections.group_removed(lease, group_id) for lease in waiting]
