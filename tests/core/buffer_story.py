"""A buffer of task events without a process: what is answered to it, and what it sends."""

import contextlib
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from raylite._core.common.ids import WorkerID
from raylite._core.common.session import SessionAddress
from raylite._core.core_worker import message_log, task_events
from raylite._core.core_worker.task_events import TaskEventBuffer
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.node.task_log import TaskLog
from raylite._core.object_store.serialization import FIRST_OF_A_VALUE, IN_FILE
from raylite._core.rpc.codec import HEADER_BYTES, pack_reply
from raylite._core.rpc.peer_messages import TaskEvents

__all__ = ["BufferStory", "answered", "entry", "in_file", "read_together", "replied"]

BEGAN_S = 100.0
SESSION = SessionAddress(
    session_id="s",
    folder="/tmp",
    shm_folder="/dev/shm",
    spill_folder="/tmp",
    head_address="h",
    key=b"",
    began_s=BEGAN_S,
)


class FakePoller:
    """Rests at once, and reads at 105.0 s."""

    def __init__(self) -> None:
        self.read_s = 105.0
        self.clock: Callable[[], float] = float
        self.timers: list[Callable[[], None]] = []
        self.delays: list[float] = []
        self.at_rest: Any = self

    def call(self, delay_s: float, action: Callable[[], None]) -> None:
        self.delays.append(round(delay_s, 3))
        self.timers.append(action)


def in_file(size_bytes):
    return bytes((IN_FILE,)) + pickle.dumps(("/dev/shm/file", size_bytes))


def answered(buffer, call, payload, actor_id):
    """A reply is read; of a failed call and of an odd value it says that there is more to see."""
    if payload[0] < FIRST_OF_A_VALUE:
        call.look_closer()
    buffer.call_ended(call, payload, actor_id)


def replied(seq, submitted_s, started_s, ended_s):
    """A reply as it came."""
    reply = pack_reply(seq, 0, submitted_s, started_s, ended_s, args_bytes=9, payload=b"N.")
    return reply[HEADER_BYTES:]


@contextlib.contextmanager
def read_together(buffer):
    buffer.read_begins()
    yield
    buffer.read_ends()


def entry(payload):
    found: Any = SimpleNamespace(payload=payload)
    return found


class BufferStory:
    """What each test of one begins with."""

    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch):
        self.poller = FakePoller()
        for module in (task_events, message_log):
            monkeypatch.setattr(module, "monotonic", lambda: self.poller.read_s)

    def make(self):
        self.sent: list[TaskEvents] = []
        return TaskEventBuffer(WorkerID("a" * 56), SESSION, self.send, self.poller, set())

    def send(self, message: object) -> None:
        assert isinstance(message, TaskEvents)
        self.sent.append(message)

    def events(self, number=0):
        log = TaskLog(BEGAN_S)
        log.add(self.sent[number])
        return [event for rows in log.rows() for event in rows.events()]

    def now(self):
        return round(self.poller.read_s - BEGAN_S, 5)

    def call(self, seq, name="work"):
        nobody: Any = None
        call = PendingCall(seq, name, b"\x80arguments"[:9], nobody, (), None, 101.0)
        call.answer, call.worker_id = replied(seq, 101.0, 102.0, 103.0), "d" * 56
        return call
