"""Placement groups as a program holds them: a handle that can be passed on and waited for.

In Ray: ``PlacementGroup`` in ``python/ray/util/placement_group.py``. Programs find the class under
that name: :mod:`raylite.util.placement_group`.
"""

from typing import Any

from raylite import _engine
from raylite._core.common import ids
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.public_ids import PlacementGroupID
from raylite.exceptions import TaskPlacementGroupRemoved

__all__ = ["PlacementGroup", "known_group", "row_of"]


def row_of(group: "PlacementGroup") -> dict[str, Any] | None:
    """What the session knows of a group; None if it was never there, or long ago."""
    rows = _engine.current().placement_groups(group.runtime_id)
    return rows[0] if rows else None


def known_group(
    group_id: ids.PlacementGroupID, bundles: list[dict[str, float]] | None = None
) -> "PlacementGroup":
    """The handle for a group of the session."""
    return PlacementGroup(PlacementGroupID.from_hex(group_id), bundles)


class PlacementGroup:
    """A handle to a placement group. Copies and pickled copies name the same group.

    Args:
        id: the group's.
        bundle_cache: its bundles, if they are known.
    """

    def __init__(
        self,
        id: PlacementGroupID,  # noqa: A002  # Ray's name for it
        bundle_cache: list[dict[str, float]] | None = None,
    ) -> None:
        self.id = id
        self.bundle_cache = bundle_cache

    @staticmethod
    def empty() -> "PlacementGroup":
        """The handle that names no group."""
        return PlacementGroup(PlacementGroupID.nil())

    @property
    def is_empty(self) -> bool:
        """Whether this names no group."""
        return self.id.is_nil()

    @property
    def runtime_id(self) -> ids.PlacementGroupID:
        """The id as the runtime spells it."""
        return ids.PlacementGroupID(self.id.hex())

    @property
    def bundle_specs(self) -> list[dict[str, float]]:
        """The bundles as they were asked for."""
        if not self.bundle_cache:
            row = None if self.is_empty else row_of(self)
            self.bundle_cache = [] if row is None else list(row["bundles"].values())
        return self.bundle_cache

    @property
    def bundle_count(self) -> int:
        """How many bundles there are."""
        return len(self.bundle_specs)

    def ready(self) -> ObjectRef[Any]:
        """A ref that has this group as its value as soon as all bundles are reserved.

        ``get`` of it raises TaskPlacementGroupRemoved if the group is removed before.
        """
        engine = _engine.current()
        if self.is_empty:
            return engine.put(self)
        return engine.placement_group_ready(self.runtime_id, self)

    def wait(self, timeout_seconds: float = 30) -> bool:
        """Wait until all bundles are reserved.

        Args:
            timeout_seconds: how long at most.

        Returns:
            False if the time was not enough.

        Raises:
            TypeError: if the time is no number.
            Exception: if the group was removed.
        """
        _check_seconds(timeout_seconds)
        if self.is_empty or timeout_seconds < 0:
            return False
        row = row_of(self)
        if row is None or row["state"] == "REMOVED":
            raise self._gone()
        if row["state"] == "CREATED" or timeout_seconds == 0:
            return bool(row["state"] == "CREATED")
        ref = self.ready()
        engine = _engine.current()
        if not engine.wait([ref], 1, timeout_seconds)[0]:
            return False
        try:
            engine.get_one(ref, None)
        except TaskPlacementGroupRemoved:
            raise self._gone() from None
        return True

    def _gone(self) -> Exception:
        return Exception(  # As in Ray, which has no class for it.
            f"The placement group {self.id.hex()} does not exist: it was removed, or never made. "
            "Make a new one with placement_group(bundles)."
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlacementGroup) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"PlacementGroup({self.id.hex()})"


def _check_seconds(value: Any) -> None:
    if not isinstance(value, int | float):
        msg = f"wait({value!r}): this has to be a number of seconds."
        raise TypeError(msg)


PlacementGroup.__module__ = "raylite.util.placement_group"
