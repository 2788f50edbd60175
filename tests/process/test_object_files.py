"""Large values in a real session: files that are used again, and processes that die with them."""

import os
import shutil
import signal
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raylite import _engine
from raylite.exceptions import ObjectLostError, RayActorError, RaySystemError
from raylite.util.state import list_workers
from tests.drivers import driver
from tests.processes import wait_until

SIZE = 1 << 20


def engine() -> Any:
    """Of the process this is called in, with what the protocol does not name."""
    return _engine.current()


class Folders:
    def __init__(self, info: dict[str, str]) -> None:
        self.memory = Path(info["object_store_address"])
        self.session = Path(info["session_dir"])

    def files(self) -> list[str]:
        names = [path.name for path in (*self.memory.iterdir(), *self.session.iterdir())]
        return sorted(name for name in names if len(name.split("-")[0]) == 12)

    def assert_empty(self) -> None:
        """Within a second."""
        try:
            wait_until(lambda: not self.files(), 1.0)
        except TimeoutError:
            assert not self.files()


@pytest.fixture
def folders(ray):
    return Folders(engine().address_info())


@pytest.fixture
def giver(ray):
    return ray.remote(num_cpus=0)(Giver).remote()


class Giver:
    """Has large values, and keeps some."""

    def __init__(self):
        self.kept: Any = None

    def give(self, value=1.0, size=SIZE):
        return np.full(size, value, np.uint8)

    def give_two(self):
        return self.give(1), self.give(2)

    def yield_some(self):
        for value in range(3):
            yield self.give(value)

    def refs(self):
        import raylite

        return [raylite.put(self.give(7))]

    def keep(self, value):
        self.kept = value
        return os.getpid()

    def look(self):
        return int(self.kept.sum())

    def pid(self):
        return os.getpid()

    def statistics(self):
        return engine().store.statistics()


def kill(ray, actor) -> None:
    os.kill(ray.get(actor.pid.remote()), signal.SIGKILL)
    with pytest.raises(RayActorError):
        ray.get(actor.pid.remote())


def test_a_loop_of_puts_uses_its_files_again(ray, folders):
    for value in range(20):
        ref = ray.put(np.full(SIZE, value, np.uint8))
        assert (ray.get(ref) == value).all()
    assert engine().store.statistics().num_files <= 3
    del ref
    folders.assert_empty()


def test_an_actor_that_returns_large_values_uses_its_files_again(ray, giver, folders):
    for value in range(20):
        found = ray.get(giver.give.remote(value))
        assert (found == value).all()
    assert ray.get(giver.statistics.remote()).num_reused >= 10
    del found
    folders.assert_empty()


def test_a_value_that_outlives_its_ref_is_not_written_over(ray, giver, folders):
    first = ray.get(giver.give.remote(1))
    second = ray.get(ray.put(np.full(SIZE, 2, np.uint8)))
    for value in range(10, 20):
        ray.get(giver.give.remote(value))
        ray.put(np.full(SIZE, value, np.uint8))
    assert (first == 1).all()
    assert (second == 2).all()
    folders.assert_empty()


def test_an_argument_that_an_actor_keeps_is_not_written_over(ray, giver, folders):
    ray.get(giver.keep.remote(np.ones(SIZE, np.uint8)))
    for _ in range(10):
        ray.put(np.zeros(SIZE, np.uint8))
    assert ray.get(giver.look.remote()) == SIZE
    folders.assert_empty()


def test_many_values_at_once_are_each_what_they_were(ray, giver):
    refs = [giver.give.remote(value % 250) for value in range(60)]
    kept = [(value % 250, ray.get(ref)) for value, ref in enumerate(refs)]
    del refs
    for value in range(30):
        ray.get(giver.give.remote(value))
    assert all((found == value).all() for value, found in kept)


def test_results_that_nobody_looks_at_go(ray, giver, folders):
    for _ in range(10):
        giver.give.remote()
    ray.get(giver.pid.remote())
    first, second = giver.give_two.options(num_returns=2).remote()
    assert (ray.get(second) == 2).all()
    del first, second
    items = giver.yield_some.remote()
    assert (ray.get(next(items)) == 0).all()
    del items
    ray.get(giver.pid.remote())
    folders.assert_empty()


