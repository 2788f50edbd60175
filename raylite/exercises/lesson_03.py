"""Lesson 3: actors that count the calls of their methods, by name, and have a name themselves."""

import random
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import raylite as ray
from raylite.exceptions import RayTaskError
from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import require_actor_class
from raylite.exercises.trial import NotYet, Trial, shown

__all__ = ["method_tracking"]

STUB = '''\
class Tracked:
    """Has a name, and counts the calls of its methods."""

    def __init__(self, name):
        """Keep the name, and begin without a call."""

    def note(self, method):
        """Count one more call of the method of that name."""

    def all_calls(self):
        """Return a dictionary: for each method's name, how often it was called."""


@ray.remote
class Store(Tracked):
    def save(self, key, value):
        """Note the call, and keep the value."""

    def load(self, key):
        """Note the call, and return the value."""
'''

SOLUTION = '''\
class Tracked:
    """Has a name, and counts the calls of its methods."""

    def __init__(self, name):
        self.name = name
        self.counts = Counter()

    def __repr__(self):
        return self.name

    def note(self, method):
        self.counts[method] += 1

    def all_calls(self):
        return dict(self.counts)


@ray.remote
class Store(Tracked):
    def __init__(self, name):
        super().__init__(name)
        self.values = {}

    def save(self, key, value):
        self.note("save")
        self.values[key] = value

    def load(self, key):
        self.note("load")
        return self.values[key]
'''

HINTS = (
    (
        "`Tracked` needs two things on `self`: the name, and a `Counter()` for the calls. A store "
        "needs a dictionary for its values, too: in an `__init__` of its own, whose first line is "
        "`super().__init__(name)`."
    ),
    (
        'The first line of `save` is `self.note("save")`, and `note` adds one: '
        "`self.counts[method] += 1`."
    ),
    "A name that can be read: `def __repr__(self):` with `return self.name`, in `Tracked`.",
)

_CALLS: Final = 40
_IN_COMMON: Final = (
    "The counts are kept in a place that all objects of a process share: a `global` name, or the "
    "class itself. Put them on `self`, in `__init__`."
)
_NO_REPR: Final = (
    "This is what Python says of an object without a name. Give `Tracked` a method "
    "`def __repr__(self):` that returns `self.name`; each class derived from it has it then."
)


def _is_a_family(things: Mapping[str, Any], limit_s: float) -> None:
    del limit_s
    base, store = things["Tracked"], things["Store"]
    if isinstance(base, ray.ActorClass):
        advice = (
            "The base class stays ordinary: no class can be derived from an actor class. "
            "`@ray.remote` stands above `Store` only. (Then run your cell again.)"
        )
        raise NotYet(came="`Tracked` is an actor class itself", advice=advice, is_final=True)
    if not isinstance(base, type):
        advice = "`Tracked` is to be the class; give what you make of it another name."
        raise NotYet(came=f"`Tracked` is {shown(base)}", advice=advice, is_final=True)
    require_actor_class(store, "Store", "method_tracking.check(Tracked, Store)")
    if not issubclass(_plain(store), base):
        advice = "Write `class Store(Tracked):`, so that it has what all tracked classes have."
        raise NotYet(came="`Store` does not derive from `Tracked`", advice=advice, is_final=True)


def _plain(actor_class: Any) -> type:
    """The class as it was written."""
    found: type = actor_class._ray_class  # noqa: SLF001  # one package
    return found


def _keeps_values(things: Mapping[str, Any], limit_s: float) -> None:
    with Trial(things["Store"], {"name": "books"}, time_limit_s=limit_s) as store:
        store.call("save", "a", 1)
        store.call("save", "b", 2)
        found = store.call("load", "a"), store.call("load", "b")
    if found == (1, 2):
        return
    if found == (None, None):
        advice = "`load` hands nothing back: it is to `return` the value."
    else:
        advice = "`load(key)` returns what `save` was given for that key."
    raise NotYet(came=f"{shown(found)} for `a` and `b`", advice=advice, is_final=True)


def _counts_random_calls(things: Mapping[str, Any], limit_s: float) -> None:
    # S311: no secret depends on it.
    kinds = ["save", "load", *random.choices(["save", "load"], k=_CALLS - 2)]  # noqa: S311
    with Trial(things["Store"], {"name": "books"}, time_limit_s=limit_s) as store:
        for kind in kinds:
            store.call(kind, "a", 1) if kind == "save" else store.call(kind, "a")
        found = store.call("all_calls")
    _compare(found, Counter(kinds), "after random calls `all_calls()` gave")


def _compare(found: Any, expected: Mapping[str, int], what: str) -> None:
    """Compare counts; a method that was never called may be there with 0, or not at all."""
    if isinstance(found, Mapping) and {name: n for name, n in found.items() if n} == expected:
        return
    advice = _advice_on_counts(found, expected)
    raise NotYet(came=f"{what} {shown(found)}", advice=f"{advice} Right: {shown(dict(expected))}.")


