# mypy: disable-error-code="attr-defined,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class.
"""One process: waits that cannot end, ends of actors, and what a session leaves behind."""

import asyncio
import gc
import os
import signal
import sys
import threading
import weakref
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

import raylite as ray
from raylite import _engine
from raylite.exceptions import ActorDiedError, GetTimeoutError, RaySystemError
from raylite.util import state
from tests.engines.log_actor import Log

pytestmark = pytest.mark.usefixtures("one_process")


def test_a_wait_that_can_never_end_is_refused():
    @ray.remote
    class Gate:
        def __init__(self):
            self.event = asyncio.Event()

        async def wait(self):
            await self.event.wait()

    with pytest.raises(RaySystemError, match=r"Deadlock: The program waits for Gate.wait\(\)"):
        ray.get(Gate.remote().wait.remote())


@pytest.mark.parametrize("kind", ["Event", "Condition", "Barrier"])
def test_a_lock_that_only_another_call_could_open_is_refused(kind):
    @ray.remote(max_concurrency=2)
    class Blocked:
        def wait(self):
            if kind == "Event":
                threading.Event().wait()
            elif kind == "Barrier":
                threading.Barrier(2).wait()
            else:
                changed = threading.Condition()
                with changed:
                    changed.wait()

    with pytest.raises(RaySystemError, match="another call"):
        ray.get(Blocked.remote().wait.remote())


def test_a_thread_of_a_call_may_open_its_lock():
    @ray.remote
    def work():
        done = threading.Event()
        threading.Timer(0.01, done.set).start()
        return done.wait()

    assert ray.get(work.remote()) is True


def test_who_watches_is_told_from_within_calls_too():
    log = Log.remote()
    told = threading.Event()
    _engine.current().subscribe(lambda _batch: told.set())

    @ray.remote
    def work():
        return [ray.get(log.add.remote(i)) for i in range(10)]

    assert ray.get(work.remote()) == list(range(1, 11))
    assert told.wait(10)


def test_what_there_is_no_room_for_is_refused_and_not_waited_for():
    ref = ray.remote(lambda: 1).options(num_cpus=99).remote()
    with pytest.raises(GetTimeoutError):
        ray.get(ref, timeout=0)
    with pytest.raises(RaySystemError, match="no room"):
        ray.get(ref)


@pytest.mark.parametrize("how", ["exit", "kill"])
def test_the_end_of_a_process_ends_the_actor_alone(how):
    @ray.remote(max_restarts=1)
    class Mortal:
        def end(self):
            if how == "exit":
                os._exit(3)
            os.kill(os.getpid(), signal.SIGKILL)

        def lives(self):
            return ray.get_runtime_context().was_current_actor_reconstructed

    mortal = Mortal.remote()
    mortal.end.remote()
    assert ray.get(mortal.lives.remote()) is True
    with pytest.raises(ActorDiedError, match="worker process"):
        ray.get(mortal.end.remote())


@pytest.mark.parametrize(
    ("leaves", "status"),
    [
        (lambda: os._exit(3), 3),
        (lambda: sys.exit(4), 4),
        (lambda: sys.exit("said on the way out"), 1),
        (lambda: 1 / 0, 1),
        (lambda: None, 0),
    ],
    ids=["os._exit", "sys.exit", "a text", "an error", "a return"],
)
def test_a_child_that_a_call_forks_ends_as_any_process(leaves, status):
    @ray.remote
    def exit_status_of_child():
        child = os.fork()
        if child == 0:
            return leaves()
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    assert ray.get(exit_status_of_child.remote()) == status


def test_a_pool_of_threads_within_a_call_is_waited_for():
    @ray.remote
    def double(number):
        return 2 * number

    @ray.remote
    def doubles():
        with ThreadPoolExecutor(2) as threads:
            return list(threads.map(lambda number: ray.get(double.remote(number)), range(8)))

    assert ray.get([doubles.remote() for _ in range(3)]) == [list(range(0, 16, 2))] * 3


