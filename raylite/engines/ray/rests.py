"""What the last wait has left, for the next one, which most programs give just that.

In Ray: none; there every ``wait`` looks at each ref anew, and so would the layer above it.
"""

from typing import Any, Final

__all__ = ["Rests"]

_MANY: Final = 16
"""From how many refs on it is worth it."""


class Rests:
    """Remembers one rest, and for a second or two only: who remembers refs keeps their values."""

    __slots__ = ("_is_idle", "_kept")

    def __init__(self) -> None:
        self._kept: tuple[list[Any], list[Any]] | None = None
        self._is_idle = True

    def of_ray(self, refs: list[Any]) -> list[Any] | None:
        """Ray's refs behind these, if they are the rest; None if they are not, or nobody knows."""
        kept = self._kept
        try:
            # Compared by identity first, which takes no step of Python's.
            return kept[1] if kept is not None and kept[0] == refs else None
        except Exception:  # Something is among them that cannot be compared.
            return None

    def keep(self, refs: list[Any], of_ray: list[Any]) -> None:
        """Remember what a wait has left.

        Args:
            refs: raylite's.
            of_ray: Ray's, in the same order.
        """
        if len(refs) < _MANY or len(refs) != len(of_ray):
            self._kept = None
            return
        self._kept = refs[:], of_ray  # The list is the program's, which may change it.
        self._is_idle = False

    def forget_idle(self) -> None:
        """Forget what nobody has waited for since this was called last."""
        if self._is_idle:
            self._kept = None
        self._is_idle = True
