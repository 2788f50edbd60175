# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""How long an object is kept: as long as anybody has a ref to it, anywhere."""

import gc

import pytest

from tests.processes import wait_until


@pytest.fixture
def keeper_class(ray):
    @ray.remote
    class Keeper:
        def keep(self, refs):
            self.refs = refs

        def kept(self):
            return self.refs

        def values(self):
            return ray.get(self.refs)

        def drop(self):
            self.refs = None

    return Keeper


def test_a_ref_in_an_actors_state_survives_its_maker_dropping_it(ray, keeper_class):
    keeper = keeper_class.remote()
    ref = ray.put("treasure")
    ray.get(keeper.keep.remote([ref]))
    del ref
    gc.collect()
    assert ray.get(keeper.values.remote()) == ["treasure"]
    (back,) = ray.get(keeper.kept.remote())
    assert ray.get(back) == "treasure"


def test_a_ref_dropped_right_after_the_call_still_arrives(ray, keeper_class):
    keeper = keeper_class.remote()
    for number in range(50):
        keeper.keep.remote([ray.put(number)])
        assert ray.get(keeper.values.remote()) == [number]


def test_a_ref_inside_an_object_lives_as_long_as_the_object(ray):
    outer = ray.put([ray.put("inner")])
    gc.collect()
    (inner,) = ray.get(outer)
    del outer
    gc.collect()
    assert ray.get(inner) == "inner"


def test_a_ref_is_lent_on_from_actor_to_actor(ray, keeper_class):
    @ray.remote
    class Middle:
        def pass_on(self, refs, keeper):
            ray.get(keeper.keep.remote(refs))

    middle, keeper = Middle.remote(), keeper_class.remote()
    ref = ray.put("lent")
    ray.get(middle.pass_on.remote([ref], keeper))
    ray.kill(middle)
    del ref
    gc.collect()
    assert ray.get(keeper.values.remote()) == ["lent"]


def test_an_object_of_an_actor_is_read_by_another_actor(ray, keeper_class):
    @ray.remote
    class Maker:
        def make(self):
            return [ray.put("made by the actor")]

    maker, keeper = Maker.remote(), keeper_class.remote()
    ray.get(keeper.keep.remote(ray.get(maker.make.remote())))
    gc.collect()
    assert ray.get(keeper.values.remote()) == ["made by the actor"]


def test_the_owners_death_is_told_to_those_who_wait_for_its_objects(ray):
    @ray.remote
    class Maker:
        def make(self):
            return [ray.put("lost")]

        def pid(self):
            return 1

    maker = Maker.remote()
    (ref,) = ray.get(maker.make.remote())
    ray.kill(maker)
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(maker.pid.remote())
    with pytest.raises(ray.exceptions.OwnerDiedError):
        ray.get(ref)


def test_what_a_task_has_put_outlives_the_idleness_of_its_worker(ray, tmp_path):
    from raylite import _engine

    @ray.remote(num_cpus=0.1)
    def make(gate, number):
        if number >= 0:
            (gate.parent / str(number)).touch()
            wait_until(gate.exists)
        return [ray.put(number)]

    def num_workers():
        return len(_engine.current().state("workers"))

    gate, numbers = tmp_path / "gate", range(8)
    kept = make.remote(gate, 0)
    dropped = [make.remote(gate, number) for number in numbers[1:]]
    wait_until(lambda: all((tmp_path / str(number)).exists() for number in numbers))
    most = num_workers()
    gate.touch()
    (ref,) = ray.get(kept)
    ray.get(dropped)
    del dropped
    # More are idle than there are CPUs, and the one that is needed was idle first.
    wait_until(lambda: num_workers() <= most - 4)
    assert ray.get(ref) == 0


def test_releasing_many_refs_leaves_nothing_kept(ray, keeper_class):
    from raylite import _engine

    keeper = keeper_class.remote()
    ray.get(keeper.keep.remote([ray.put(i) for i in range(100)]))
    core = _engine.current()
    assert core.ownership.num_kept() >= 100
    ray.get(keeper.drop.remote())
    wait_until(lambda: core.ownership.num_kept() < 100)


def test_an_object_is_let_go_when_the_only_process_that_kept_it_dies(ray, keeper_class):
    from raylite import _engine

    core = _engine.current()
    keeper = keeper_class.remote()
    ray.get(keeper.keep.remote([ray.put(i) for i in range(50)]))
    assert core.ownership.num_kept() >= 50
    ray.kill(keeper)
    wait_until(lambda: core.ownership.num_kept() < 50)


def test_a_large_argument_of_a_constructor_is_there_for_its_restart(ray, tmp_path):
    import os

    import numpy as np

    @ray.remote(max_restarts=1, max_task_retries=1)
    class Model:
        def __init__(self, weights, more):
            self.weights = weights
            self.more = more

        def total(self, path):
            if not path.exists():
                path.touch()
                os._exit(1)
            return float(self.weights.sum() + self.more.sum())

    model = Model.remote(np.ones(300_000), ray.put(np.ones(300_000)))
    gc.collect()
    assert ray.get(model.total.remote(tmp_path / "seen")) == 600_000


def test_a_large_argument_of_a_call_is_there_for_its_retry(ray, tmp_path):
    import os

    import numpy as np

    @ray.remote(max_retries=1)
    def total(path, weights, more):
        if not path.exists():
            path.touch()
            os._exit(1)
        return float(weights.sum() + more.sum())

    ref = total.remote(tmp_path / "seen", np.ones(300_000), ray.put(np.ones(300_000)))
    gc.collect()
    assert ray.get(ref) == 600_000
