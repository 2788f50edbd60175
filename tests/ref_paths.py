"""Every way a ref can travel and live: one function a way.

Each takes the only ref there is out of a box, hides it where its name says, gives a function that
reads the value from there, and then lets go of it.
"""

import dataclasses
import functools
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import raylite as ray
from raylite import _engine
from tests.processes import wait_until

__all__ = ["PATHS", "Keeper", "Thing", "read"]

Thing = Any
"""A ref, or a handle."""
Read = Callable[[], int]


def read(thing: Thing) -> int:
    """What is behind a ref, or what the actor behind a handle answers."""
    if isinstance(thing, ray.ObjectRef):
        return int(ray.get(thing).sum())
    return int(ray.get(thing.total.remote()))


class Keeper:
    """Keeps what it is given."""

    def __init__(self, things: Any = None) -> None:
        self.things = things

    def keep(self, things: Any) -> None:
        self.things = things

    def read(self) -> int:
        return read(self.things[0])

    def hand_on(self, keeper: Thing) -> None:
        ray.get(keeper.keep.remote(self.things))

    def wrap(self) -> list[Any]:
        return [ray.put(self.things)]

    def drop(self) -> None:
        self.things = None

    def pid(self) -> int:
        return os.getpid()


class AsyncKeeper(Keeper):
    async def keep_for_long(self, things: Any) -> None:
        self.things = things


class HoldsThingsError(Exception):
    def __init__(self, things: list[Thing]) -> None:
        super().__init__(things)
        self.things = things


class HoldsAnError(Exception):
    def __init__(self, inner: HoldsThingsError) -> None:
        super().__init__(inner)
        self.inner = inner


class FailsToBegin(Keeper):
    def __init__(self, things: Any) -> None:
        raise HoldsThingsError(things)


@dataclasses.dataclass
class Parcel:
    address: str
    content: dict[str, Any]


def first_of(value: Any) -> Thing:
    """The thing inside any of the containers below."""
    while not isinstance(value, (ray.ObjectRef, ray.actor.ActorHandle)):
        match value:
            case Parcel():
                value = value.content
            case dict():
                value = next(iter(value.values()))
            case _:
                value = next(iter(value))
    return value


@ray.remote(num_cpus=0)
def read_behind(gate: Path, wrapped: Any, *, by_name: Any = None) -> int:
    wait_until(gate.exists)
    value = by_name if wrapped is None else wrapped
    if hasattr(value, "sum"):  # The value itself: it was a ref at the top.
        return int(value.sum())
    return read(first_of(value))


@ray.remote(num_cpus=0)
def give_back(things: Any) -> Any:
    return things


@ray.remote(num_cpus=0)
def raise_with(things: list[Thing], *, wrapped: bool = False) -> None:
    error = HoldsThingsError(things)
    raise HoldsAnError(error) if wrapped else error


@ray.remote(num_cpus=0)
def never_runs(_argument: Any) -> None:
    raise AssertionError


@ray.remote(num_cpus=0)
def yield_each(things: list[Thing]) -> Iterator[list[Thing]]:
    yield from ([thing] for thing in things)


def keeper(kind: type = Keeper, **options: Any) -> Thing:
    return ray.remote(kind).options(num_cpus=0, **options).remote()


# How a path is written: hide, yield a way to read, let go.


def in_a_variable(box: list[Thing], _gate: Path) -> Iterator[Read]:
    kept = [box.pop()]
    yield lambda: read(kept[0])
    kept.clear()


def in_an_argument(wrap: Callable[[Thing], Any], box: list[Thing], gate: Path) -> Iterator[Read]:
    result = read_behind.remote(gate, wrap(box.pop()))

    def opened() -> int:
        gate.touch()
        return int(ray.get(result))

    yield opened


def in_a_keyword(box: list[Thing], gate: Path) -> Iterator[Read]:
    result = read_behind.remote(gate, None, by_name={"here": box.pop()})

    def opened() -> int:
        gate.touch()
        return int(ray.get(result))

    yield opened


def in_a_queued_argument(box: list[Thing], gate: Path) -> Iterator[Read]:
    late = read_behind.options(name="late").remote(gate, None, by_name=[ray.put(SUMMED)])
    kept = [keeper()]
    # The second call waits for the first, whose argument is not there yet.
    calls = [kept[0].keep.remote(late), kept[0].keep.remote([box.pop()])]
    result = kept[0].read.remote()

    def opened() -> int:
        gate.touch()
        ray.get(calls)
        return int(ray.get(result))

    yield opened
    calls.clear()
    kept.clear()


