"""One line that is not the same on the other side, and what to write there.

In Ray: nothing like it.
"""

from dataclasses import dataclass
from enum import Enum

__all__ = ["Direction", "Finding", "Kind"]


class Direction(Enum):
    """Where a program is taken. The value is the name of what it runs on there."""

    TO_RAY = "Ray"
    TO_RAYLITE = "raylite"


class Kind(Enum):
    """What becomes of a line there. The value is told with the line."""

    MISSING = "cannot run there"
    DIFFERS = "does something else there"
    CHANGED = "is written anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A place in a program."""

    line: int
    """Of its file, or of its cell, from 1 on."""
    column: int
    """In characters, from 1 on."""
    kind: Kind
    what: str
    """What is so here and not there, as a sentence."""
    instead: str
    """What to write; for a line that is written anew, what it becomes."""
    code: str = ""
    """The line itself, without the space before it."""
    cell: str = ""
    """In which cell, as ``cell 3`` or ``In [3]``; empty in a program."""

    @property
    def place(self) -> str:
        """Where it is, as ``12:5`` or ``cell 3, 2:1``."""
        return f"{self.cell}{', ' if self.cell else ''}{self.line}:{self.column}"
