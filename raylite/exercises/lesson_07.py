"""Lesson 7: an actor that keeps its state in a file, and so survives its own crashes."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import raylite as ray
from raylite.exceptions import RayActorError, RayTaskError
from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import actor_class_check
from raylite.exercises.trial import NotYet, Trial, shown

__all__ = ["immortal_actor"]

STUB = '''\
@ray.remote
class ImmortalActor:
    """Keeps values by key, in memory and in a file."""

    def __init__(self, checkpoint):
        """Begin with what is in the file `checkpoint`, if it is there."""

    def update(self, key, value):
        """Keep the value, also for the time after a crash."""

    def get(self, key):
        """Return the value."""
'''

SOLUTION = '''\
@ray.remote(max_restarts=-1, max_task_retries=-1)
class ImmortalActor:
    """Keeps values by key, in memory and in a file."""

    def __init__(self, checkpoint):
        self.checkpoint = Path(checkpoint)
        self.state = {}
        if self.checkpoint.exists():
            self.state = json.loads(self.checkpoint.read_text())

    def update(self, key, value):
        self.state[key] = value
        self.checkpoint.write_text(json.dumps(self.state))

    def get(self, key):
        return self.state[key]
'''

HINTS = (
    (
        "Two moments count: after each change write the state to the file, and in `__init__` read "
        "it, if there is one."
    ),
    (
        "`path.write_text(json.dumps(self.state))` writes a dictionary to the file, "
        "`json.loads(path.read_text())` reads it; `path.exists()` says whether there is one."
    ),
    "And it has to come back: `@ray.remote(max_restarts=-1, max_task_retries=-1)`.",
)

_NO_RESTART: Final = (
    "It was not started anew. In the brackets of `@ray.remote(...)` say how often it may be: "
    "`max_restarts=-1` is as often as needed; and `max_task_retries=-1` has calls sent again."
)
_NOT_SENT_AGAIN: Final = (
    "It came back, but the call that met it in between was not sent again: `max_task_retries=-1`."
)


@contextmanager
def _checkpoint() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="raylite-exercise-") as folder:
        yield Path(folder) / "checkpoint.json"


def _keeps_values(things: Mapping[str, Any], limit_s: float) -> None:
    with _checkpoint() as path, _trial(things, path, limit_s) as actor:
        actor.call("update", "a", 1)
        actor.call("update", "b", 2)
        actor.call("update", "a", 3)
        found = actor.call("get", "a"), actor.call("get", "b")
    if found == (None, None):
        advice = "`get` hands nothing back: it is to `return` the value."
    elif found == (1, 2):
        advice = "The second value for the same key is to take the place of the first."
    elif found != (3, 2):
        advice = "`get(key)` returns what `update` was given for that key last."
    else:
        return
    raise NotYet(came=f"{shown(found)} for `a` and `b`", advice=advice, is_final=True)


def _writes_the_file(things: Mapping[str, Any], limit_s: float) -> None:
    with _checkpoint() as path:
        with _trial(things, path, limit_s) as actor:
            actor.call("update", "a", 1)
            is_there = path.exists()
        with _trial(things, path, limit_s) as another:
            found = another.outcome("get", "a")
    if not is_there:
        came = "no file after `update('a', 1)`"
        advice = (
            "Write the state to the file `checkpoint` that `__init__` was given, in `update`, "
            "after the change. (Another name, or writing at the end only, is of no use: a crash "
            "comes without a warning.)"
        )
        raise NotYet(came=came, advice=advice, is_final=True)
    if found != 1:
        came = "another actor with the same file " + (
            f"raised {type(found.cause).__name__}"
            if isinstance(found, RayTaskError)
            else f"answered {shown(found)}"
        )
        advice = "`__init__` is to read the file, if it is there, and begin with what it says."
        raise NotYet(came=came, advice=advice, is_final=True)


def _comes_back(things: Mapping[str, Any], limit_s: float) -> None:
    with _checkpoint() as path, _trial(things, path, limit_s) as actor:
        for number in range(3):
            actor.call("update", f"key {number}", number)
            ray.kill(actor.handle, no_restart=False)
            found = actor.outcome("get", f"key {number}")
            if isinstance(found, RayTaskError):
                came = f"after a crash `get` raised {type(found.cause).__name__}"
                advice = "What was kept before the crash is gone. Is each change written at once?"
                raise NotYet(came=came, advice=advice)
            if isinstance(found, RayActorError):
                is_gone = type(found).__name__ == "ActorDiedError"
                came = f"after a crash `get` raised {type(found).__name__}"
                raise NotYet(came=came, advice=_NO_RESTART if is_gone else _NOT_SENT_AGAIN)
            if found != number:
                came = f"{shown(found)} after a crash, where {number} was kept before it"
                advice = "What it begins with is not what it had. Does `__init__` read all of it?"
                raise NotYet(came=came, advice=advice)


def _is_its_own(things: Mapping[str, Any], limit_s: float) -> None:
    with _checkpoint() as first, _checkpoint() as second:
        with _trial(things, first, limit_s) as actor:
            actor.call("update", "a", 1)
        with _trial(things, second, limit_s) as other:
            other.call("update", "a", 2)
        with _trial(things, first, limit_s) as again:
            found = again.outcome("get", "a")
    if found != 1:
        advice = (
            "Two actors with two files have mixed up their values. The file's name is the "
            "parameter `checkpoint`, and not one that is written into the class."
        )
        raise NotYet(came=f"{shown(found)}, which another actor had kept", advice=advice)


def _trial(things: Mapping[str, Any], path: Path, limit_s: float) -> Trial:
    arguments = {"checkpoint": str(path)}
    return Trial(things["ImmortalActor"], arguments, time_limit_s=limit_s)


immortal_actor = Exercise(
    name="immortal_actor",
    title="The immortal actor",
    task=(
        "`ImmortalActor(checkpoint)` keeps values by key: `update(key, value)` and `get(key)`. It "
        "writes its state to the file `checkpoint` after each change, begins with what is in it, "
        "and comes back whenever its process ends."
    ),
    lesson="07_keeping_state",
    minutes=15,
    asks_for={"ImmortalActor": "your actor class"},
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    checks=(
        actor_class_check("ImmortalActor", "immortal_actor.check(ImmortalActor)"),
        Check(
            name="`get` returns what `update` has kept",
            expected="3 and 2, after `update('a', 1)`, `update('b', 2)`, `update('a', 3)`",
            run=_keeps_values,
        ),
        Check(
            name="another actor with the same file goes on where the first was",
            expected="the value that the first has kept",
            run=_writes_the_file,
        ),
        Check(
            name="it comes back after a crash, with all it had",
            expected="every value, after its process was killed",
            run=_comes_back,
        ),
        Check(
            name="actors with different files have different values",
            expected="the value of the actor that has this file",
            run=_is_its_own,
        ),
    ),
)
