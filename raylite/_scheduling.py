"""Where a task or an actor is to run: what the engine is told, made from the user's options.

In Ray: ``_configure_placement_group_based_on_context`` in ``python/ray/util/placement_group.py``,
and ``python/ray/_private/label_utils.py``.

1. ``scheduling_strategy`` says ``"DEFAULT"``, ``"SPREAD"``, a node, labels, or a placement group.
2. ``placement_group``, ``placement_group_bundle_index`` and ``placement_group_capture_child_tasks``
   are the older way to say the last. The two cannot be mixed.
3. ``label_selector`` comes on top of any of these, and ``fallback_strategy`` lists others.
4. Who says nothing of a group goes into the one that captures what its caller starts, if any.
"""

from collections.abc import Mapping
from typing import Any, Final

from raylite._core.common.bundle_fit import check_fit
from raylite._core.common.ids import NodeID
from raylite._core.common.label_selector import check_label_selector
from raylite._core.common.record import Record
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._placement_group import PlacementGroup
from raylite._scheduling_strategies import (
    LabelCondition,
    NodeAffinitySchedulingStrategy,
    NodeLabelSchedulingStrategy,
    PlacementGroupSchedulingStrategy,
)

__all__ = [
    "STRATEGY_TYPES",
    "Where",
    "bad_fallbacks",
    "bad_selector",
    "bad_strategy",
    "check_one_way",
    "where",
]

STRATEGY_TYPES: Final = (
    str,
    PlacementGroupSchedulingStrategy,
    NodeAffinitySchedulingStrategy,
    NodeLabelSchedulingStrategy,
)
"""What ``scheduling_strategy`` may be an instance of."""
_WORDS: Final = ("DEFAULT", "SPREAD")
_NO_WISH: Final = SchedulingStrategy()


class Where(Record):
    """What goes into the options that the engine is given."""

    strategy: SchedulingStrategy | None = None
    joins_group: bool | None = None


_ANYWHERE: Final = Where()


def bad_strategy(value: Any) -> str | None:
    """What is wrong with a ``scheduling_strategy``."""
    if isinstance(value, str) and value not in _WORDS:
        return (
            "Invalid scheduling_strategy value. Valid ones are 'DEFAULT', 'SPREAD', and an "
            "instance of PlacementGroupSchedulingStrategy, NodeAffinitySchedulingStrategy or "
            "NodeLabelSchedulingStrategy."
        )
    return None


def bad_selector(value: Mapping[Any, Any]) -> str | None:
    """What is wrong with a ``label_selector``.

    Raises:
        TypeError: if a key or a condition is no text.
    """
    for key, term in value.items():
        if not isinstance(key, str) or not isinstance(term, str):
            msg = (
                f"label_selector={value!r}: both sides have to be texts, as in "
                "{'region': 'in(us,eu)'}."
            )
            raise TypeError(msg)
    try:
        check_label_selector(value)
    except ValueError as error:
        return str(error)
    return None


def bad_fallbacks(value: list[Any]) -> str | None:
    """What is wrong with a ``fallback_strategy``."""
    meant = "Write a list like [{'label_selector': {'region': 'us'}}]."
    for one in value:
        if not isinstance(one, dict):
            return f"each element in it has to be a dictionary, not {one!r}. {meant}"
        if not one:
            return f"an empty dictionary in it says nothing. {meant}"
        unknown = sorted(str(key) for key in one if key != "label_selector")
        if unknown:
            return f"{unknown[0]!r} in it is no option that can be fallen back on. {meant}"
        selector = one["label_selector"] or {}
        if not isinstance(selector, dict):
            return f"the label_selector in it has to be a dictionary, not {selector!r}. {meant}"
        wrong = bad_selector(selector)
        if wrong:
            return wrong
    return None


def check_one_way(options: Mapping[str, Any]) -> None:
    """Refuse the two ways to name a placement group at once.

    Raises:
        ValueError: if both are there.
    """
    old = options.get("placement_group")
    # Not with 'in': a group is compared with a text there.
    names_group = isinstance(old, PlacementGroup) or (old is not None and old != "default")
    if names_group and options.get("scheduling_strategy") is not None:
        msg = (
            "Placement groups are named in scheduling_strategy=PlacementGroupSchedulingStrategy("
            "group, bundle_index), and placement_group= is the older way: write one of the two."
        )
        raise ValueError(msg)


