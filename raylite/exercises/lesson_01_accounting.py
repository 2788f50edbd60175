"""Lesson 1: an account as an actor, which keeps its balance and cannot be overdrawn."""

from collections.abc import Mapping
from typing import Any, Final

import raylite as ray
from raylite.exceptions import RayTaskError
from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import actor_class_check, compare_number, require_value
from raylite.exercises.trial import NotYet, Trial, shown

__all__ = ["accounting"]

STUB = '''\
class Accounting:
    """A balance that cannot be overdrawn."""

    def __init__(self):
        """Begin with 0."""

    def add(self, amount):
        """Add it to the balance."""

    def remove(self, amount):
        """Take it from the balance. If there is less than that: raise a ValueError."""

    def total(self):
        """Return the balance."""


balance = ...  # what an account of yours answers after add(100) and remove(30)
'''

SOLUTION = '''\
@ray.remote
class Accounting:
    """A balance that cannot be overdrawn."""

    def __init__(self):
        self.balance = 0

    def add(self, amount):
        self.balance += amount

    def remove(self, amount):
        if amount > self.balance:
            raise ValueError(f"there are only {self.balance}")
        self.balance -= amount

    def total(self):
        return self.balance


account = Accounting.remote()
account.add.remote(100)
account.remove.remote(30)
balance = ray.get(account.total.remote())
'''

HINTS = (
    (
        "Most of it you have seen above: the line over the class, the state on `self`, and three "
        "methods. New is the condition in `remove`."
    ),
    (
        "`if amount > self.balance:` comes first, and under it `raise ValueError(...)`. Only what "
        "comes after that changes the balance."
    ),
    (
        "An account: `account = Accounting.remote()`. Two calls: `account.add.remote(100)`, "
        "`account.remove.remote(30)`. The answer: `ray.get(account.total.remote())`."
    ),
)

_OTHERWISE: Final = "`add` adds, `remove` takes away, and `total` says what there is."
_IN_COMMON: Final = (
    "The balance is kept in a place that all accounts of a process share: a `global` name, or the "
    "class itself. Put it on `self`, in `__init__`."
)


def _keeps_its_balance(things: Mapping[str, Any], limit_s: float) -> None:
    with Trial(things["Accounting"], {}, time_limit_s=limit_s) as account:
        compare_number(account.call("total"), 0, {}, "a new account: `total()` gave", _OTHERWISE)
        account.call("add", 100)
        account.call("add", 20.5)
        account.call("remove", 10)
        found = account.call("total")
    wrong = {
        120.5: "`remove` takes nothing away.",
        130.5: "`remove` adds as well.",
        -10: "`add` adds nothing.",
        0: "Nothing was kept. The balance belongs on `self`: `self.balance += amount`.",
        20.5: "The last amount takes the place of the balance. Add it: `+=`.",
        10.5: "The last amount takes the place of the balance. Add it: `+=`.",
        110: "The fraction has got lost: no `int()`, no `//`.",
    }
    what = "after 100 and 20.5 in and 10 out `total()` gave"
    compare_number(found, 110.5, wrong, what, _OTHERWISE)


def _refuses(things: Mapping[str, Any], limit_s: float) -> None:
    with Trial(things["Accounting"], {}, time_limit_s=limit_s) as account:
        account.call("add", 10)
        refused = account.outcome("remove", 11)
        left = account.outcome("total")
        all_of_it = account.outcome("remove", 10)
    if not isinstance(refused, RayTaskError):
        came = f"with a balance of 10 `remove(11)` returned {shown(refused)}"
        advice = (
            "It is to `raise ValueError(...)`: who has called then learns of it. (What is printed "
            "or returned is easily overlooked.)"
        )
        raise NotYet(came=came, advice=advice)
    if not isinstance(refused.cause, ValueError):
        came = f"with a balance of 10 `remove(11)` raised {type(refused.cause).__name__}"
        raise NotYet(came=came, advice="`raise ValueError(...)`, and no other error.")
    if left != 10:  # noqa: PLR2004  # What was put in.
        came = f"after the refusal `total()` gave {shown(left)}"
        raise NotYet(came=came, advice="Look first, and change the balance only afterwards.")
    if isinstance(all_of_it, RayTaskError):
        came = f"with a balance of 10 `remove(10)` raised {type(all_of_it.cause).__name__}"
        raise NotYet(came=came, advice="All there is may be taken: `>`, and not `>=`.")


class _TwoInOneProcess:
    """Holds two accounts of one class side by side, as two actors never are."""

    def __init__(self, account_class: Any) -> None:
        self.first = account_class()
        self.second = account_class()

    def totals(self) -> tuple[Any, Any]:
        """Put something into each, and what both say then."""
        _call(self.first, "add", 5)
        _call(self.second, "add", 70)
        return _call(self.first, "total"), _call(self.second, "total")


def _call(account: Any, method: str, *args: Any) -> Any:
    """As an actor would: a method is found though an attribute has its name."""
    return getattr(type(account), method)(account, *args)


def _is_its_own(things: Mapping[str, Any], limit_s: float) -> None:
    # Two actors have a process each, so that even a global name would be one for each of them.
    plain = things["Accounting"]._ray_class  # noqa: SLF001  # the class as it was written
    probe = ray.remote(_TwoInOneProcess)
    with Trial(probe, {"account_class": plain}, time_limit_s=limit_s) as pair:
        totals = pair.call("totals")
    if totals != (5, 70):
        came = f"side by side, with 5 in one and 70 in the other: {shown(totals)}"
        raise NotYet(came=came, advice=_IN_COMMON if 75 in totals else _OTHERWISE)  # noqa: PLR2004


def _was_asked(things: Mapping[str, Any], limit_s: float) -> None:
    """The student's own calls: no class of his runs here, only his result is looked at."""
    del limit_s
    require_value(things["balance"], "what your account answers", "account.total.remote()")
    wrong: Mapping[float, str] = {
        100: "Was `remove(30)` called, and does it take anything away?",
        -30: "`add(100)` was not called.",
        0: "The account was asked before it had anything, or it is another one.",
    }
    otherwise = "One account: `add(100)`, `remove(30)`, then `total()`. A second run is a new one."
    compare_number(things["balance"], 70, wrong, "`balance` is", otherwise)


accounting = Exercise(
    name="accounting",
    title="Accounting",
    task=(
        "Make `Accounting` an actor class that cannot be overdrawn: `add(amount)`, "
        "`remove(amount)`, which raises a ValueError if there is less than that, and `total()`. "
        "Then keep in `balance` what one answers after 100 in and 30 out."
    ),
    lesson="01_first_actor",
    minutes=10,
    asks_for={
        "Accounting": "your actor class",
        "balance": "what your account answered, after 100 in and 30 out",
    },
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    checks=(
        actor_class_check("Accounting", "accounting.check(Accounting, balance)"),
        Check(
            name="it keeps its balance",
            expected="0 at first, and 110.5 after 100 and 20.5 in and 10 out",
            run=_keeps_its_balance,
        ),
        Check(
            name="it cannot be overdrawn",
            expected="a ValueError from `remove(11)` of 10, which leaves the 10 where they are",
            run=_refuses,
        ),
        Check(
            name="each account has a balance of its own",
            expected="5 and 70, in two accounts side by side",
            run=_is_its_own,
        ),
        Check(
            name="`balance` is what your own actor answered",
            expected="70 (a number)",
            run=_was_asked,
        ),
    ),
)
