# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""``wait``: which of the values are there."""

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
