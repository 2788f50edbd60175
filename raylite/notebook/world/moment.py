"""What every live view has in common, as far as it is pure: when it looks, and what it gives.

In Ray: nothing like it.
"""

from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Moment", "Shown"]


@dataclass(frozen=True, slots=True)
class Moment:
    """When a view looks at the world."""

    now_s: float
    """Seconds since the session began, on the clock of its events."""
    is_over: bool = False
    """The session has ended: nothing will change any more."""


class Shown(Protocol):
    """What a view has to say: frozen, with all words and numbers in it."""

    @property
    def is_over(self) -> bool:
        """Nothing of it will change any more, so that plain HTML can take the widget's place."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """The same for the browser, as JSON."""
        ...
