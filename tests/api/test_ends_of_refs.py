"""What becomes of objects when a process dies, a call is cancelled, or a generator is left."""

import contextlib
import gc
import os
import pickle
import signal
import weakref
from pathlib import Path

import numpy as np
import pytest

from tests.processes import wait_until

SIZE = 200_000


@pytest.fixture
def core(ray):
    from raylite import _engine

    return _engine.current()


class Holder:
    def keep(self, things):
        self.things = things

    def put(self):
        import raylite as ray

        return [ray.put(np.ones(SIZE))]

    def pid(self):
        return os.getpid()


@pytest.fixture
def holder(ray):
    holders = [ray.remote(Holder).options(num_cpus=0).remote()]
    yield lambda: holders[0]
    holders.clear()


def large(ray):
    """A large object, and functions that tell whether it and its file are there."""
    ref = ray.put(np.ones(SIZE))
    entry = weakref.ref(ref._entry)
    file = Path(ref._entry.pin.path)
    return ref, lambda: entry() is not None or file.exists()


def files_of(core, worker_id):
    """The files of the objects that a process owns."""
    folder = Path(core._session.shm_folder)
    return [file for file in folder.iterdir() if file.name.startswith(worker_id[:12])]


def kill(pid):
    os.kill(pid, signal.SIGKILL)


def test_a_file_goes_with_the_last_ref(ray):
    ref, exists = large(ray)
    assert exists()
    del ref
    wait_until(lambda: not exists())


def test_what_a_killed_process_borrowed_is_let_go(ray, holder):
    ref, exists = large(ray)
    ray.get(holder().keep.remote([ref]))
    del ref
    assert exists()
    kill(ray.get(holder().pid.remote()))
    wait_until(lambda: not exists())


def test_a_borrower_is_told_whose_object_died_with_its_owner(ray, holder):
    (ref,) = ray.get(holder().put.remote())
    kill(ray.get(holder().pid.remote()))
    with pytest.raises(ray.exceptions.OwnerDiedError, match=r"actor Holder .*SIGKILL"):
        ray.get(ref)


def test_a_large_object_that_was_read_before_is_lost_with_its_owner_all_the_same(ray, holder, core):
    @ray.remote
    def size(array):
        return array.size

    [ref] = ray.get(holder().put.remote())
    assert ray.get(ref).size == SIZE
    kill(ray.get(holder().pid.remote()))
    owner_id = ref._entry.owner_id
    wait_until(lambda: not files_of(core, owner_id))
    with pytest.raises(ray.exceptions.OwnerDiedError, match=r"actor Holder .*SIGKILL"):
        ray.get(ref)
    with pytest.raises(ray.exceptions.OwnerDiedError):
        ray.get(size.remote(ref))


def test_the_files_of_a_killed_owner_are_removed(ray, holder, core):
    (ref,) = ray.get(holder().put.remote())
    ray.get(ref)
    owner = ref._entry.owner_id
    assert files_of(core, owner)
    kill(ray.get(holder().pid.remote()))
    wait_until(lambda: not files_of(core, owner))


def test_refs_in_a_reply_survive_the_death_of_who_sent_it(ray):
    @ray.remote(max_retries=0)
    def give_back(things):
        return things, os.getpid()

    ref, exists = large(ray)
    result = give_back.remote([ref])
    del ref
    (back,), pid = ray.get(result)
    kill(pid)  # Whether or not it was told that the refs had arrived.
    del result
    assert float(ray.get(back).sum()) == SIZE
    del back
    wait_until(lambda: not exists())


def test_arguments_are_there_again_for_a_retry(ray, tmp_path):
    @ray.remote(max_retries=1)
    def total(path, at_the_top, nested, inline):
        if not path.exists():
            path.touch()
            kill(os.getpid())
        import raylite as ray

        return float(at_the_top.sum() + ray.get(nested[0]).sum() + inline.sum())

    top, top_exists = large(ray)
    nested, nested_exists = large(ray)
    result = total.remote(tmp_path / "seen", top, [nested], np.ones(SIZE))
    del top, nested
    assert ray.get(result) == 3 * SIZE
    wait_until(lambda: not (top_exists() or nested_exists()))


def test_arguments_of_a_constructor_go_with_the_actor(ray):
    class Model:
        def __init__(self, at_the_top, nested):
            import raylite as ray

            self.total = float(at_the_top.sum() + ray.get(nested[0]).sum())

        def pid(self):
            return os.getpid(), self.total

    top, top_exists = large(ray)
    nested, nested_exists = large(ray)
    model = ray.remote(Model).options(max_restarts=-1, max_task_retries=-1).remote(top, [nested])
    del top, nested
    for _ in range(2):
        pid, total = ray.get(model.pid.remote())
        assert total == 2 * SIZE
        kill(pid)
    assert top_exists()
    assert nested_exists()
    ray.kill(model)
    wait_until(lambda: not (top_exists() or nested_exists()))