def test_the_result_of_a_call_that_was_cancelled_goes(ray, folders, tmp_path):
    class Slow:
        async def give(self):
            (tmp_path / "begun").touch()
            while not (tmp_path / "go").exists():
                pass
            return np.zeros(SIZE)

        def pid(self):
            return os.getpid()

    slow = ray.remote(num_cpus=0)(Slow).remote()
    ref = slow.give.remote()
    wait_until((tmp_path / "begun").exists)
    ray.cancel(ref)
    (tmp_path / "go").touch()
    with pytest.raises(ray.exceptions.RayError):
        ray.get(ref)
    ray.get(slow.pid.remote())
    folders.assert_empty()


def test_the_value_of_an_actor_that_has_died_is_there_and_goes_with_its_ref(ray, giver, folders):
    ref = giver.give.remote(3)
    ray.wait([ref])
    kill(ray, giver)
    assert (ray.get(ref) == 3).all()
    del ref
    folders.assert_empty()


def test_what_a_dead_actor_owned_is_gone(ray, giver, folders):
    [ref] = ray.get(giver.refs.remote())
    assert (ray.get(ref) == 7).all()
    kill(ray, giver)
    folders.assert_empty()
    with pytest.raises(ObjectLostError):
        ray.get(ref)


def test_a_reader_that_is_killed_holds_nothing_up(ray, giver, folders):
    ref = ray.put(np.ones(SIZE, np.uint8))
    ray.get(giver.keep.remote(ref))
    kill(ray, giver)
    assert (ray.get(ref) == 1).all()
    del ref
    files = engine().store.statistics().num_files
    again = ray.put(np.zeros(SIZE, np.uint8))
    assert engine().store.statistics().num_files == files
    del again
    folders.assert_empty()


def test_a_writer_that_is_killed_in_the_middle_leaves_nothing(ray, folders):
    class Dies:
        def give(self):
            def write_half_and_die(fd: int, _views: object) -> int:
                os.write(fd, b"half")
                os.kill(os.getpid(), 9)
                return 4

            os.writev = write_half_and_die
            return np.zeros(SIZE)

    with pytest.raises(RayActorError):
        ray.get(ray.remote(num_cpus=0)(Dies).remote().give.remote())
    folders.assert_empty()


def test_a_writer_that_is_killed_before_its_reply_is_sent_leaves_nothing(ray, folders):
    class Dies:
        def give(self):
            rename = os.rename

            def rename_and_die(*paths: Any, **options: Any) -> None:
                rename(*paths, **options)
                os.kill(os.getpid(), 9)

            os.rename = rename_and_die
            return np.zeros(SIZE)

    with pytest.raises(RayActorError):
        ray.get(ray.remote(num_cpus=0)(Dies).remote().give.remote())
    folders.assert_empty()


def test_an_actor_whose_caller_has_died_leaves_nothing(ray, giver, folders):
    class Caller:
        def call(self, giver):
            self.ref = giver.give.remote()
            ray.wait([self.ref])

        def pid(self):
            return os.getpid()

    caller = ray.remote(num_cpus=0)(Caller).remote()
    ray.get(caller.call.remote(giver))
    assert len(folders.files()) == 1
    kill(ray, caller)
    folders.assert_empty()
    assert (ray.get(giver.give.remote(5)) == 5).all()


def refuse_to_restore(monkeypatch) -> None:
    files = engine().files
    monkeypatch.setattr(files, "restore_folders", lambda: False)


def wait_for_workers(ray, giver) -> None:
    """Until none is being started: the head makes the folders again before it starts one."""
    ray.get(giver.pid.remote())
    wait_until(lambda: all(worker.pid for worker in list_workers()), 20)


def test_without_the_folder_in_memory_the_session_goes_on(ray, giver, folders, caplog, monkeypatch):
    wait_for_workers(ray, giver)
    ref = ray.put(np.ones(SIZE))
    shutil.rmtree(folders.memory)
    with pytest.raises(ObjectLostError):
        ray.get(ref)
    refuse_to_restore(monkeypatch)
    assert ray.get(ray.put(np.ones(SIZE))).sum() == SIZE
    assert "finds no room" in caplog.text


