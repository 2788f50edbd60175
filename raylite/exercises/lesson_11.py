"""Lesson 11: a tree of actors, each of which makes its own children."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import raylite as ray
from raylite.exceptions import RayActorError, RayTaskError
from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import actor_class_check, compare_number, require_value
from raylite.exercises.trial import NotYet, Trial
from raylite.util.state import list_actors

__all__ = ["grow_a_tree"]

STUB = '''\
@ray.remote
class Node:
    """A node with `width` children, which have children of their own, `depth` levels down."""

    def __init__(self, depth, width):
        """Make the children. A node of depth 0 has none."""

    def size(self):
        """Return how many nodes there are: this one, and all below it."""

    def leaves(self):
        """Return how many nodes without children there are: below this one, or itself."""
'''

SOLUTION = '''\
@ray.remote
class Node:
    """A node with `width` children, which have children of their own, `depth` levels down."""

    def __init__(self, depth, width):
        self.children = [Node.remote(depth - 1, width) for _ in range(width)] if depth > 0 else []

    def size(self):
        return 1 + sum(ray.get([child.size.remote() for child in self.children]))

    def leaves(self):
        if not self.children:
            return 1
        return sum(ray.get([child.leaves.remote() for child in self.children]))
'''

HINTS = (
    (
        "A node knows its own children, and nobody else. Keep their handles on `self`, in a list; "
        "a node of depth 0 has an empty one."
    ),
    (
        "`Node.remote(depth - 1, width)` makes one child. Its size is what it answers itself: "
        "`ray.get(child.size.remote())`."
    ),
    (
        "`size`: `1 + sum(ray.get([child.size.remote() for child in self.children]))`. `leaves`: 1 "
        "where there are no children, else the sum of what the children answer."
    ),
)

_POLL_S: Final = 0.05
_GRACE_S: Final = 5.0
"""How long a tree may take to die."""
_DEAD: Final = "DEAD"
_NO_GET: Final = (
    "A child's answer is a ref at first, and refs cannot be added. `ray.get([...])` turns a list "
    "of refs into a list of numbers."
)
_FOR_EVER: Final = (
    "The tree does not stop growing (it was cut down). A node of depth 0 makes no children, and a "
    "child gets `depth - 1`."
)
_ALIKE: Final = "Ask the children, and let them ask theirs; a node counts itself as well."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """A tree that is asked for, and what is right for it."""

    depth: int
    width: int
    size: int
    leaves: int

    def __str__(self) -> str:
        return f"`Node({self.depth}, {self.width})`"


_ALONE: Final = _Shape(depth=0, width=1, size=1, leaves=1)
_BROAD: Final = _Shape(depth=1, width=3, size=4, leaves=3)
_LONG: Final = _Shape(depth=2, width=1, size=3, leaves=1)
_TREE: Final = _Shape(depth=2, width=2, size=7, leaves=4)


class _Tree:
    """One tree of the student's, and the actors that were made for it."""

    def __init__(self, trial: Trial, shape: _Shape, before: set[str], limit_s: float) -> None:
        self._trial = trial
        self._shape = shape
        self._before = before
        self._deadline_s = time.monotonic() + limit_s

    def ask(self, method: str) -> Any:
        """What the root answers. Who grows without end is not waited for.

        Raises:
            NotYet: if it grows too large, raises, dies, or takes too long.
        """
        ref = self._trial.submit(method)
        while not ray.wait([ref], timeout=_POLL_S)[0] and time.monotonic() < self._deadline_s:
            self._cut_down_if_too_large()
        answer = self._trial.wait_for(ref, f"`{method}()` of {self._shape}")
        self._cut_down_if_too_large()
        if isinstance(answer, RayTaskError | RayActorError) and "ObjectRef" in str(answer):
            came = f"`{method}()` of {self._shape} raised an error about an ObjectRef"
            raise NotYet(came=came, advice=_NO_GET, is_final=True)
        return answer if not isinstance(answer, Exception) else self._trial.call(method)

    def count(self) -> int:
        """How many actors there are or were, root and all."""
        return len(self._actors())

    def count_when_grown(self) -> int:
        """The same, when nothing more is on its way: a root may answer before its children are."""
        before = -1
        while time.monotonic() < self._deadline_s:
            found = self._actors()
            if len(found) == before and all(one.state in {"ALIVE", _DEAD} for one in found):
                break
            before = len(found)
            time.sleep(_POLL_S)
        return self.count()

    def alive(self) -> int:
        """How many of them are not dead."""
        return sum(actor.state != _DEAD for actor in self._actors())

    def end_root(self) -> None:
        """End the root, and wait a while until the others are dead, too."""
        ray.kill(self._trial.handle)
        self._wait_for_the_end()

    def end_all(self) -> None:
        """End those that have a life of their own as well, so that nothing is left of a trial."""
        ray.kill(self._trial.handle)
        for actor in self._actors():
            if actor.state != _DEAD and actor.name:
                ray.kill(ray.get_actor(actor.name, namespace=actor.ray_namespace))
        self._wait_for_the_end()

    def _wait_for_the_end(self) -> None:
        until_s = time.monotonic() + _GRACE_S
        while self.alive() and time.monotonic() < until_s:
            time.sleep(_POLL_S)

    def _actors(self) -> list[Any]:
        return [one for one in list_actors(limit=10_000) if one.actor_id not in self._before]

    def _cut_down_if_too_large(self) -> None:
        if self.count() > 2 * self._shape.size + 1:
            came = f"{self._shape} has made {self.count()} actors or more"
            raise NotYet(came=came, advice=_FOR_EVER, is_final=True)


