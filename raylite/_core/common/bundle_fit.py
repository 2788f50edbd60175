"""Whether a task or actor fits into a bundle of a placement group at all.

In Ray: ``_validate_resource_shape`` in ``python/ray/util/placement_group.py``.
"""

from collections.abc import Mapping, Sequence

__all__ = ["check_fit"]


def check_fit(
    what: str,
    bundles: Sequence[Mapping[str, float]],
    held: Mapping[str, float],
    placement: Mapping[str, float],
) -> None:
    """Refuse what would wait in vain.

    Args:
        what: the function or class, for the error.
        bundles: those of the group.
        held: what a bundle must have for it to run.
        placement: what a bundle must have for it to be placed; more than ``held`` for an actor
            that names no resources.

    Raises:
        ValueError: if no single bundle is large enough.
    """
    if not any(_fits(held, bundle) for bundle in bundles):
        msg = (
            f"Cannot schedule {what} with the placement group: its resource request {dict(held)} "
            f"cannot fit into any of the bundles {_shown(bundles)}. Ask for less, or make a group "
            "with a larger bundle."
        )
        raise ValueError(msg)
    if not any(_fits(placement, bundle) for bundle in bundles):
        msg = (
            f"Cannot schedule {what} with the placement group: an actor that names no resources "
            f"requires {placement.get('CPU', 0):g} CPU for its creation, which cannot fit into "
            f"any of the bundles {_shown(bundles)}. Write num_cpus=0 for the actor, or make a "
            "group that has CPUs."
        )
        raise ValueError(msg)


def _fits(needed: Mapping[str, float], bundle: Mapping[str, float]) -> bool:
    return all(bundle.get(name, 0) >= amount for name, amount in needed.items())


def _shown(bundles: Sequence[Mapping[str, float]]) -> str:
    return str([dict(bundle) for bundle in bundles])
