"""Tasks that call themselves and wait for it; values of classes of this very file."""

import random
from dataclasses import dataclass

import ray


@dataclass(order=True, frozen=True)
class Card:
    rank: int
    suit: str


class Table:
    """Not remote: it is pickled, and its class with it."""

    def __init__(self, cards):
        self.cards = list(cards)

    def __len__(self):
        return len(self.cards)


def merge(left, right):
    merged = []
    while left and right:
        merged.append((left if left[0] <= right[0] else right).pop(0))
    return merged + left + right


@ray.remote
def merge_sort(table):
    if len(table) <= 4:
        return Table(sorted(table.cards))
    middle = len(table) // 2
    parts = [Table(table.cards[:middle]), Table(table.cards[middle:])]
    left, right = ray.get([merge_sort.remote(part) for part in parts])
    return Table(merge(left.cards, right.cards))


def main():
    cards = [Card(rank, suit) for rank in range(1, 9) for suit in "CDHS"]
    random.Random(1).shuffle(cards)
    result = ray.get(merge_sort.remote(Table(cards)))
    assert type(result) is Table
    print(len(result), result.cards == sorted(cards))
    print(result.cards[0], result.cards[-1])


if __name__ == "__main__":
    main()
