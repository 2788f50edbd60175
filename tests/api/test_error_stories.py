# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""What an error tells of the call: its arguments, its actor, and the way it has come."""

import asyncio
import os

import pytest


class Till:
    def __init__(self, total=0):
        if total < 0:
            raise ValueError(total)
        self.total = total

    def withdraw(self, amount, note=""):
        if amount > self.total:
            raise ValueError(note)
        return amount

    def pay(self, ray, other, amount):
        return ray.get(other.withdraw.remote(amount))

    def coins(self, number):
        yield number
        raise ValueError(number)

    def group(self):
        errors = []
        for text in ("a", "b"):
            try:
                int(text)
            except ValueError as error:
                errors.append(error)
        raise ExceptionGroup("two", errors)

    def die(self):
        os._exit(3)


class AsyncTill:
    async def withdraw(self, amount):
        await asyncio.sleep(0)
        raise ValueError(amount)

    async def coins(self, number):
        yield number
        raise ValueError(number)


def call_until_it_raises(ray, till):
    while True:
        ray.get(till.withdraw.remote(0))


def lines_of(ray, ref):
    with pytest.raises(ray.exceptions.RayError) as caught:
        ray.get(ref)
    return str(caught.value).split("\n")


@pytest.mark.parametrize("options", [{}, {"max_concurrency": 3}])
def test_an_error_shows_the_call_and_the_actor(ray, options):
    till = ray.remote(Till).options(name="till", max_restarts=3, **options).remote(10)
    lines = lines_of(ray, till.withdraw.remote(50, note="rent"))
    assert lines[1:3] == [
        "  called as withdraw(50, note='rent')",
        "  in the actor Till 'till': ALIVE, 0 of 3 restarts used",
    ]
    assert lines_of(ray, till.withdraw.remote(50))[2].endswith(", 2 calls failed so far")


def test_an_error_of_a_coroutine_does_so_as_well(ray):
    till = ray.remote(AsyncTill).remote()
    assert lines_of(ray, till.withdraw.remote([1]))[1] == "  called as withdraw([1])"


@pytest.mark.parametrize("cls", [Till, AsyncTill])
def test_an_error_of_a_generator_does_so_as_well(ray, cls):
    till = ray.remote(cls).remote()
    _, failed = list(till.coins.options(num_returns="streaming").remote(3))
    assert lines_of(ray, failed)[1] == "  called as coins(3)"


def test_an_error_of_a_constructor_does_so_as_well(ray):
    till = ray.remote(Till).remote(-1)
    lines = lines_of(ray, till.withdraw.remote(1))
    assert lines[2:4] == ["  called as Till(-1)", "  in the actor Till: PENDING_CREATION"]


def test_an_error_of_a_task_shows_the_call(ray):
    @ray.remote
    def add(a, b):
        return a + b

    lines = lines_of(ray, add.remote(1, b="x" * 10**6))
    assert lines[1].startswith("  called as add(1, b='xxx")
    assert lines[1].endswith("… 1,000,000 characters)")


def test_an_error_shows_every_call_on_its_way(ray):
    poor, till = ray.remote(Till).remote(1), ray.remote(Till).options(name="way").remote(1)

    @ray.remote
    def order(till, other):
        return ray.get(till.pay.remote(ray, other, 5))

    lines = lines_of(ray, order.remote(till, poor))
    calls = [line.split("(")[0] for line in lines if line.startswith("ray::")]
    assert calls == ["ray::order", "ray::Till.pay", "ray::Till.withdraw"]
    assert "  called as withdraw(5)" in lines


def test_an_argument_whose_repr_wants_to_end_the_process_is_left_out(ray):
    class Leaving:
        def __repr__(self):
            raise SystemExit(3)

    till = ray.remote(Till).remote()
    lines = lines_of(ray, till.withdraw.remote(1, Leaving()))
    assert not any("called as" in line for line in lines)
    assert ray.get(till.withdraw.remote(0)) == 0


def test_an_actor_whose_repr_is_markup_stays_in_its_line(ray):
    class Marked(Till):
        def __repr__(self):
            return "<script>\n" + "x" * 10_000

    lines = lines_of(ray, ray.remote(Marked).remote().withdraw.remote(1))
    assert "repr=<script> xxx" in lines[0]
    assert len(lines[0]) < 200


def test_an_actor_without_a_repr_of_its_own_shows_no_address(ray):
    assert "0x" not in lines_of(ray, ray.remote(Till).remote().withdraw.remote(1))[0]


def test_the_members_of_an_exception_group_are_shown_with_their_lines(ray):
    lines = lines_of(ray, ray.remote(Till).remote().group.remote())
    assert "ExceptionGroup: two (2 sub-exceptions)" in lines
    assert "  +-- 2 of 2" in lines
    assert "  |     int(text)" in lines
    assert "  | ValueError: invalid literal for int() with base 10: 'b'" in lines


def test_an_error_after_a_restart_says_how_many_are_left(ray):
    till = ray.remote(Till).options(max_restarts=2, max_task_retries=1).remote()
    with pytest.raises(ray.exceptions.RayActorError):
        ray.get(till.die.options(max_task_retries=0).remote())
    lines = lines_of(ray, till.withdraw.remote(1))
    assert lines[2] == "  in the actor Till: ALIVE, 1 of 2 restarts used"


def test_a_dead_actors_error_says_what_to_write_instead(ray):
    till = ray.remote(Till).remote()
    lines = lines_of(ray, till.die.remote())
    assert "It is restarted by itself if it is made with" in "\n".join(lines)
    ray.kill(killed := ray.remote(Till).remote())
    assert lines_of(ray, killed.withdraw.remote(0))[-1] == "Make a new one with Till.remote(...)."


def test_an_actor_that_died_with_its_owner_is_told_how_to_outlive_it(ray):
    @ray.remote
    class Parent:
        def make(self):
            self.child = ray.remote(Till).remote()
            return [self.child]

    parent = Parent.remote()
    (child,) = ray.get(parent.make.remote())
    ray.kill(parent)
    with pytest.raises(ray.exceptions.ActorDiedError, match="lifetime='detached'"):
        call_until_it_raises(ray, child)
