"""What the user gives to ``placement_group``: checked, and made into what an engine is told.

In Ray: ``validate_placement_group`` in ``python/ray/util/placement_group.py``.
"""

from math import isfinite
from typing import Any, Final

from raylite._core.common.ids import NodeID
from raylite._core.common.placement_group_spec import BundleSpec, PlacementStrategy
from raylite._core.common.resources import ResourceSet
from raylite._option_checks import negative
from raylite._scheduling import bad_selector
from raylite._scheduling_strategies import is_node_id

__all__ = ["check_lifetime", "check_name", "checked_bundles", "checked_strategy", "checked_target"]

_EXAMPLE: Final = 'Write a list of dictionaries, as [{"CPU": 1}, {"GPU": 1}].'
_BY_NODE: Final = "ray.io/node-id"
_STRATEGIES: Final = [one.value for one in PlacementStrategy]


def checked_bundles(bundles: Any, selectors: Any = None) -> tuple[BundleSpec, ...]:
    """The bundles of a group.

    Args:
        bundles: a list of dictionaries.
        selectors: as many dictionaries of labels, or None.

    Raises:
        ValueError: for anything that cannot be reserved.
        TypeError: for labels that are no texts.
    """
    if not isinstance(bundles, list):
        msg = f"Placement group bundles must be a list, and got {bundles!r}. {_EXAMPLE}"
        raise ValueError(msg)  # noqa: TRY004  # Ray's type
    if not bundles:
        msg = f"A placement group needs at least one bundle, but the list is empty. {_EXAMPLE}"
        raise ValueError(msg)
    for bundle in bundles:
        _check_bundle(bundle)
    labels = _checked_selectors(selectors, len(bundles))
    return tuple(
        BundleSpec(index=index, resources=ResourceSet.of(bundle), labels=labels[index])
        for index, bundle in enumerate(bundles)
    )


def _check_bundle(bundle: Any) -> None:
    if not isinstance(bundle, dict):
        msg = f"The bundle {bundle!r} is no dictionary. {_EXAMPLE}"
        raise ValueError(msg)  # noqa: TRY004  # Ray's type
    for name, amount in bundle.items():
        if not isinstance(name, str) or not isinstance(amount, int | float):
            msg = (
                f"The bundle {bundle!r} has to give numbers to names, but has {amount!r} for "
                f"{name!r}. {_EXAMPLE}"
            )
            raise ValueError(msg)  # noqa: TRY004  # Ray's type
        wrong = negative(amount) if isfinite(amount) else "it has to be a finite number."
        if wrong:
            msg = f"The bundle {bundle!r} asks for {amount!r} of {name!r}: {wrong}"
            raise ValueError(msg)
    if not any(bundle.values()):
        msg = (
            f"The bundle {bundle!r} reserves nothing: a bundle cannot be empty, or hold only 0 "
            f"values. {_EXAMPLE}"
        )
        raise ValueError(msg)


def _checked_selectors(selectors: Any, num_bundles: int) -> list[tuple[tuple[str, str], ...]]:
    if selectors is None:
        return [()] * num_bundles
    meant = 'Write one dictionary for each bundle, as [{"region": "us"}, {}].'
    if not isinstance(selectors, list):
        msg = f"bundle_label_selector must be a list, and got {selectors!r}. {meant}"
        raise ValueError(msg)  # noqa: TRY004  # Ray's type
    if len(selectors) != num_bundles:
        msg = (
            f"bundle_label_selector={selectors!r} has {len(selectors)} items for {num_bundles} "
            f"bundles: there must be as many. {meant}"
        )
        raise ValueError(msg)
    for selector in selectors:
        if not isinstance(selector, dict) or not all(
            isinstance(text, str) for pair in selector.items() for text in pair
        ):
            msg = (
                f"bundle_label_selector has {selector!r}, which is no dictionary of texts. {meant}"
            )
            raise ValueError(msg)
        wrong = bad_selector(selector)
        if wrong:
            msg = f"bundle_label_selector={selectors!r}: {wrong}"
            raise ValueError(msg)
    return [tuple(selector.items()) for selector in selectors]


def checked_strategy(strategy: Any, topology: Any = None) -> PlacementStrategy:
    """The strategy over nodes; PACK if none is given.

    Raises:
        ValueError: for an unknown one, and for topologies of more than nodes.
    """
    if topology is not None:
        if strategy is not None:
            msg = f"strategy and topology_strategy cannot both be given: write {strategy!r} alone."
            raise ValueError(msg)
        if not isinstance(topology, dict) or topology.keys() - {_BY_NODE}:
            msg = (
                f"topology_strategy={topology!r}: raylite has nodes and nothing above them. Write "
                f"strategy='STRICT_PACK', or {{{_BY_NODE!r}: 'STRICT_PACK'}}."
            )
            raise ValueError(msg)
        strategy = topology.get(_BY_NODE)
    if strategy is None:
        return PlacementStrategy.PACK
    if strategy not in _STRATEGIES:
        msg = (
            f"Invalid placement group strategy {strategy!r}. Supported strategies are "
            f"{', '.join(_STRATEGIES)}."
        )
        raise ValueError(msg)
    return PlacementStrategy(strategy)


def checked_target(node_id: Any, strategy: PlacementStrategy) -> NodeID | None:
    """The node that a STRICT_PACK group would like best.

    Raises:
        ValueError: for another strategy, or for what is no node's id.
    """
    if not node_id:
        return None
    if strategy is not PlacementStrategy.STRICT_PACK:
        msg = f"_soft_target_node_id goes with strategy='STRICT_PACK' only, not {strategy.value}."
        raise ValueError(msg)
    if not isinstance(node_id, str) or not is_node_id(node_id):
        msg = f"_soft_target_node_id={node_id!r}: this is no node's id. See ray.nodes()."
        raise ValueError(msg)
    return NodeID(node_id)


def check_lifetime(lifetime: Any) -> None:
    """Refuse what is no lifetime.

    Raises:
        ValueError: for anything but None and ``"detached"``.
    """
    if lifetime is not None and lifetime != "detached":
        msg = f"A placement group's lifetime is None or 'detached', not {lifetime!r}."
        raise ValueError(msg)


def check_name(name: Any) -> None:
    """Refuse what is no name.

    Raises:
        TypeError: for anything but a text.
    """
    if not isinstance(name, str):
        msg = f"A placement group's name has to be a text, not {name!r}."
        raise TypeError(msg)
