"""What a policy is asked, and what it answers.

In Ray: ``SchedulingResult`` in ``src/ray/raylet/scheduling/policy/scheduling_options.h``.
"""

from enum import Enum
from typing import Final

from raylite._core.common.ids import NodeID
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet

__all__ = ["INFEASIBLE", "Choice", "Demand", "Verdict", "at", "never"]


class Verdict(Enum):
    """How good the answer is."""

    NOW = "NOW"
    """The request can run on the node at once."""
    LATER = "LATER"
    """It can run on the node when something there becomes free."""
    INFEASIBLE = "INFEASIBLE"
    """No node is large enough; one may come. There is a reason to warn the user."""
    NEVER = "NEVER"
    """No node that may come will do: the request is to be rejected."""


class Choice(Record):
    """A policy's answer."""

    verdict: Verdict
    node_id: NodeID | None = None
    """Set with NOW and LATER."""
    cursor: int = 0
    """Where the next search with SPREAD begins; 0 with any other policy."""
    why: str = ""
    """With NEVER: a whole sentence for the user, without the final stop; else empty."""


INFEASIBLE: Final = Choice(verdict=Verdict.INFEASIBLE)


class Demand(Record):
    """What a request needs to be placed, and what it takes while it runs."""

    placement: ResourceSet
    held: ResourceSet

    def is_feasible_on(self, node: NodeResources) -> bool:
        """Whether the node could ever hold it."""
        return self.placement.fits_in(node.total)

    def is_available_on(self, node: NodeResources) -> bool:
        """Whether the node has room for all of it now."""
        return self.placement.fits_in(node.available)


def at(node: NodeResources, demand: Demand, cursor: int = 0) -> Choice:
    """Choose a node that is large enough.

    An actor that holds nothing can run at once even where there was no room to place it.
    """
    verdict = Verdict.NOW if demand.held.fits_in(node.available) else Verdict.LATER
    return Choice(verdict=verdict, node_id=node.node_id, cursor=cursor)


def never(why: str) -> Choice:
    """Choose nothing, for good."""
    return Choice(verdict=Verdict.NEVER, why=why)