def in_state(
    let_go: Callable[[Thing], None], kind: type, box: list[Thing], _gate: Path
) -> Iterator[Read]:
    kept = [keeper(kind)]
    ray.get(kept[0].keep.remote([box.pop()]))
    yield lambda: int(ray.get(kept[0].read.remote()))
    let_go(kept.pop())


def in_a_constructors_argument(box: list[Thing], _gate: Path) -> Iterator[Read]:
    options = {"max_restarts": 1, "max_task_retries": -1, "num_cpus": 0}
    kept = [ray.remote(Keeper).options(**options).remote([box.pop()])]

    def after_a_restart() -> int:
        os.kill(ray.get(kept[0].pid.remote()), signal.SIGKILL)
        return int(ray.get(kept[0].read.remote()))

    yield after_a_restart
    kept.clear()


def in_a_detached_actor(box: list[Thing], _gate: Path) -> Iterator[Read]:
    keeper(name="vault", lifetime="detached").keep.remote([box.pop()])
    vault = ray.get_actor("vault")
    yield lambda: int(ray.get(vault.read.remote()))
    ray.kill(vault)


def in_objects_inside_objects(box: list[Thing], _gate: Path) -> Iterator[Read]:
    kept = [ray.put({"a": ray.put([ray.put((box.pop(),))])})]
    yield lambda: read(ray.get(ray.get(ray.get(kept[0])["a"])[0])[0])
    kept.clear()


def in_an_object_of_an_actor(box: list[Thing], _gate: Path) -> Iterator[Read]:
    actor = keeper()
    actor.keep.remote([box.pop()])
    kept = ray.get(actor.wrap.remote())
    ray.get(actor.drop.remote())
    yield lambda: read(ray.get(kept[0])[0])
    kept.clear()
    del actor


def in_a_returned_value(box: list[Thing], _gate: Path) -> Iterator[Read]:
    kept = [give_back.remote([box.pop()])]
    ray.wait(kept)
    yield lambda: read(ray.get(kept[0])[0])
    kept.clear()


def in_a_value_that_was_returned_and_passed_on(box: list[Thing], _gate: Path) -> Iterator[Read]:
    kept = [give_back.remote(give_back.remote(give_back.remote([box.pop()])))]
    yield lambda: read(ray.get(kept[0])[0])
    kept.clear()


def passed_on_by_a_borrower_that_is_killed(box: list[Thing], _gate: Path) -> Iterator[Read]:
    middle, kept = keeper(), [keeper()]
    middle.keep.remote([box.pop()])
    ray.get(middle.hand_on.remote(kept[0]))
    ray.kill(middle)
    yield lambda: int(ray.get(kept[0].read.remote()))
    kept.clear()


def in_an_item_that_is_not_taken(box: list[Thing], _gate: Path) -> Iterator[Read]:
    kept = [yield_each.remote([box.pop()])]
    ray.wait(kept)

    def take() -> int:
        if len(kept) == 1:
            kept.append(next(kept[0]))
        return read(ray.get(kept[1])[0])

    yield take
    kept.clear()


def in_a_dropped_generator(box: list[Thing], _gate: Path) -> Iterator[Read]:
    items = yield_each.remote([box[0], box[0], box.pop()])
    kept = [next(items)]
    del items  # Midway.
    yield lambda: read(ray.get(kept[0])[0])
    kept.clear()


def in_an_error(box: list[Thing], _gate: Path, *, wrapped: bool = False) -> Iterator[Read]:
    kept = [raise_with.remote([box.pop()], wrapped=wrapped)]
    ray.wait(kept)
    yield lambda: read_from_error(kept[0])
    kept.clear()


def in_an_error_that_was_passed_on(box: list[Thing], _gate: Path) -> Iterator[Read]:
    kept = [never_runs.remote(never_runs.remote(raise_with.remote([box.pop()])))]
    ray.wait(kept)
    yield lambda: read_from_error(kept[0])
    kept.clear()


def in_an_error_of_a_constructor(box: list[Thing], _gate: Path) -> Iterator[Read]:
    actor = ray.remote(FailsToBegin).options(num_cpus=0).remote([box.pop()])
    kept = [actor.pid.remote()]
    del actor
    ray.wait(kept)
    yield lambda: read_from_error(kept[0])
    kept.clear()


