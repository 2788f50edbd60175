"""The head carries out whatever the pure parts can decide."""

from typing import Any, get_args

from raylite._core.common.ids import WorkerID
from raylite._core.common.instructions import Instruction, ReclaimIdleLeases
from raylite._core.node.head_actions import Actions
from raylite._core.rpc.peer_messages import ReturnIdleLeases


class HeadThatListens:
    """A head whose processes are a list of what they were told."""

    def __init__(self) -> None:
        self.told: list[tuple[WorkerID, object]] = []
        self.when_told: Any = None

    def send(self, worker_id: WorkerID, message: object) -> None:
        if self.when_told is not None:
            then, self.when_told = self.when_told, None
            then()
        self.told.append((worker_id, message))


def test_there_is_a_deed_for_every_instruction():
    assert Actions(None)._deeds.keys() == set(get_args(Instruction))


def test_what_an_instruction_leads_to_comes_after_what_is_due_already():
    head = HeadThatListens()
    actions = Actions(head)
    first, second, third = (ReclaimIdleLeases(holder_id=WorkerID(name)) for name in "abc")
    head.when_told = lambda: actions.follow([third])
    actions.follow([first, second])
    assert head.told == [(WorkerID(name), ReturnIdleLeases()) for name in "abc"]
