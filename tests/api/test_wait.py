# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""``wait``: which of the values are there."""

import threading
import weakref

import pytest

from tests.processes import wait_until


def test_wait_tells_the_ready_from_the_rest(ray, tmp_path):
    gate = tmp_path / "open"

    @ray.remote
    def at_once():
        return 1

    @ray.remote
    def behind_the_gate():
        wait_until(gate.exists)
        return 2

    slow, quick = behind_the_gate.remote(), at_once.remote()
    ready, rest = ray.wait([slow, quick])
    assert (ready, rest) == ([quick], [slow])
    gate.touch()
    ready, rest = ray.wait([slow, quick], num_returns=2)
    assert (ready, rest) == ([slow, quick], [])


def test_wait_with_a_timeout_gives_what_there_is(ray, tmp_path):
    gate = tmp_path / "open"

    @ray.remote
    def behind_the_gate():
        wait_until(gate.exists)

    ref = behind_the_gate.remote()
    assert ray.wait([ref], timeout=0.01) == ([], [ref])
    assert ray.wait([ref], timeout=0) == ([], [ref])
    gate.touch()
    assert ray.wait([ref], timeout=10) == ([ref], [])


def test_wait_gives_no_more_than_was_asked_for(ray):
    refs = [ray.put(x) for x in range(3)]
    ready, rest = ray.wait(refs, num_returns=2)
    assert (len(ready), len(rest)) == (2, 1)
    assert {*ready, *rest} == set(refs)


def test_a_ref_whose_task_failed_is_ready(ray):
    @ray.remote
    def fail():
        raise ValueError

    ref = fail.remote()
    assert ray.wait([ref]) == ([ref], [])


def test_as_completed_loops_drain_all_refs(ray):
    @ray.remote
    def square(x):
        return x * x

    pending, found = [square.remote(x) for x in range(20)], set()
    while pending:
        ready, pending = ray.wait(pending)
        found.update(ray.get(ready))
    assert found == {x * x for x in range(20)}


def test_asking_again_and_again_without_waiting_finds_the_value(ray):
    @ray.remote
    def one():
        return 1

    ref = one.remote()
    while not ray.wait([ref], timeout=0)[0]:
        pass
    assert ray.get(ref) == 1


def test_what_is_ready_comes_in_the_order_given(ray):
    @ray.remote
    class Echo:
        def echo(self, x):
            return x

    echo = Echo.remote()
    pending = [echo.echo.remote(x) for x in range(500)]
    found = []
    while pending:
        ready, rest = ray.wait(pending, num_returns=min(7, len(pending)))
        assert ready == [ref for ref in pending if ref in set(ready)]
        assert rest == [ref for ref in pending if ref not in set(ready)]
        found += ray.get(ready)
        pending = rest
    assert sorted(found) == list(range(500))


def test_what_was_left_may_be_changed_before_the_next_wait(ray):
    @ray.remote
    class Echo:
        def echo(self, x):
            return x

    echo = Echo.remote()
    pending = [echo.echo.remote(x) for x in range(100)]
    found, number = [], 100
    while pending:
        ready, pending = ray.wait(pending)
        found += ray.get(ready)
        if number < 200:
            pending.append(echo.echo.remote(number))
            number += 1
        if number == 150:
            pending.reverse()
    assert sorted(found) == list(range(200))


def test_a_loop_over_thousands_gives_each_of_them_once_in_the_order_given(ray):
    pending = [ray.put(x) for x in range(3000)]
    found, number = [], len(pending)
    while pending:
        ready, pending = ray.wait(pending, num_returns=min(3, len(pending)))
        number -= len(ready)
        assert len(pending) == number
        found += ray.get(ready)
    assert found == list(range(3000))


def test_what_thousands_leave_is_a_list_that_can_be_used_in_any_way(ray):
    refs = [ray.put(x) for x in range(3000)]
    (first,), rest = ray.wait(refs)
    (second,), later = ray.wait(rest)
    assert isinstance(rest, list)
    assert [first, *rest] == [first, second, *later] == refs
    assert ray.get(rest[:2]) == [1, 2]
    _, kept = ray.wait(later)
    added = later + [first]  # noqa: RUF005  # Lists are added, as in many programs.
    added.remove(later[-1])
    later.append(first)
    assert ray.wait(added, num_returns=2) == (later[:2], added[2:])
    assert ray.wait(later, num_returns=2) == (later[:2], later[2:])
    assert ray.get(kept) == list(range(3, 3000))


