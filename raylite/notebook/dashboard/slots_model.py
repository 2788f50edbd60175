"""Which slot is whose: amounts of a resource laid out side by side, and kept where they are.

In Ray: ``resource_instance_set.h``, which does so for GPUs. Whole units take whole slots as far as
there are any; a fraction takes the first slot that has room for all of it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["Piece", "SlotMemory"]

_ENOUGH: Final = 1e-9


@dataclass(slots=True, frozen=True)
class Piece:
    """Part of a slot, in units of the resource."""

    slot: int
    first: float
    last: float


class _Room:
    """What is free in each slot."""

    def __init__(self, total: float, capacity: float) -> None:
        number = math.ceil(total / capacity - _ENOUGH)
        sizes = [capacity] * number
        if number:
            sizes[-1] = total - capacity * (number - 1)
        self._capacity = capacity
        self.free = [[(0.0, size)] for size in sizes]

    def take(self, piece: Piece) -> None:
        """Somebody has this already."""
        left = []
        for first, last in self.free[piece.slot] if piece.slot < len(self.free) else []:
            if first < piece.first - _ENOUGH:
                left.append((first, min(last, piece.first)))
            if last > piece.last + _ENOUGH:
                left.append((max(first, piece.last), last))
        if piece.slot < len(self.free):
            self.free[piece.slot] = left

    def find(self, amount: float) -> tuple[Piece, ...]:
        """As much as there is of it."""
        found: list[Piece] = []
        while amount >= self._capacity - _ENOUGH:
            whole = self._gap(self._capacity)
            if whole is None:
                break
            found.append(whole)
            amount -= self._capacity
        while amount > _ENOUGH:
            piece = self._gap(amount) or self._largest(amount)
            if piece is None:
                break
            found.append(piece)
            amount -= piece.last - piece.first
        return tuple(found)

    def _gap(self, amount: float) -> Piece | None:
        for slot, gaps in enumerate(self.free):
            for first, last in gaps:
                if last - first >= amount - _ENOUGH:
                    return self._taken(Piece(slot, first, min(last, first + amount)))
        return None

    def _largest(self, amount: float) -> Piece | None:
        gaps = [
            (last - first, -slot, first)
            for slot, gaps in enumerate(self.free)
            for first, last in gaps
        ]
        if not gaps:
            return None
        size, slot, first = max(gaps)
        return self._taken(Piece(-slot, first, first + min(size, amount)))

    def _taken(self, piece: Piece) -> Piece:
        self.take(piece)
        return piece


class SlotMemory:
    """Who was where in the picture before."""

    def __init__(self) -> None:
        self._pieces: dict[str, dict[str, tuple[float, tuple[Piece, ...]]]] = {}
        """By resource of a node and holder: how much, and where."""

    def place(
        self, resource: str, held: Mapping[str, float], total: float, capacity: float
    ) -> dict[str, tuple[Piece, ...]]:
        """Where each holder is. What is held beyond the total is nowhere.

        Args:
            resource: of which node.
            held: how much, by holder.
            total: how much there is.
            capacity: of a slot; the last one may be smaller.
        """
        old = self._pieces.get(resource, {})
        room = _Room(total, capacity)
        new: dict[str, tuple[float, tuple[Piece, ...]]] = {}
        for key, amount in held.items():
            before = old.get(key)
            if before is not None and before[0] == amount and before[1]:
                new[key] = before
                for piece in before[1]:
                    room.take(piece)
        for key, amount in held.items():
            if key not in new:
                new[key] = amount, room.find(amount)
        self._pieces[resource] = new
        return {key: new[key][1] for key in held}

    def forget_all_but(self, keys: set[str]) -> None:
        """Forget holders that hold nothing any more, and resources nobody holds."""
        for resource, held in list(self._pieces.items()):
            if not keys & held.keys():
                del self._pieces[resource]
