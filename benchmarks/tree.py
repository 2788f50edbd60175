"""A tree of actors, in which each creates its children and asks them."""

from typing import Any


def grow(ray: Any, size: int, branches: int) -> Any:
    """Grow a tree of ``size`` actors; every actor has been asked when this returns.

    Returns:
        Its root.

    Raises:
        RuntimeError: if not all of them have answered.
    """

    class Node:
        def count(self, below: int) -> int:
            """Have as many children as are needed for ``below`` actors; all that there are."""
            shares = [below // branches + (number < below % branches) for number in range(branches)]
            self.children = [node.remote() for share in shares if share]
            asked = zip(self.children, filter(None, shares), strict=True)
            counts: list[int] = ray.get([child.count.remote(share - 1) for child, share in asked])
            return 1 + sum(counts)

    node = ray.remote(num_cpus=0)(Node)
    root = node.remote()
    counted = ray.get(root.count.remote(size - 1))
    if counted != size:
        msg = f"of {size} actors {counted} have answered"
        raise RuntimeError(msg)
    return root