def in_an_error_of_a_constructor_before_the_first_call(
    box: list[Thing], _gate: Path
) -> Iterator[Read]:
    actor = ray.remote(FailsToBegin).options(num_cpus=0).remote([box.pop()])
    actor_id = actor._actor_id.hex()
    core: Any = _engine.current()
    wait_until(lambda: actor_id not in {way.actor_id for way in core.clients()})
    kept = [actor.pid.remote()]
    del actor
    yield lambda: read_from_error(kept[0])
    kept.clear()


def read_from_error(result: Thing) -> int:
    try:
        ray.get(result)
    except Exception as error:  # It is looked at.
        found: Any = error
        while not hasattr(found, "things"):
            assert found is not None
            found = getattr(found, "inner", None) or getattr(found, "cause", None)
        return read(found.things[0])
    raise AssertionError


def in_a_functions_closure(box: list[Thing], _gate: Path) -> Iterator[Read]:
    def made(thing: Thing) -> Any:
        return ray.remote(num_cpus=0)(lambda: read(thing))

    kept = [made(box.pop())]
    ray.get(kept[0].remote())
    yield lambda: int(ray.get(kept[0].remote()))
    kept.clear()


def in_a_classes_closure(box: list[Thing], _gate: Path) -> Iterator[Read]:
    def made(thing: Thing) -> Any:
        class Reads:
            def read(self) -> int:
                return read(thing)

        return ray.remote(num_cpus=0, max_restarts=1)(Reads).remote()

    kept = [made(box.pop())]
    yield lambda: int(ray.get(kept[0].read.remote()))
    kept.clear()


def in_a_function_that_an_actor_keeps(box: list[Thing], _gate: Path) -> Iterator[Read]:
    kept = [keeper()]
    ray.get(kept[0].keep.remote(functools.partial(read, box.pop())))
    yield lambda: int(ray.get(kept[0].__ray_call__.remote(lambda self: self.things())))
    ray.get(kept[0].drop.remote())
    kept.clear()


class _Summed:
    def sum(self) -> int:
        return 0


SUMMED = _Summed()


def _forget(actor: Thing) -> None:
    ray.get(actor.drop.remote())


def _sigkill(actor: Thing) -> None:
    os.kill(ray.get(actor.pid.remote()), signal.SIGKILL)


PATHS: dict[str, Callable[[list[Thing], Path], Iterator[Read]]] = {
    "a variable": in_a_variable,
    "an argument": functools.partial(in_an_argument, lambda thing: thing),
    "a list in an argument": functools.partial(in_an_argument, lambda thing: [thing]),
    "a tuple in a dict in an argument": functools.partial(
        in_an_argument, lambda thing: {"a": (thing,)}
    ),
    "a dataclass in an argument": functools.partial(
        in_an_argument, lambda thing: Parcel("x", {"y": [thing]})
    ),
    "a keyword argument": in_a_keyword,
    "the argument of a call that waits": in_a_queued_argument,
    "an actor's state": functools.partial(in_state, _forget, Keeper),
    "an asynchronous actor's state": functools.partial(in_state, _forget, AsyncKeeper),
    "the state of an actor that ends": functools.partial(in_state, lambda _: None, Keeper),
    "the state of an actor that is killed": functools.partial(in_state, ray.kill, Keeper),
    "the state of an actor that crashes": functools.partial(in_state, _sigkill, Keeper),
    "a constructor's argument": in_a_constructors_argument,
    "a detached actor": in_a_detached_actor,
    "objects inside objects": in_objects_inside_objects,
    "an object of an actor": in_an_object_of_an_actor,
    "a returned value": in_a_returned_value,
    "a returned value that was passed on": in_a_value_that_was_returned_and_passed_on,
    "a third process": passed_on_by_a_borrower_that_is_killed,
    "an item that is not taken": in_an_item_that_is_not_taken,
    "an item of a generator that is dropped": in_a_dropped_generator,
    "an error": in_an_error,
    "an error inside an error": functools.partial(in_an_error, wrapped=True),
    "an error that was passed on": in_an_error_that_was_passed_on,
    "an error of a constructor": in_an_error_of_a_constructor,
    "an error of a constructor that nobody has called": (
        in_an_error_of_a_constructor_before_the_first_call
    ),
    "a function's closure": in_a_functions_closure,
    "a class's closure": in_a_classes_closure,
    "a function in an actor's state": in_a_function_that_an_actor_keeps,
}
