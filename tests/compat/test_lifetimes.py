"""How long actors live: strong handles and weak ones."""

import gc

import psutil
import pytest

from tests.compat.actors import Mortal
from tests.compat.cases import elsewhere, raises, wait_until


@pytest.fixture
def living_class(ray):
    return ray.remote(Mortal)


def has_ended(pid):
    gc.collect()
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_an_actor_ends_with_its_last_handle(ray, living_class):
    living = living_class.remote()
    pid = ray.get(living.pid.remote())
    del living
    wait_until(lambda: has_ended(pid), 30)


def test_an_actor_lives_as_long_as_any_handle(ray, living_class):
    living = living_class.remote()
    pid, other = ray.get(living.pid.remote()), [living]
    del living
    assert ray.get(other[0].pid.remote()) == pid


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_calls_that_were_submitted_are_finished_first(ray, living_class, gate):
    @ray.remote
    class Slow:
        def work(self, gate):
            ray.get(gate.wait.remote())
            return "finished"

    refs = [Slow.remote().work.remote(gate), living_class.remote().pid.remote()]
    ray.get(gate.until_arrived.remote(1))
    gate.open.remote()
    done, pid = ray.get(refs)
    assert done == "finished"
    wait_until(lambda: has_ended(pid), 30)


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_a_handle_in_an_argument_keeps_the_actor(ray, living_class, gate):
    @ray.remote
    def use_later(handles, gate):
        ray.get(gate.wait.remote())
        return ray.get(handles[0].pid.remote())

    living = living_class.remote()
    pid = ray.get(living.pid.remote())
    ref = use_later.remote([living], gate)
    del living
    gc.collect()
    ray.get(gate.until_arrived.remote(1))
    gate.open.remote()
    assert ray.get(ref) == pid


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_a_handle_in_an_object_keeps_the_actor(ray, living_class):
    living = living_class.remote()
    pid, kept = ray.get(living.pid.remote()), ray.put([living])
    del living
    gc.collect()
    assert ray.get(ray.get(kept)[0].pid.remote()) == pid
    del kept
    wait_until(lambda: has_ended(pid), 30)


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_a_handle_in_another_actor_keeps_the_actor(ray, living_class):
    @ray.remote
    class Keeper:
        def keep(self, living):
            self.living = living

        def ask(self):
            return ray.get(self.living.pid.remote())

    living, keeper = living_class.remote(), Keeper.remote()
    pid = ray.get(living.pid.remote())
    ray.get(keeper.keep.remote(living))
    del living
    gc.collect()
    assert ray.get(keeper.ask.remote()) == pid
    del keeper
    wait_until(lambda: has_ended(pid), 30)


def test_an_actor_made_in_a_task_lives_on_when_it_is_returned(ray, living_class):
    @ray.remote
    def make():
        return living_class.remote()

    living = ray.get(make.remote())
    assert ray.get(living.pid.remote()) > 0


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_an_actor_made_in_an_actor_ends_with_its_owner(ray, living_class):
    @ray.remote
    class Owner:
        def make(self):
            self.living = living_class.remote()
            return ray.get(self.living.pid.remote())

    owner = Owner.remote()
    pid = ray.get(owner.make.remote())
    ray.kill(owner)
    wait_until(lambda: has_ended(pid), 30)


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_a_handle_found_by_name_is_weak(ray, living_class):
    living = living_class.options(name="found weak").remote()
    pid = ray.get(living.pid.remote())
    weak = ray.get_actor("found weak")
    assert ray.get(weak.pid.remote()) == pid
    del living
    wait_until(lambda: has_ended(pid), 30)
    with raises(ray.exceptions.ActorDiedError, words="all references to the actor were removed"):
        ray.get(weak.pid.remote())


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_a_handle_found_by_get_if_exists_is_weak(ray, living_class):
    one = living_class.options(name="or made", get_if_exists=True)
    living, weak = one.remote(), one.remote()
    assert living == weak
    pid = ray.get(weak.pid.remote())
    del living
    wait_until(lambda: has_ended(pid), 30)


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_a_weak_handle_sent_to_another_stays_weak(ray, living_class):
    @ray.remote
    class Keeper:
        def keep(self, handles):
            self.handles = handles

    living, keeper = living_class.options(name="sent weak").remote(), Keeper.remote()
    pid = ray.get(living.pid.remote())
    ray.get(keeper.keep.remote([ray.get_actor("sent weak")]))
    del living
    wait_until(lambda: has_ended(pid), 30)


def test_an_actor_that_is_gone_leaves_its_resources(ray, living_class):
    living = living_class.options(resources={"slot": 2}).remote()
    ray.get(living.pid.remote())
    del living
    wait_until(lambda: ray.available_resources().get("slot") == 2, 30)


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_an_object_outlives_the_actor_that_returned_it(ray, living_class):
    living = living_class.remote()
    ref = living.pid.remote()
    pid = ray.get(ref)
    ray.kill(living)
    wait_until(lambda: has_ended(pid), 30)
    assert ray.get(ref) == pid


@elsewhere(inline="There is one owner of all objects: the program.")
def test_an_object_that_an_actor_put_goes_with_it(ray):
    @ray.remote
    class Owner:
        def put(self):
            return [ray.put("mine")]

    owner = Owner.remote()
    (ref,) = ray.get(owner.put.remote())
    ray.kill(owner)
    with raises(ray.exceptions.OwnerDiedError, ray.exceptions.ObjectLostError, words="owner"):
        while True:
            ray.get(ref)


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_a_call_through_a_weak_handle_in_another_process_goes_with_the_actor(ray, gate):
    @ray.remote
    class Slow:
        def work(self, gate):
            return ray.get(gate.wait.remote("finished"))

    @ray.remote
    def call_weakly(gate):
        return ray.get(ray.get_actor("weakly called").work.remote(gate))

    slow = Slow.options(name="weakly called").remote()
    ref = call_weakly.remote(gate)
    ray.get(gate.until_arrived.remote(1))
    del slow
    gc.collect()
    with raises(ray.exceptions.RayError, words="all references to the actor were removed"):
        ray.get(ref)
    gate.open.remote()


def test_an_object_whose_ref_was_pickled_by_hand_is_kept(ray):
    ref = ray.put("kept")
    data = ray.cloudpickle.dumps(ref)  # With pickle itself Ray does not know of it.
    del ref
    gc.collect()
    assert ray.get(ray.cloudpickle.loads(data)) == "kept"


class HoldsARefError(Exception):
    def __init__(self, refs):
        super().__init__(refs)
        self.refs = refs


def test_an_object_whose_ref_is_in_an_error_is_kept(ray):
    @ray.remote
    def fail(refs):
        raise HoldsARefError([*refs, ray.put("made by the task")])

    result = fail.remote([ray.put("made by the driver")])
    ray.wait([result])
    gc.collect()
    with pytest.raises(HoldsARefError) as caught:
        ray.get(result)
    assert ray.get(caught.value.cause.refs) == ["made by the driver", "made by the task"]


def test_an_object_whose_ref_a_function_captures_is_kept(ray):
    def made(ref):
        @ray.remote
        def read():
            return ray.get(ref)

        return read

    read = made(ray.put("captured"))
    assert ray.get(read.remote()) == "captured"
    gc.collect()
    assert ray.get(read.remote()) == "captured"
