"""When to stay awake for an answer, and when to sleep."""

from raylite._core.rpc.busy_wait import LONGEST_S, MOST_SKIPPED, BusyWait


class Sockets:
    """Have something to read after so many looks; each look takes a tenth of what is allowed."""

    def __init__(self, ready_at_look: int | None = None) -> None:
        self.ready_at_look = ready_at_look
        self.num_looks = 0
        self.at_s = 0.0

    def now_s(self) -> float:
        return self.at_s

    def poll(self, timeout_s: float) -> list[str]:
        assert timeout_s == 0.0
        self.num_looks += 1
        self.at_s += LONGEST_S / 10
        return ["answer"] if self.num_looks == self.ready_at_look else []

    def looks_of(self, wait: BusyWait) -> int:
        before = self.num_looks
        wait.look(self.poll)
        return self.num_looks - before


def test_an_answer_that_comes_soon_is_waited_for_awake():
    sockets = Sockets(ready_at_look=3)
    wait = BusyWait(sockets.now_s)
    assert wait.look(sockets.poll) == ["answer"]
    assert sockets.num_looks == 3


def test_nobody_stays_awake_for_longer_than_is_allowed():
    sockets = Sockets()
    wait = BusyWait(sockets.now_s)
    assert wait.look(sockets.poll) == []
    assert sockets.num_looks == 10


def test_each_look_in_vain_makes_the_next_one_rarer():
    sockets = Sockets()
    wait = BusyWait(sockets.now_s)
    looks = [sockets.looks_of(wait) > 0 for _ in range(1 + 2 + 1 + 4 + 1)]
    assert looks == [True] + [False] * 2 + [True] + [False] * 4 + [True]


def test_however_many_were_in_vain_there_is_another_look_at_some_time():
    sockets = Sockets()
    wait = BusyWait(sockets.now_s)
    looks = [sockets.looks_of(wait) > 0 for _ in range(5 * MOST_SKIPPED)]
    assert any(looks[-MOST_SKIPPED - 1 :])
    assert looks.count(True) < 20


def test_an_answer_makes_looking_worth_while_again():
    sockets = Sockets()
    wait = BusyWait(sockets.now_s)
    for _ in range(1 + 2):
        wait.look(sockets.poll)
    sockets.ready_at_look = sockets.num_looks + 1
    assert wait.look(sockets.poll) == ["answer"]
    assert sockets.looks_of(wait) > 0
    assert [sockets.looks_of(wait) for _ in range(2)] == [0, 0]