def test_the_interpreter_is_as_it_was_after_the_session():
    ray.shutdown()
    assert os._exit.__module__ == os.kill.__module__ == "posix"
    assert threading.Condition.wait.__module__ == "threading"


def test_an_actor_ends_when_its_last_handle_has_gone():
    log = Log.options(resources={}, num_cpus=2).remote()
    ray.get(log.add.remote("x"))
    assert ray.available_resources()["CPU"] == 2
    del log
    assert ray.available_resources()["CPU"] == 4
    assert [row["state"] for row in state.list_actors()] == ["DEAD"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_error_in_a_finalizer_harms_nobody():
    @ray.remote
    class Rude:
        def __del__(self):
            raise ValueError("no")

        def work(self):
            return 1

    rude = Rude.remote()
    assert ray.get(rude.work.remote()) == 1
    ray.kill(rude)
    del rude
    assert ray.get(ray.remote(lambda: 2).remote()) == 2


def test_values_and_calls_go_with_their_refs():
    @ray.remote
    def make():
        return [0] * 1000

    refs = [make.remote() for _ in range(20)]
    entries = [weakref.ref(ref._entry) for ref in refs]
    ray.get(refs)
    del refs
    gc.collect()
    assert not [entry for entry in entries if entry() is not None]


def test_nothing_grows_with_what_is_over():
    @ray.remote
    def nothing():
        return None

    def count():
        gc.collect()
        kinds = Counter(map(type, gc.get_objects()))
        return {kind: kinds[kind] for kind in kinds if "inline" in str(kind.__module__)}

    ray.get([nothing.remote() for _ in range(10)])
    before = count()
    for _ in range(5):
        ray.get([nothing.remote() for _ in range(20)])
        ray.kill(Log.remote())
    after = count()
    assert {kind: n for kind, n in after.items() if n > before.get(kind, 0) + 5} == {}


def test_threads_of_the_program_call_side_by_side():
    log, results = Log.remote(), []

    def work(name):
        results.extend(ray.get([log.add.remote(name) for _ in range(20)]))

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == list(range(1, 41))


def test_ctrl_c_in_a_call_leaves_the_state_whole():
    @ray.remote
    class Steady:
        def __init__(self):
            self.value = 0

        def interrupted(self):
            self.value += 1
            signal.raise_signal(signal.SIGINT)

        def get(self):
            return self.value

    steady = Steady.remote()
    with pytest.raises(KeyboardInterrupt):
        steady.interrupted.remote()
    assert ray.get(steady.get.remote()) == 1
    assert ray.available_resources()["CPU"] == 4


def test_sessions_of_different_engines_follow_each_other():
    where = ray.remote(os.getpid)
    assert ray.get(where.remote()) == os.getpid()
    ray.shutdown()
    ray.init(num_cpus=1, engine="processes")
    assert ray.get(where.remote()) != os.getpid()
    ray.shutdown()
    ray.init(local_mode=True)
    assert ray.get(where.remote()) == os.getpid()


def test_events_are_complete_and_come_to_who_subscribes():
    batches = []
    unsubscribe = _engine.current().subscribe(batches.append)
    log = Log.remote()
    ray.get([log.add.remote(i) for i in range(3)])
    _engine.current().history_of_calls.tell()
    unsubscribe()
    kinds = Counter(type(event).__name__ for batch in batches for event in batch.all_events())
    assert kinds["TaskEnded"] == 3
    assert kinds["ActorRegistered"] == 1
    assert _engine.current().complete_events


def test_a_subscriber_that_raises_is_removed(caplog):
    def refuse(_batch):
        raise ValueError("no")

    _engine.current().subscribe(refuse)
    ray.get(Log.remote().add.remote(1))
    _engine.current().history_of_calls.tell()
    assert "was removed" in caplog.text
    assert not _engine.current().history_of_calls.is_watched


def test_a_runtime_of_other_processes_is_not_joined():
    ray.shutdown()
    with pytest.raises(ConnectionError, match="nothing to join"):
        ray.init(address="auto", engine="inline")