def test_a_call_can_be_given_what_thousands_have_left(ray):
    @ray.remote
    def total(refs):
        return type(refs).__name__, sum(ray.get(refs))

    _, rest = ray.wait([ray.put(1) for _ in range(2000)])
    assert ray.get(total.remote(rest)) == ("list", 1999)
    assert ray.get(ray.put(rest)) == rest


def test_a_ref_that_occurs_twice_in_what_was_left_is_refused(ray):
    pending = [ray.put(x) for x in range(100)]
    _, pending = ray.wait(pending)
    pending.append(pending[5])
    with pytest.raises(ValueError, match="occurs twice"):
        ray.wait(pending)


def test_refs_of_thousands_that_nobody_holds_any_more_are_gone(ray):
    refs = [ray.put(x) for x in range(3000)]
    gone = weakref.ref(refs[0]), weakref.ref(refs[-1])
    refs = ray.wait(refs)[1]
    wait_until(lambda: gone[0]() is None)
    assert gone[1]() is not None
    del refs
    wait_until(lambda: gone[1]() is None)


def test_threads_may_wait_for_the_same_refs(ray):
    @ray.remote
    class Echo:
        def echo(self, x):
            return x

    echo = Echo.remote()
    refs = [echo.echo.remote(x) for x in range(300)]
    found = {number: [] for number in range(3)}

    def drain(number):
        pending = refs
        while pending:
            ready, pending = ray.wait(pending)
            found[number] += ray.get(ready)

    threads = [threading.Thread(target=drain, args=[number]) for number in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(sorted(each) == list(range(300)) for each in found.values())


def test_a_task_waits_for_refs_of_its_caller_one_by_one(ray):
    @ray.remote
    def square(x):
        return x * x

    @ray.remote
    def total(refs):
        found = []
        while refs:
            ready, refs = ray.wait(refs)
            found += ray.get(ready)
        return sorted(found)

    refs = [square.remote(x) for x in range(60)]
    assert ray.get(total.remote(refs)) == sorted(x * x for x in range(60))


def test_what_nobody_waits_for_any_more_is_soon_gone(ray):
    refs = [ray.put(x) for x in range(100)]
    _, rest = ray.wait(refs)
    gone = weakref.ref(rest[-1])
    del refs, rest
    wait_until(lambda: gone() is None)


def test_a_generator_among_the_refs_is_ready_with_each_item(ray, tmp_path):
    gate = tmp_path / "open"

    @ray.remote
    def three():
        yield 1
        wait_until(gate.exists)
        yield 2

    items, number = three.remote(), ray.put(3)
    assert ray.wait([items, number], num_returns=2) == ([items, number], [])
    assert ray.get(next(items)) == 1
    for _ in range(5):
        assert ray.wait([items, number], num_returns=2, timeout=0.001) == ([number], [items])
    assert len(items._source._callbacks) == 1
    gate.touch()
    assert ray.wait([items], timeout=10) == ([items], [])
    assert ray.get(next(items)) == 2
    assert ray.wait([items], timeout=10) == ([items], [])


@pytest.mark.parametrize("ask", ["wait", "get"])
def test_a_ref_made_from_bytes_is_never_waited_for(ray, ask):
    with pytest.raises(ValueError, match="was made from bytes"):
        getattr(ray, ask)([ray.ObjectRef(bytes(28))])


def test_one_of_many_that_fails_ends_the_wait_for_all(ray, tmp_path):
    gate = tmp_path / "open"

    @ray.remote
    def fail():
        raise KeyError

    @ray.remote
    def behind_the_gate():
        wait_until(gate.exists)

    refs = [behind_the_gate.remote(), *(ray.put(x) for x in range(50)), fail.remote()]
    with pytest.raises(KeyError):
        ray.get(refs, timeout=10)
    gate.touch()
