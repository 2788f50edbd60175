"""The head's list of worker processes, where the news of one arrive in an unusual order."""

from raylite._core.common.ids import NodeID, WorkerID
from raylite._core.common.session import SessionAddress
from raylite._core.common.task_spec import WorkerExit
from raylite._core.node import worker_pool
from raylite._core.node.worker_pool import WorkerPool

NODE = NodeID("node")


class Pool(WorkerPool):
    """A pool whose fork server has not come up yet."""

    def __init__(self, monkeypatch) -> None:
        self.begun: list[WorkerID] = []
        self.ends: dict[WorkerID, WorkerExit] = {}
        monkeypatch.setattr(worker_pool, "kill_descendants", lambda _timeout_s: None)
        monkeypatch.setattr(worker_pool, "start_fork_server", lambda _session: None)
        session = SessionAddress(
            session_id="s",
            folder="/nowhere",
            shm_folder="/nowhere",
            spill_folder="/nowhere",
            head_address="/nowhere/head",
            key=b"",
            began_s=0.0,
        )
        super().__init__(
            session, None, lambda worker_id, *_: self.begun.append(worker_id), self.ends.__setitem__
        )


def test_a_worker_that_says_hello_after_its_end_was_told_is_not_there(monkeypatch):
    pool = Pool(monkeypatch)
    pool.start_worker(NODE, "")
    [worker_id] = pool.begun
    pool.fork_server_lost()
    pool.registered(worker_id, 42)
    assert not pool.knows(worker_id)


def test_a_worker_that_had_not_begun_was_ended_and_has_not_failed(monkeypatch):
    pool = Pool(monkeypatch)
    pool.start_worker(NODE, "")
    pool.start_worker(NODE, "")
    begun, starting = pool.begun
    pool.registered(begun, 42)
    pool.fork_server_lost()
    assert not pool.ends[begun].intended
    assert pool.ends[starting].intended


def test_the_pool_gives_up_when_no_fork_server_comes_to_start_a_worker(monkeypatch):
    pool = Pool(monkeypatch)
    for _ in range(2):
        pool.fork_server_lost()
    pool.start_worker(NODE, "")
    pool.registered(pool.begun[-1], 42)
    for _ in range(2):
        pool.fork_server_lost()
    assert pool.can_start
    pool.fork_server_lost()
    assert not pool.can_start
