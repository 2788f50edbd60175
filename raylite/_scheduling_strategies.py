"""The classes that programs give as ``scheduling_strategy=``.

In Ray: ``python/ray/util/scheduling_strategies.py``. Programs find them under that name:
:mod:`raylite.util.scheduling_strategies`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from raylite._core.common.label_selector import ABSENT, EXISTS

__all__ = [
    "DoesNotExist",
    "Exists",
    "In",
    "LabelCondition",
    "NodeAffinitySchedulingStrategy",
    "NodeLabelSchedulingStrategy",
    "NotIn",
    "PlacementGroupSchedulingStrategy",
    "is_node_id",
]

_NODE_ID_DIGITS = 56
_NO_NODE = "f" * _NODE_ID_DIGITS


class PlacementGroupSchedulingStrategy:
    """Run in a bundle of a placement group.

    Args:
        placement_group: the group; None says: in no group, not even the caller's.
        placement_group_bundle_index: which of its bundles; -1: any that has room.
        placement_group_capture_child_tasks: whether what the task or actor starts goes into the
            group as well; None: as it is for the caller.
    """

    def __init__(
        self,
        placement_group: Any,
        placement_group_bundle_index: int = -1,
        placement_group_capture_child_tasks: bool | None = None,  # noqa: FBT001  # Ray's signature
    ) -> None:
        self.placement_group = placement_group
        self.placement_group_bundle_index = placement_group_bundle_index
        self.placement_group_capture_child_tasks = placement_group_capture_child_tasks


class NodeAffinitySchedulingStrategy:
    """Run on a certain node.

    Args:
        node_id: the node's id, 56 hexadecimal digits, as ``ray.nodes()`` tells it.
        soft: whether another node will do if this one is gone, or too small. It is waited for as
            long as it is merely busy.
        _spill_on_unavailable: with ``soft=True``: another will do even if this one is only busy.
        _fail_on_unavailable: with ``soft=False``: do not wait for it, but fail, if it is busy.

    Raises:
        ValueError: for what is no node's id, and for switches that contradict each other.
    """

    def __init__(
        self,
        node_id: Any,
        soft: bool,  # noqa: FBT001  # Ray's signature
        _spill_on_unavailable: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
        _fail_on_unavailable: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    ) -> None:
        self.node_id = node_id if isinstance(node_id, str) else node_id.hex()
        self.soft = soft
        self._spill_on_unavailable = _spill_on_unavailable
        self._fail_on_unavailable = _fail_on_unavailable
        if not is_node_id(self.node_id):
            msg = (
                f"Invalid node_id {self.node_id!r}: a node's id is {_NODE_ID_DIGITS} hexadecimal "
                "digits. [node['NodeID'] for node in ray.nodes()] gives those there are."
            )
            raise ValueError(msg)
        if _spill_on_unavailable and not soft:
            msg = "_spill_on_unavailable=True needs soft=True: a hard wish never goes elsewhere."
            raise ValueError(msg)
        if _fail_on_unavailable and soft:
            msg = "_fail_on_unavailable=True needs soft=False: a soft wish goes elsewhere instead."
            raise ValueError(msg)


def is_node_id(text: str) -> bool:
    """Whether a node could be called that."""
    try:
        return len(bytes.fromhex(text)) * 2 == len(text) == _NODE_ID_DIGITS and text != _NO_NODE
    except ValueError:
        return False


class LabelCondition:
    """What a label of a node has to be like: one of the four classes below."""

    values: Sequence[str] = ()

    def term(self) -> str:
        """The condition as a label selector writes it."""
        raise NotImplementedError


class In(LabelCondition):
    """The label has one of these values.

    Args:
        values: texts, one or more.

    Raises:
        ValueError: for none, or for anything else than texts.
    """

    def __init__(self, *values: str) -> None:
        self.values = _checked_values("In", values)

    def term(self) -> str:
        """``in(v,w)``."""
        return f"in({','.join(self.values)})"


class NotIn(LabelCondition):
    """The label has none of these values, or the node does not have it.

    Args:
        values: texts, one or more.

    Raises:
        ValueError: for none, or for anything else than texts.
    """

    def __init__(self, *values: str) -> None:
        self.values = _checked_values("NotIn", values)

    def term(self) -> str:
        """``!in(v,w)``."""
        return f"!in({','.join(self.values)})"


class Exists(LabelCondition):
    """The node has the label, whatever its value."""

    def term(self) -> str:
        """``*``."""
        return EXISTS


class DoesNotExist(LabelCondition):
    """The node does not have the label."""

    def term(self) -> str:
        """``!*``."""
        return ABSENT


def _checked_values(operator: str, values: Sequence[Any]) -> list[str]:
    meant = f'Write {operator}("value1", "value2").'
    if not values:
        msg = f"{operator}() needs at least one value. {meant}"
        raise ValueError(msg)
    for position, value in enumerate(values):
        if not isinstance(value, str):
            msg = (
                f"The value in position {position} of {operator}(...) has to be a text, and is "
                f"{value!r} of type {type(value).__name__}. {meant}"
            )
            raise ValueError(msg)  # noqa: TRY004  # Ray's type
    return list(values)


class NodeLabelSchedulingStrategy:
    """Run on a node that has certain labels.

    Args:
        hard: what they have to be, by name: ``{"region": In("us"), "gpu_type": Exists()}``.
        soft: the same for labels that had better be so.

    Raises:
        ValueError: for two empty dictionaries, and for anything else than conditions.
    """

    def __init__(
        self,
        hard: Mapping[str, LabelCondition] | None,
        *,
        soft: Mapping[str, LabelCondition] | None = None,
    ) -> None:
        self.hard = _checked_conditions("hard", hard)
        self.soft = _checked_conditions("soft", soft)
        if not (self.hard or self.soft):
            msg = (
                "NodeLabelSchedulingStrategy needs a condition: its hard and soft cannot both be "
                'empty. Write NodeLabelSchedulingStrategy({"region": In("us")}).'
            )
            raise ValueError(msg)


def _checked_conditions(name: str, conditions: Any) -> dict[str, LabelCondition]:
    meant = 'Write {"key1": In("value1")}.'
    if conditions is None:
        return {}
    if not isinstance(conditions, dict):
        msg = f"{name} has to be a dictionary, and is {type(conditions).__name__}. {meant}"
        raise ValueError(msg)  # noqa: TRY004  # Ray's type
    for key, condition in conditions.items():
        if not isinstance(key, str):
            msg = f"A key of {name} has to be a text, and is {key!r}. {meant}"
            raise ValueError(msg)  # noqa: TRY004  # Ray's type
        if not isinstance(condition, LabelCondition):
            msg = (
                f"The condition for {key!r} in {name} has to be In, NotIn, Exists or "
                f"DoesNotExist, and is {condition!r}. {meant}"
            )
            raise ValueError(msg)  # noqa: TRY004  # Ray's type
    return dict(conditions)


for _name in __all__:
    globals()[_name].__module__ = "raylite.util.scheduling_strategies"