def where(
    what: str,
    options: Mapping[str, Any],
    held: Mapping[str, float],
    placement: Mapping[str, float],
) -> Where:
    """What the engine is told of the place.

    Args:
        what: the function or class, for errors.
        options: all that the user gave; each is checked.
        held: what it takes while it runs.
        placement: what must be free for it to be placed.

    Raises:
        ValueError: for options that contradict each other, for a bundle that is not there, and
            for what fits into no bundle.
        AssertionError: for a group that is none.
    """
    if not options.keys() & _OPTIONS:
        return _ANYWHERE
    check_one_way(options)
    wish = options.get("scheduling_strategy")
    if wish is None or isinstance(wish, PlacementGroupSchedulingStrategy):
        found = _in_group(what, _GroupWish.of(options, wish), held, placement)
    else:
        found = Where(strategy=_outside_of_groups(wish), joins_group=False)
    labels = tuple((options.get("label_selector") or {}).items())
    fallbacks = tuple(
        tuple((one["label_selector"] or {}).items())
        for one in options.get("fallback_strategy") or ()
    )
    if not labels and not fallbacks:
        return found
    strategy = found.strategy or _NO_WISH
    return found.replaced(
        strategy=strategy.replaced(
            labels=(*strategy.labels, *labels),
            fallbacks=(*fallbacks, *((*more, *labels) for more in strategy.fallbacks)),
        )
    )


_OPTIONS: Final = {
    *("scheduling_strategy", "label_selector", "fallback_strategy", "placement_group"),
    *("placement_group_bundle_index", "placement_group_capture_child_tasks"),
}


def _outside_of_groups(wish: Any) -> SchedulingStrategy | None:
    if wish == "SPREAD":
        return SchedulingStrategy(spread=True)
    if isinstance(wish, NodeAffinitySchedulingStrategy):
        return SchedulingStrategy(
            node_id=NodeID(wish.node_id),
            soft=bool(wish.soft),
            spills_when_full=wish._spill_on_unavailable,  # noqa: SLF001  # one class in two files
            fails_when_full=wish._fail_on_unavailable,  # noqa: SLF001  # as above
        )
    if isinstance(wish, NodeLabelSchedulingStrategy):
        hard, soft = _terms(wish.hard), _terms(wish.soft)
        if not soft:
            return SchedulingStrategy(labels=hard)
        return SchedulingStrategy(labels=(*hard, *soft), fallbacks=(hard,))
    return None


def _terms(conditions: Mapping[str, LabelCondition]) -> tuple[tuple[str, str], ...]:
    for key, condition in conditions.items():
        wrong = bad_selector({key: condition.term() if condition.values else "any"})
        if wrong:
            msg = f"NodeLabelSchedulingStrategy: {wrong}"
            raise ValueError(msg)
    return tuple((key, condition.term()) for key, condition in conditions.items())


class _GroupWish(Record):
    """What either of the two ways says of a group."""

    group: Any
    """``"default"``: nothing was said. None: in no group."""
    bundle_index: Any
    captures: bool | None

    @classmethod
    def of(
        cls, options: Mapping[str, Any], wish: PlacementGroupSchedulingStrategy | None
    ) -> "_GroupWish":
        if wish is not None:
            return cls(
                group=wish.placement_group,
                bundle_index=wish.placement_group_bundle_index,
                captures=wish.placement_group_capture_child_tasks,
            )
        index = options.get("placement_group_bundle_index")
        return cls(
            group=options.get("placement_group", "default"),
            bundle_index=-1 if index is None else index,
            captures=options.get("placement_group_capture_child_tasks"),
        )


def _in_group(
    what: str, wish: _GroupWish, held: Mapping[str, float], placement: Mapping[str, float]
) -> Where:
    group, index = wish.group, wish.bundle_index
    if not isinstance(index, int):
        msg = f"placement_group_bundle_index={index!r} has to be a number; -1 is any bundle."
        raise TypeError(msg)
    if group is None or (isinstance(group, PlacementGroup) and group.is_empty):
        _check_no_index(index)
        return Where(joins_group=False)
    if isinstance(group, str) and group == "default":
        _check_no_index(index)
        return _ANYWHERE if wish.captures is None else Where(joins_group=wish.captures)
    if not isinstance(group, PlacementGroup):
        msg = (
            f"{group!r} is no placement group. Give what placement_group(bundles) returned, or "
            "get_placement_group(name)."
        )
        raise AssertionError(msg)  # noqa: TRY004  # Ray's type
    _check_index(group, index)
    bundles = group.bundle_specs if index < 0 else group.bundle_specs[index : index + 1]
    check_fit(what, bundles, held, placement)
    strategy = SchedulingStrategy(
        group_id=group.runtime_id,
        bundle_index=index,
        captures_children=bool(wish.captures),
    )
    return Where(strategy=strategy, joins_group=None if wish.captures is None else wish.captures)


def _check_no_index(index: int) -> None:
    if index != -1:
        msg = (
            f"placement_group_bundle_index={index} names a bundle, but no placement group is "
            "named. Name one, or leave the index out: without a group it must be -1."
        )
        raise ValueError(msg)


def _check_index(group: PlacementGroup, index: int) -> None:
    if not -1 <= index < group.bundle_count:
        last = group.bundle_count - 1
        valid = f"0 to {last}" if last else "0, since the group has one bundle"
        msg = f"placement group bundle index {index} is invalid: write -1 for any, or {valid}."
        raise ValueError(msg)
