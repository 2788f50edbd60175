"""A long list of refs that loses some of them again and again, and is copied each time.

In Ray: nothing. Whoever waits in a loop is given a list of what is left in each round: with n refs
that are n²/2 pointers to copy, and as many counts of references to change. So the refs lie in
pages, as a process's memory does: a copy shares them all, and of those that lose a ref afterwards a
new one is made. A round copies one page and the list of the pages.

Refs have numbers, in the order in which they were added; a number stays when others leave.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from itertools import compress, groupby
from typing import Any, Final, TypeAlias

from raylite._core.common.object_ref import ObjectRef

__all__ = ["PAGE", "Pages", "RefPages", "joined"]

PAGE: Final = 1024
"""Refs of one page: to copy one takes about a microsecond."""
Pages: TypeAlias = list[list[ObjectRef[Any]]]


def joined(pages: Pages) -> list[ObjectRef[Any]]:
    """What lies in pages, as a list of its own."""
    refs = pages[0].copy() if pages else []
    for page in pages[1:]:
        refs += page
    return refs


class RefPages:
    """Refs with numbers from 0.

    Args:
        page_size: refs of one page.
    """

    def __init__(self, page_size: int = PAGE) -> None:
        self._page_size = page_size
        self._pages: Pages = []
        self._left: list[list[int]] = []
        """For each page the numbers that have left it, ascending."""
        self._own: set[int] = set()
        """Pages that no copy shares."""
        self.length = 0
        """How many there are."""
        self.size = 0
        """How many were ever added: the next one's number."""

    def add(self, refs: Sequence[ObjectRef[Any]]) -> None:
        """Put more behind the others."""
        room = -self.size % self._page_size
        if room:
            self._mine(len(self._pages) - 1).extend(refs[:room])
        for at in range(room, len(refs), self._page_size):
            self._own.add(len(self._pages))
            self._pages.append(list(refs[at : at + self._page_size]))
            self._left.append([])
        self.size += len(refs)
        self.length += len(refs)

    def take(self, numbers: Sequence[int]) -> list[ObjectRef[Any]]:
        """Remove refs.

        Args:
            numbers: theirs, ascending.
        """
        page_size = self._page_size
        if len(numbers) == 1:
            return [self._take_one(numbers[0] // page_size, numbers[0])]
        taken: list[ObjectRef[Any]] = []
        for page, group in groupby(numbers, lambda number: number // page_size):
            taken += self._take_from(page, list(group))
        return taken

    def listed(self) -> list[ObjectRef[Any]]:
        """All, in a list of its own."""
        return joined(self._pages)

    def shared(self) -> Pages:
        """All, in pages that nobody may change."""
        self._own.clear()
        return self._pages.copy()

    def begins(self, refs: list[ObjectRef[Any]]) -> bool:
        """Whether a list begins with all that are here, in the same order."""
        at = 0
        for page in self._pages:
            end = at + len(page)
            if not list.__eq__(page, refs if end - at == len(refs) else refs[at:end]):
                return False
            at = end
        return True

    def _take_one(self, page: int, number: int) -> ObjectRef[Any]:
        left = self._left[page]
        place = number - page * self._page_size - bisect_left(left, number)
        insort(left, number)
        self.length -= 1
        return self._mine(page).pop(place)

    def _take_from(self, page: int, numbers: list[int]) -> list[ObjectRef[Any]]:
        left, first = self._left[page], page * self._page_size
        places = [number - first - bisect_left(left, number) for number in numbers]
        refs = self._pages[page]
        taken = [refs[place] for place in places]
        stays = bytearray(b"\1") * len(refs)
        for place in places:
            stays[place] = 0
        self._pages[page] = list(compress(refs, stays))
        self._own.add(page)
        left += numbers
        left.sort()
        self.length -= len(taken)
        return taken

    def _mine(self, page: int) -> list[ObjectRef[Any]]:
        """A page that may be changed: a copy, if it is shared."""
        if page not in self._own:
            self._own.add(page)
            self._pages[page] = self._pages[page].copy()
        return self._pages[page]
