# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class.
"""Logical GPUs: each has a number, and whoever holds it sees it in CUDA_VISIBLE_DEVICES."""

import os

import pytest

import raylite
from raylite.util.placement_group import placement_group, remove_placement_group
from raylite.util.scheduling_strategies import PlacementGroupSchedulingStrategy
from tests.conftest import nothing_left


@pytest.fixture(scope="module")
def session(mark):
    with nothing_left(mark):
        raylite.init("local", num_cpus=4, num_gpus=2)
        yield raylite
        raylite.shutdown()


@pytest.fixture
def seen(session):
    """What a task sees."""

    @session.remote
    def seen():
        return os.environ.get("CUDA_VISIBLE_DEVICES"), session.get_gpu_ids()

    return seen


@pytest.fixture
def model_class(session):
    @session.remote
    class Model:
        def __init__(self):
            self.at_first = os.environ.get("CUDA_VISIBLE_DEVICES")

        def seen(self):
            return os.environ.get("CUDA_VISIBLE_DEVICES"), session.get_gpu_ids()

        def seen_by_constructor(self):
            return self.at_first

        def assigned(self):
            return session.get_runtime_context().get_assigned_resources()

    return Model


def test_the_driver_has_none(session):
    assert session.get_gpu_ids() == []


def test_a_task_sees_those_it_holds_and_the_next_one_does_not(session, seen):
    assert session.get(seen.options(num_gpus=2).remote()) == ("0,1", [0, 1])
    assert session.get(seen.options(num_gpus=1).remote()) == ("0", [0])
    assert session.get(seen.options(num_gpus=0.5).remote()) == ("0", [0])
    assert session.get([seen.remote() for _ in range(4)]) == [(None, [])] * 4
    assert session.get(seen.options(num_gpus=0).remote()) == (None, [])


def test_actors_have_one_each_before_their_constructor_runs(session, model_class):
    models = [model_class.options(num_gpus=1).remote() for _ in range(2)]
    seen = session.get([model.seen.remote() for model in models])
    assert sorted(seen) == [("0", [0]), ("1", [1])]
    at_first = session.get([model.seen_by_constructor.remote() for model in models])
    assert at_first == [visible for visible, _ in seen]
    assert session.get(models[0].assigned.remote()) == {"CPU": 1.0, "GPU": 1.0}


def test_fractions_share_one(session, model_class):
    models = [model_class.options(num_cpus=0, num_gpus=0.5).remote() for _ in range(4)]
    seen = session.get([model.seen.remote() for model in models])
    assert sorted(seen) == [("0", [0])] * 2 + [("1", [1])] * 2


def test_a_gpu_is_free_again_when_its_actor_has_ended(session, model_class):
    for _ in range(3):
        model = model_class.options(num_gpus=2).remote()
        assert session.get(model.seen.remote()) == ("0,1", [0, 1])
        session.kill(model)


def test_a_group_has_numbers_of_its_own(session, model_class):
    group = placement_group([{"GPU": 1}, {"GPU": 1}])
    assert group.wait(10)
    models = [
        model_class.options(
            num_cpus=0,
            num_gpus=1,
            scheduling_strategy=PlacementGroupSchedulingStrategy(group, index),
        ).remote()
        for index in (0, 1)
    ]
    seen = session.get([model.seen.remote() for model in models])
    assert sorted(seen) == [("0", [0]), ("1", [1])]
    remove_placement_group(group)


@pytest.mark.parametrize("amount", [1.5, -1])
def test_a_number_of_gpus_that_cannot_be(session, seen, model_class, amount):
    for target in (seen, model_class):
        with pytest.raises(ValueError, match="num_gpus"):
            target.options(num_gpus=amount).remote()
