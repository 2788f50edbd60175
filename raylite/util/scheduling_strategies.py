"""The classes that say where a task or an actor is to run: ``scheduling_strategy=``.

In Ray: ``python/ray/util/scheduling_strategies.py``. Beside these there are two texts:
``"DEFAULT"``, which packs nodes until they are half full and then spreads, and ``"SPREAD"``, which
takes one node after the other.
"""

from typing import TypeAlias

from raylite._scheduling_strategies import (
    DoesNotExist,
    Exists,
    In,
    NodeAffinitySchedulingStrategy,
    NodeLabelSchedulingStrategy,
    NotIn,
    PlacementGroupSchedulingStrategy,
)

__all__ = [
    "DoesNotExist",
    "Exists",
    "In",
    "NodeAffinitySchedulingStrategy",
    "NodeLabelSchedulingStrategy",
    "NotIn",
    "PlacementGroupSchedulingStrategy",
    "SchedulingStrategyT",
]

SchedulingStrategyT: TypeAlias = (
    str
    | PlacementGroupSchedulingStrategy
    | NodeAffinitySchedulingStrategy
    | NodeLabelSchedulingStrategy
    | None
)