def test_without_any_folder_small_calls_go_on_and_large_values_are_refused(
    ray, giver, folders, monkeypatch
):
    assert ray.get(giver.pid.remote())
    refuse_to_restore(monkeypatch)
    for folder in (folders.memory, folders.session):
        shutil.rmtree(folder)
    with pytest.raises(RaySystemError, match="somebody has removed it"):
        ray.put(np.ones(SIZE))
    with pytest.raises(RaySystemError, match="somebody has removed it"):
        giver.keep.remote(np.ones(SIZE))
    assert ray.get(giver.pid.remote())
    assert ray.get(ray.put(3)) == 3


def test_folders_that_were_removed_are_made_again_for_the_next_large_value(ray, giver, folders):
    lost = ray.put(np.ones(SIZE))
    assert ray.get(giver.pid.remote())
    for folder in (folders.memory, folders.session):
        shutil.rmtree(folder)
    assert ray.get(giver.give.remote(2)).sum() == 2 * SIZE
    assert ray.get(ray.put(np.ones(SIZE))).sum() == SIZE
    with pytest.raises(ObjectLostError):
        ray.get(lost)
    modes = [stat.S_IMODE(at.stat().st_mode) for at in (folders.memory, folders.session)]
    assert modes == [0o700, 0o700]
    del lost
    folders.assert_empty()


def test_folders_that_were_removed_are_made_again_for_the_next_actor(ray, giver, folders):
    ray.get(giver.keep.remote(np.ones(3)))
    for folder in (folders.memory, folders.session):
        shutil.rmtree(folder)
    another = ray.remote(num_cpus=0)(Giver).remote()
    assert ray.get(another.give.remote(2)).sum() == 2 * SIZE

    class Caller:
        def call(self, giver, refs):
            return ray.get(giver.look.remote()), ray.get(refs[0]).sum()

    # Processes that were there before are found by those that came after.
    caller = ray.remote(num_cpus=0)(Caller).remote()
    assert ray.get(caller.call.remote(giver, [ray.put(np.ones(SIZE))])) == (3, SIZE)
    folders.assert_empty()


def test_folders_may_be_removed_while_the_first_actor_is_being_made(ray, giver, folders):
    for folder in (folders.memory, folders.session):
        shutil.rmtree(folder)
    assert ray.get(giver.give.remote(2)).sum() == 2 * SIZE


def test_folders_that_were_emptied_are_as_good_as_removed(ray, folders):
    for folder in (folders.memory, folders.session):
        for path in folder.iterdir():
            path.unlink()
    another = ray.remote(num_cpus=0)(Giver).remote()
    assert ray.get(another.give.remote(2)).sum() == 2 * SIZE
    for folder in (folders.memory, folders.session):
        assert (folder / "lock").exists()


@pytest.mark.slow
def test_ctrl_c_between_and_within_puts_leaves_no_file(tmp_path):
    script = """
import gc
import numpy as np
from pathlib import Path
ray.init(num_cpus=1)
at = session()["folders"]
value = np.arange(4_000_000)
say("begun", os.getpid())
for number in range(20):
    try:
        say("putting")
        while True:
            # Now a new file, now a segment that is free.
            ref = ray.put(value if number % 3 else value[number:])
            assert ray.get(ref)[-1] == value[-1]
    except KeyboardInterrupt:
        say("interrupted", number)
ref = None
gc.collect()
end = time.monotonic() + 1.0
while time.monotonic() < end and files():
    time.sleep(0.01)
say("left", files())
"""
    files = """
def files():
    return [p.name for f in at for p in Path(f).iterdir() if len(p.name.split("-")[0]) == 12]
"""
    with driver(files + script, tmp_path) as running:
        pid = running.hear("begun")
        for number in range(20):
            running.hear("putting")
            os.kill(pid, signal.SIGINT)
            assert running.hear("interrupted") == number
        assert running.hear("left") == []
        assert running.wait() == 0
