# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""What a cancelled task has made itself, and refs that others have made."""

import pytest

from tests.cancelling import error_of, is_task_error
from tests.processes import wait_until


def test_a_task_that_waits_in_get_is_interrupted(ray, tasks, begun):
    @ray.remote
    def parent(path, nothing):
        path.write_text("begun")
        return ray.get(nothing[0])

    child = tasks.sleep.remote(begun.at("child"))
    ref = parent.remote(begun.path, [child])
    begun.wait()
    ray.cancel(ref)
    assert is_task_error(ray, error_of(ray, ref))
    assert ray.wait([child], timeout=0)[0] == []  # It is another's.
    ray.cancel(child)
    error_of(ray, child)


@pytest.mark.parametrize("force", [False, True])
def test_the_tasks_of_a_task_are_cancelled_with_it(ray, tasks, begun, force):
    @ray.remote
    def parent(paths):
        ray.get([grandparent.remote([path]) for path in paths])

    @ray.remote
    def grandparent(paths):
        ray.get([tasks.sleep.options(num_cpus=0).remote(path) for path in paths])

    ref = parent.remote([begun.at("one"), begun.at("two")])
    begun.wait("one")
    begun.wait("two")
    ray.cancel(ref, force=force)
    error_of(ray, ref)
    wait_until(lambda: ray.available_resources()["CPU"] == 4)


def test_the_tasks_of_a_task_go_on_where_that_is_wanted(ray, begun):
    @ray.remote
    def child(here, gate, done):
        here.write_text("begun")
        wait_until(gate.exists)
        done.write_text("done")

    @ray.remote
    def parent(*paths):
        ray.get(child.remote(*paths))

    ref = parent.remote(begun.path, begun.at("gate"), begun.at("done"))
    begun.wait()
    ray.cancel(ref, recursive=False)
    error_of(ray, ref)
    begun.at("gate").write_text("open")
    begun.wait("done")


def test_whoever_borrows_a_ref_may_cancel(ray, tasks, begun):
    @ray.remote
    def canceller(refs, **how):
        ray.cancel(refs[0], **how)

    for force in (False, True):
        path = begun.at(str(force))
        ref = tasks.sleep.remote(path)
        begun.wait(str(force))
        ray.get(canceller.remote([ref], force=force))
        assert is_task_error(ray, error_of(ray, ref)) is not force
    ray.get(canceller.remote([ref]))  # Once more does nothing.