@contextmanager
def _grown(things: Mapping[str, Any], shape: _Shape, limit_s: float) -> Iterator[_Tree]:
    before = {actor.actor_id for actor in list_actors(limit=10_000)}
    arguments = {"depth": shape.depth, "width": shape.width}
    with Trial(things["Node"], arguments, time_limit_s=limit_s) as trial:
        tree = _Tree(trial, shape, before, limit_s)
        try:
            yield tree
        finally:
            tree.end_all()


def _asks(
    method: str, shapes: Mapping[_Shape, Mapping[float, str]]
) -> Callable[[Mapping[str, Any], float], None]:
    """A check of what a method answers.

    Args:
        method: ``size`` or ``leaves``, which is the name of what is right as well.
        shapes: the trees, each with the misunderstandings that betray themselves by a number.
    """

    def run(things: Mapping[str, Any], limit_s: float) -> None:
        for shape, wrong in shapes.items():
            with _grown(things, shape, limit_s) as tree:
                answer = tree.ask(method)
            require_value(answer, "a number", f"child.{method}.remote()")
            what = f"`{method}()` of {shape} gave"
            compare_number(answer, getattr(shape, method), wrong, what, _ALIKE)

    return run


def _are_actors(things: Mapping[str, Any], limit_s: float) -> None:
    with _grown(things, _BROAD, limit_s) as tree:
        tree.ask("size")
        found = tree.count_when_grown()
    if found == _BROAD.size:
        return
    if found == 1:
        advice = (
            "The root has computed all of it alone. Each node is to be an actor: `Node.remote(...)`"
        )
    elif found < _BROAD.size:
        advice = f"{_BROAD} has {_BROAD.size} nodes, a root and three children. Make each of them."
    else:
        advice = "Too many: make the children once, in `__init__`, and keep them on `self`."
    raise NotYet(came=f"{found} actors for {_BROAD}", advice=advice)


def _end_together(things: Mapping[str, Any], limit_s: float) -> None:
    with _grown(things, _LONG, limit_s) as tree:
        tree.ask("size")
        made = tree.count_when_grown()
        tree.end_root()
        left = tree.alive()
    if left:
        advice = (
            "Who is `detached` outlives its maker. Make the children without it, and keep their "
            "handles nowhere but on `self`."
        )
        raise NotYet(came=f"{left} of {made} live on without their root", advice=advice)
    if made < _LONG.size:
        came = f"{made} actors for {_LONG}"
        raise NotYet(came=came, advice="A root, its child and its grandchild are to end together.")


_SIZES: Final[Mapping[_Shape, Mapping[float, str]]] = {
    _ALONE: {0: "A node counts itself: one, and what is below it."},
    _TREE: {
        0: "A node counts itself: one, and what is below it.",
        3: "The root has counted its own children only. Each child has to be asked for *its* size.",
        4: "Only the leaves are counted: a node counts itself as well.",
        6: "The root has not counted itself.",
    },
}
_LEAVES: Final[Mapping[_Shape, Mapping[float, str]]] = {
    _ALONE: {0: "A node without children is a leaf itself: one."},
    _TREE: {
        0: "A node without children is a leaf itself: one.",
        2: "The root has counted its own children only. Each child has to be asked for its leaves.",
        7: "These are all nodes. A node that has children is no leaf: it adds nothing of its own.",
    },
}

grow_a_tree = Exercise(
    name="grow_a_tree",
    title="Grow a tree",
    task=(
        "`Node(depth, width)` makes `width` children of depth `depth - 1`, each an actor; a node "
        "of depth 0 has none. `size()` returns how many nodes there are, `leaves()` how many of "
        "them have no children."
    ),
    lesson="11_trees_and_supervision",
    minutes=10,
    asks_for={"Node": "your actor class"},
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    checks=(
        actor_class_check("Node", "grow_a_tree.check(Node)"),
        Check(
            name="`size` counts all nodes",
            expected="1 from `Node(0, 1)`, and 7 from `Node(2, 2)`: a root, 2 children, 4 below",
            run=_asks("size", _SIZES),
        ),
        Check(
            name="`leaves` counts those without children",
            expected="1 from `Node(0, 1)`, and 4 from `Node(2, 2)`",
            run=_asks("leaves", _LEAVES),
        ),
        Check(
            name="each node is an actor",
            expected="4 actors for `Node(1, 3)`: a root, and 3 children",
            run=_are_actors,
        ),
        Check(
            name="when the root ends, all end",
            expected="no actor is left when the root of `Node(2, 1)` was killed",
            run=_end_together,
        ),
    ),
)