def _advice_on_counts(found: Any, expected: Mapping[str, int]) -> str:
    if found is None:
        return "`all_calls` hands nothing back: it is to `return` the dictionary."
    if found == sum(expected.values()):
        return "That is how many calls there were in all. Count each method under its own name."
    if not isinstance(found, Mapping):
        return "A dictionary is wanted: the methods' names, and a number for each."
    return _advice_on_names(found, expected) or _advice_on_numbers(found, expected)


def _advice_on_names(found: Mapping[Any, Any], expected: Mapping[str, int]) -> str:
    """What went wrong where the methods are not those that were called; empty if they are."""
    if not found:
        return "Nothing was counted. Does each method begin with `self.note(...)`?"
    missing = [name for name in expected if name not in found]
    if missing:
        return f"Nothing was counted for `{missing[0]}`: that method has to call `self.note` too."
    more = [name for name in found if name not in expected]
    if more:
        return f"Only the calls of `save` and `load` are to be counted, and not {shown(more[0])}."
    return ""


def _advice_on_numbers(found: Mapping[Any, Any], expected: Mapping[str, int]) -> str:
    if all(found[name] == 2 * number for name, number in expected.items()):
        return "Each call was counted twice: once in the method, and once more elsewhere?"
    if set(found.values()) == {1}:
        return "It is 1 for ever: `note` is to add one to the number there was."
    return "Each call counts one, under the name of its method."


class _SideBySide:
    """Holds objects of two classes in one process, both derived from the student's base class."""

    def __init__(self, tracked: type) -> None:
        def ping(self: Any) -> None:
            self.note("ping")

        def pong(self: Any) -> None:
            self.note("pong")

        # Two pairs of one base: neither classes nor objects may mix up their counts.
        pinging = type("Pinging", (tracked,), {"ping": ping})
        ponging = type("Ponging", (pinging,), {"pong": pong})
        self.first: Any = pinging("first")
        self.second: Any = ponging("second")

    def play(self) -> tuple[Any, Any]:
        """Call both, and what each has counted."""
        for _ in range(3):
            self.first.ping()
        self.second.ping()
        for _ in range(2):
            self.second.pong()
        return self.first.all_calls(), self.second.all_calls()

    def names(self) -> list[str]:
        """What they are called where they are shown."""
        return [repr(self.first), repr(self.second)]


def _side_by_side(things: Mapping[str, Any], limit_s: float) -> Trial:
    return Trial(ray.remote(_SideBySide), {"tracked": things["Tracked"]}, time_limit_s=limit_s)


def _counts_are_its_own(things: Mapping[str, Any], limit_s: float) -> None:
    with _side_by_side(things, limit_s) as pair:
        first, second = pair.call("play")
    in_common = {"ping": 4, "pong": 2}
    if first == second == in_common:
        came = f"two objects in one process have both counted {shown(in_common)}"
        raise NotYet(came=came, advice=_IN_COMMON)
    _compare(first, {"ping": 3}, "a class derived from `Tracked` has counted")
    _compare(second, {"ping": 1, "pong": 2}, "a class derived from that one has counted")


def _has_a_name(things: Mapping[str, Any], limit_s: float) -> None:
    with _side_by_side(things, limit_s) as pair:
        names = pair.outcome("names")
    if names == ["first", "second"]:
        return
    if isinstance(names, RayTaskError):
        came = f"`__repr__` raised {type(names.cause).__name__}: {names.cause}"
        advice = "`__repr__` is to `return` a text: `self.name`. (To print it hands nothing back.)"
    elif isinstance(names, list) and all(" object at 0x" in name for name in names):
        came, advice = shown(names[0]), _NO_REPR
    else:
        came = shown(names)
        advice = "The text is to be the name that the object was made with: `self.name`."
    raise NotYet(came=came, advice=advice)


method_tracking = Exercise(
    name="method_tracking",
    title="Method tracking",
    task=(
        "`Tracked(name)` is a base class whose objects count the calls of their methods by name, "
        "and are shown by their own. `Store` is an actor class derived from it: `save(key, value)` "
        "and `load(key)` are counted, and `all_calls()` says how often each was called."
    ),
    lesson="03_telemetry",
    minutes=15,
    asks_for={"Tracked": "your base class", "Store": "your actor class"},
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    checks=(
        Check(
            name="`Store` is an actor class, derived from the ordinary class `Tracked`",
            expected="`class Tracked:`, and `class Store(Tracked):` with `@ray.remote` above it",
            run=_is_a_family,
        ),
        Check(
            name="`load` returns what `save` has kept",
            expected="1 and 2, after `save('a', 1)` and `save('b', 2)`",
            run=_keeps_values,
        ),
        Check(
            name="after random calls the counts are right",
            expected=f"a dictionary with the number of calls of each method, {_CALLS} in all",
            run=_counts_random_calls,
        ),
        Check(
            name="each object counts for itself, in derived classes too",
            expected="two objects side by side, each with its own calls only",
            run=_counts_are_its_own,
        ),
        Check(
            name="it is shown by its name",
            expected="`first`, for what was made with the name `first`",
            run=_has_a_name,
        ),
    ),
)