@pytest.mark.parametrize("is_running", [False, True], ids=["waiting", "running"])
def test_a_cancelled_call_lets_go_of_its_arguments(ray, tmp_path, is_running):
    begun, gate = tmp_path / "begun", tmp_path / "gate"

    @ray.remote(num_cpus=0)
    def wait(_late, _top, _nested):
        begun.touch()
        wait_until(gate.exists, 60)

    @ray.remote(num_cpus=0)
    def late():
        wait_until(gate.exists, 60)

    top, top_exists = large(ray)
    nested, nested_exists = large(ray)
    first = None if is_running else late.remote()
    call = wait.remote(first, top, [nested])
    del top, nested
    if is_running:
        wait_until(begun.exists)
    ray.cancel(call)
    with pytest.raises((ray.exceptions.TaskCancelledError, ray.exceptions.RayTaskError)):
        ray.get(call)
    wait_until(lambda: not (top_exists() or nested_exists()))
    gate.touch()
    if first is not None:
        ray.get(first)


def test_items_nobody_takes_leave_no_file(ray, core, tmp_path):
    gate = tmp_path / "gate"

    @ray.remote(num_cpus=0)
    def items():
        yield np.ones(SIZE)
        yield np.ones(SIZE)
        wait_until(gate.exists)
        yield np.ones(SIZE)
        (gate.parent / "done").touch()

    generator = items.remote()
    first = next(generator)
    assert ray.get(first).sum() == SIZE
    del generator
    gc.collect()
    wait_until(lambda: len(files_of(core, core.worker_id)) == 1)
    gate.touch()
    wait_until((tmp_path / "done").exists)
    del first
    wait_until(lambda: not files_of(core, core.worker_id))


def test_a_failed_get_is_no_circle_that_keeps_the_callers_variables(ray):
    @ray.remote(num_cpus=0)
    def fail():
        raise ValueError

    result = fail.remote()
    ray.wait([result])

    def attempt():
        ref, exists = large(ray)
        with contextlib.suppress(ValueError):
            ray.get([ref, result])
        return exists

    gc.disable()
    try:
        exists = attempt()
        wait_until(lambda: not exists())
    finally:
        gc.enable()


def test_circles_in_an_idle_worker_are_found(ray, holder):
    def tie(self, things):
        circle = [things]
        circle.append(circle)

    ref, exists = large(ray)
    ray.get(holder().__ray_call__.remote(tie, [ref]))
    del ref
    wait_until(lambda: not exists())


def test_a_ref_that_was_pickled_by_hand_can_always_be_unpickled(ray):
    ref = ray.put("kept")
    data = pickle.dumps(ref)
    del ref
    gc.collect()
    assert ray.get(pickle.loads(data)) == "kept"


def test_a_ref_made_while_another_value_is_pickled_does_not_hide_those_behind_it(ray, holder):
    class Puts:
        def __reduce__(self):
            return list, ([ray.put("made meanwhile")],)

    ref, exists = large(ray)
    ray.get(holder().keep.remote([Puts(), ref]))
    del ref
    gc.collect()
    assert exists()
    ray.get(holder().keep.remote(None))
    wait_until(lambda: not exists())


def test_a_value_stays_when_the_actor_that_has_made_it_goes_out_of_scope(ray):
    class Maker:
        def make(self):
            return np.ones(SIZE)

    made, pids = [], []
    for _ in range(4):
        maker = ray.remote(Maker).options(num_cpus=0).remote()
        made.append(maker.make.remote())
        pids.append(ray.get(maker.__ray_call__.remote(lambda _: os.getpid())))
        del maker
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    assert [ray.get(ref).sum() for ref in made] == [SIZE] * 4


def test_threads_that_unpack_the_same_ref_all_get_its_value(ray):
    class Threaded:
        def read(self, things):
            import raylite as ray

            return float(ray.get(things[0]).sum())

    actor = ray.remote(Threaded).options(max_concurrency=8, num_cpus=0).remote()

    def read_by_all():
        ref, exists = large(ray)
        assert ray.get([actor.read.remote([ref]) for _ in range(8)]) == [SIZE] * 8
        del ref
        wait_until(lambda: not exists())

    for _ in range(10):
        read_by_all()
