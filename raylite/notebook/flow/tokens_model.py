"""Where calls stand side by side while they wait, and how they move up.

In Ray: nothing like it. Each lane has a row of places. A call that comes takes the next one; when
one leaves, those behind it move up. Beyond the last place calls are there but unseen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from raylite.notebook.flow.model import QUEUE_SLOTS, SLOT_PX, How

__all__ = ["Visit", "stops_of"]

_MOVE_UP_PX: Final = 5.0
_LEAVE_PX: Final = 8.0
Stop = tuple[float, float, float, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A call stays in a lane."""

    token: int
    x: float
    """Of the lane."""
    y0: float
    """When it arrives."""
    y1: float | None
    """When it leaves; None: it is there to the end."""
    how: How
    left_y: float | None = None
    """When it has left the lane before; None: it begins here."""


def stops_of(visits: Sequence[Visit], num_tokens: int) -> list[tuple[Stop, ...]]:
    """The way of each token.

    Args:
        visits: those of one token in the order of time, the last one perhaps without an end.
        num_tokens: how many there are.
    """
    stops: list[list[Stop]] = [[] for _ in range(num_tokens)]
    staying = [visit for visit in visits if visit.y1 is None or visit.y1 > visit.y0]
    for x in sorted({visit.x for visit in staying}):
        _take_places([visit for visit in staying if visit.x == x], stops)
    for visit in visits:
        if visit.y1 is not None and visit.y1 <= visit.y0:  # It only passes, and takes no place.
            stops[visit.token].append((visit.y0, visit.y0, visit.x, visit.how))
    last = {visit.token: visit for visit in visits}
    for token, visit in last.items():
        if visit.y1 is not None:
            stops[token].append((visit.y1, visit.y1 + _LEAVE_PX, visit.x, How.UNSEEN))
    return [tuple(sorted(one)) for one in stops]


def _take_places(visits: list[Visit], stops: list[list[Stop]]) -> None:
    """Give the visitors of one lane their places, moment by moment."""
    comings = sorted((visit.y0, index) for index, visit in enumerate(visits))
    goings = sorted((visit.y1, index) for index, visit in enumerate(visits) if visit.y1 is not None)
    moments = sorted({y for y, _ in comings} | {y for y, _ in goings})
    # Where calls only run, the first stands in the middle; a queue begins on the left.
    left = 0.0 if all(visit.how is How.RUNS for visit in visits) else (QUEUE_SLOTS - 1) / 2
    row: list[int] = []
    shown: dict[int, int] = {}
    coming_at = going_at = 0
    for y in moments:
        while going_at < len(goings) and goings[going_at][0] <= y:
            index = goings[going_at][1]
            going_at += 1
            if index in row:
                row.remove(index)
        while coming_at < len(comings) and comings[coming_at][0] <= y:
            row.append(comings[coming_at][1])
            coming_at += 1
        _stand((y, left), row, visits, stops, shown)


def _stand(
    at: tuple[float, float],
    row: list[int],
    visits: list[Visit],
    stops: list[list[Stop]],
    shown: dict[int, int],
) -> None:
    """Note whose place is another one now."""
    y, left = at
    for place in _to_look_at(row, shown):
        index = row[place]
        visit = visits[index]
        if shown.get(index) == place:
            continue
        is_new = index not in shown
        shown[index] = place
        how = visit.how if place < QUEUE_SLOTS else How.UNSEEN
        x = round(visit.x + (min(place, QUEUE_SLOTS - 1) - left) * SLOT_PX, 1)
        if not is_new:
            stops[visit.token].append((y, y + _MOVE_UP_PX, x, how))
        elif visit.left_y is None:
            stops[visit.token].append((y, y, x, how))
        else:
            stops[visit.token].append((visit.left_y, y, x, How.MOVES))
            stops[visit.token].append((y, y, x, how))


def _to_look_at(row: list[int], shown: dict[int, int]) -> list[int]:
    """Places that are seen and the first that is not; and, at the end of the row, those new."""
    places = list(range(min(len(row), QUEUE_SLOTS + 1)))
    for place in range(len(row) - 1, QUEUE_SLOTS, -1):
        if row[place] in shown:
            break
        places.append(place)
    return places
