"""Waiting for the first of many."""

import pytest

from tests.compat.cases import different, elsewhere, raises


@pytest.fixture
def pass_through(ray):
    @ray.remote(num_cpus=0)
    def pass_through(gate, value):
        return ray.get(gate.wait.remote(value))

    return pass_through


def test_ready_ones_come_first_and_the_rest_in_order(ray, gate):
    slow = [gate.wait.remote(i) for i in range(2)]
    fast = ray.put("fast")
    ready, rest = ray.wait([slow[0], fast, slow[1]])
    assert ready == [fast]
    assert rest == slow
    gate.open.remote()
    assert ray.get(slow) == [0, 1]


def test_num_returns_is_how_many_are_waited_for(ray):
    refs = [ray.put(i) for i in range(3)]
    ready, rest = ray.wait(refs, num_returns=2)
    assert (len(ready), len(rest)) == (2, 1)
    assert {*ready, *rest} == {*refs}


def test_all_of_them(ray):
    refs = [ray.put(i) for i in range(3)]
    assert ray.wait(refs, num_returns=3) == (refs, [])


def test_ready_ones_keep_their_order(ray):
    refs = [ray.put(i) for i in range(5)]
    ready, _rest = ray.wait(refs, num_returns=5)
    assert ready == refs


def test_a_timeout_gives_what_there_is(ray, gate):
    waiting = gate.wait.remote()
    assert ray.wait([waiting], timeout=0.05) == ([], [waiting])
    assert ray.wait([waiting, ray.put(1)], num_returns=2, timeout=0.05)[1] == [waiting]
    gate.open.remote()
    assert ray.wait([waiting]) == ([waiting], [])


def test_a_timeout_of_zero_looks_once(ray, gate):
    waiting = gate.wait.remote()
    assert ray.wait([waiting], timeout=0) == ([], [waiting])
    gate.open.remote()


def test_a_failed_call_is_ready(ray):
    @ray.remote
    def fail():
        raise ValueError("no")

    ref = fail.remote()
    assert ray.wait([ref]) == ([ref], [])


def test_an_empty_list_has_nothing_to_wait_for(ray):
    assert ray.wait([]) == ([], [])


def test_the_same_ref_twice_is_refused(ray):
    ref = ray.put(1)
    with raises(ValueError, words="unique"):
        ray.wait([ref, ref])


@pytest.mark.parametrize(("number", "words"), [(0, "return"), (-1, "return"), (2, "num_returns")])
def test_a_number_out_of_range_is_refused(ray, number, words):
    with raises(ValueError, words=words):
        ray.wait([ray.put(1)], num_returns=number)


def test_a_negative_timeout_is_refused(ray):
    with raises(ValueError, words="timeout"):
        ray.wait([ray.put(1)], timeout=-1)


def test_a_bare_ref_is_refused(ray):
    with raises(TypeError, words=("wait()", "list", "ObjectRef")):
        ray.wait(ray.put(1))


def test_other_things_in_the_list_are_refused(ray):
    with raises(TypeError, words=("wait()", "ObjectRef")):
        ray.wait([ray.put(1), 2])


def test_a_sliding_window_of_tasks(ray, pass_through, gate):
    gate.open.remote()
    pending = [pass_through.remote(gate, i) for i in range(6)]
    seen = []
    while pending:
        (ref,), pending = ray.wait(pending)
        seen.append(ray.get(ref))
    assert sorted(seen) == [0, 1, 2, 3, 4, 5]


def test_a_loop_that_refills_its_list(ray, pass_through, gate):
    gate.open.remote()
    pending, seen = [pass_through.remote(gate, i) for i in range(40)], []
    for number in range(40, 60):
        (ref,), pending = ray.wait(pending)
        seen.append(ray.get(ref))
        pending.append(pass_through.remote(gate, number))
    ready, rest = ray.wait(pending, num_returns=len(pending))
    assert rest == []
    assert sorted([*seen, *ray.get(ready)]) == list(range(60))


@elsewhere(inline="There it is a list at once.")
@different(
    ray="What `wait` has not found ready is a plain list, however long.",
    raylite="Of more than 1,024 refs its class is derived from `list`; it is filled when used.",
    why="A loop of waits over very many refs need not copy all that are left in each round.",
    on_ray="ray",
)
def test_the_rest_of_very_many(ray, engine):
    refs = [ray.put(i) for i in range(2000)]
    (first,), rest = ray.wait(refs)
    assert isinstance(rest, list)
    assert (type(rest) is list) == (engine == "ray")
    assert {first, *rest} == {*refs}


@different(
    ray="A ref made from bytes never has a value: `wait` and `get` of it end with their time.",
    raylite="ValueError at once.",
    why="Nobody knows the owner of such a ref, so that no wait for it can end well.",
)
def test_a_ref_made_from_bytes(ray, engine):
    ref = ray.ObjectRef(bytes(range(28)))
    if engine == "ray":
        assert ray.wait([ref], timeout=0.1) == ([], [ref])
        with raises(ray.exceptions.GetTimeoutError):
            ray.get(ref, timeout=0.1)
    else:
        with raises(ValueError, words="was made from bytes"):
            ray.wait([ref], timeout=0.1)
        with raises(ValueError, words="was made from bytes"):
            ray.get(ref, timeout=0.1)
