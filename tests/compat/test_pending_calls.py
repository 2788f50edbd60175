"""A limit to the calls that wait."""

import pytest

from tests.compat.cases import elsewhere, raises


@pytest.fixture
def limited(ray):
    @ray.remote(max_pending_calls=2)
    class Limited:
        def wait(self, gate):
            return ray.get(gate.wait.remote())

        def ping(self):
            return "pong"

    return Limited.remote()


@elsewhere(inline="Calls end before the next one is made, so none are pending.")
def test_a_call_too_many_is_refused_at_once(ray, limited, gate):
    refs = [limited.wait.remote(gate) for _ in range(2)]
    with raises(
        ray.exceptions.PendingCallsLimitExceeded,
        ray.exceptions.RayError,
        words=("max_pending_calls", "2"),
    ):
        limited.ping.remote()
    gate.open.remote()
    assert ray.get(refs) == [None, None]


def test_there_is_room_again_when_calls_are_answered(ray, limited, gate):
    gate.open.remote()
    for _ in range(3):
        assert ray.get([limited.wait.remote(gate), limited.ping.remote()]) == [None, "pong"]


@elsewhere(inline="Calls end before the next one is made, so none are pending.")
def test_each_handle_counts_for_itself(ray, limited, gate):
    @ray.remote
    def call(limited):
        return ray.get(limited.ping.remote())

    waiting = [limited.wait.remote(gate) for _ in range(2)]
    elsewhere = call.remote(limited)
    gate.open.remote()
    assert ray.get(elsewhere) == "pong"
    assert ray.get(waiting) == [None, None]
