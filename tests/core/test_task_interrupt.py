"""The interrupt: it hits the call it was meant for, in the user's code, or nothing."""

import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from raylite._core.core_worker.task_execution.executing_call import ExecutingCall
from raylite._core.core_worker.task_execution.task_interrupt import (
    SIGNAL,
    TaskInterrupt,
    interruptible,
)


class Answers:
    """What a call came to."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.errors: list[BaseException] = []

    def value(self, _call: ExecutingCall, value: Any) -> None:
        press()  # Too late: the user's code has returned.
        self.values.append(value)

    def error(self, _call: ExecutingCall, error: BaseException) -> None:
        press()
        self.errors.append(error)


class Caller:
    peer_id = "a" * 56


class Clock:
    """Calls nothing later: what is pressed is pressed by the test."""

    def __init__(self) -> None:
        self.again: list[Callable[[], None]] = []

    def call_later(self, _delay_s: float, action: Callable[[], None]) -> None:
        self.again.append(action)


def press() -> None:
    signal.raise_signal(SIGNAL)


@pytest.fixture
def interrupt() -> Iterator[TaskInterrupt]:
    before = signal.getsignal(SIGNAL)
    yield TaskInterrupt()
    signal.signal(SIGNAL, before)


def call_of(function: Callable[[], Any], answers: Answers) -> ExecutingCall:
    call = ExecutingCall(Caller(), 1, 0, 0.0, 0, answers)  # type: ignore[arg-type]  # As far as it is asked.
    call.function = function
    return call


def run(interrupt: TaskInterrupt, function: Callable[[ExecutingCall], Any]) -> Answers:
    answers = Answers()
    call = call_of(lambda: function(call), answers)
    call.run_in_main(interrupt)
    assert interrupt.inside is None
    return answers


def request(interrupt: TaskInterrupt, call: object, **how: bool) -> Clock:
    clock = Clock()
    interrupt.request(call, lambda: interrupt.inside is call, clock.call_later, **how)
    return clock


def test_a_call_is_interrupted_where_its_own_code_runs(interrupt: TaskInterrupt) -> None:
    def cancelled(call: ExecutingCall) -> None:
        request(interrupt, call)
        press()
        pytest.fail("the signal did nothing")

    answers = run(interrupt, cancelled)
    assert [type(error) for error in answers.errors] == [KeyboardInterrupt]


def test_an_interrupt_meant_for_another_call_does_nothing(interrupt: TaskInterrupt) -> None:
    other = call_of(lambda: None, Answers())

    def bystander(_call: ExecutingCall) -> str:
        interrupt.request(other, lambda: True, Clock().call_later)
        press()
        return "unhurt"

    assert run(interrupt, bystander).values == ["unhurt"]


def test_an_interrupt_that_comes_too_late_does_nothing(interrupt: TaskInterrupt) -> None:
    calls: list[ExecutingCall] = []
    assert run(interrupt, lambda call: calls.append(call) or "value").values == ["value"]  # type: ignore[func-returns-value]
    interrupt.request(calls[0], lambda: True, Clock().call_later)
    press()
    assert run(interrupt, lambda _call: press() or "next").values == ["next"]  # type: ignore[func-returns-value]


def test_a_call_is_interrupted_once_for_each_request(interrupt: TaskInterrupt) -> None:
    def stubborn(call: ExecutingCall) -> list[str]:
        caught = []
        for _ in range(2):
            try:
                request(interrupt, call)
                press()
            except KeyboardInterrupt:
                caught.append("caught")
            press()
        return caught

    assert run(interrupt, stubborn).values == [["caught", "caught"]]


def test_while_the_runtime_works_for_the_call_the_interrupt_waits(
    interrupt: TaskInterrupt,
) -> None:
    def submits(call: ExecutingCall) -> None:
        done = []
        assert interrupt.enter()
        assert not interrupt.enter()  # Held already.
        try:
            request(interrupt, call)
            done.append("whole")
        finally:
            with pytest.raises(KeyboardInterrupt):
                interrupt.leave()
        assert done == ["whole"]
        raise KeyError

    assert [type(error) for error in run(interrupt, submits).errors] == [KeyError]


@pytest.mark.parametrize("when", ["before", "within"])
def test_a_wait_is_interrupted(interrupt: TaskInterrupt, when: str) -> None:
    def wait(call: ExecutingCall) -> None:
        interrupt.open_window()
        request(interrupt, call)

    def waits(call: ExecutingCall) -> str:
        interrupt.enter()
        if when == "before":
            request(interrupt, call)
        with pytest.raises(KeyboardInterrupt):
            wait(call)
        press()  # Held back until the end of what cleans up after the wait.
        interrupt.shut_window()
        interrupt.leave()
        return "cleaned up"

    assert run(interrupt, waits).values == ["cleaned up"]


def test_a_wait_that_nobody_interrupts_goes_on(interrupt: TaskInterrupt) -> None:
    def waits(_call: ExecutingCall) -> str:
        interrupt.enter()
        interrupt.open_window()
        press()
        interrupt.shut_window()
        interrupt.leave()
        return "waited"

    assert run(interrupt, waits).values == ["waited"]


def test_a_call_of_an_actor_is_interrupted_only_where_it_waits(interrupt: TaskInterrupt) -> None:
    def method(call: ExecutingCall) -> str:
        clock = request(interrupt, call, waits_only=True)
        for again in clock.again:
            again()  # Nothing more to do: it is noted.
        interrupt.enter()
        interrupt.leave()
        interrupt.enter()
        with pytest.raises(KeyboardInterrupt):
            interrupt.open_window()
        interrupt.leave()
        return "went on"

    assert run(interrupt, method).values == ["went on"]


def test_finalizers_are_left_alone(interrupt: TaskInterrupt) -> None:
    class Finalized:
        def __init__(self, call: ExecutingCall) -> None:
            self.call = call

        def __del__(self) -> None:
            again.append(request(interrupt, self.call))
            press()

    again: list[Clock] = []

    def drops(call: ExecutingCall) -> None:
        Finalized(call)
        assert again  # It is over, and was not interrupted.
        press()  # The signal is sent again.

    assert [type(error) for error in run(interrupt, drops).errors] == [KeyboardInterrupt]


def test_nobody_presses_on_for_a_call_that_is_over(interrupt: TaskInterrupt) -> None:
    clock = Clock()
    call = call_of(lambda: None, Answers())
    interrupt.request(call, lambda: False, clock.call_later)
    assert not clock.again


def test_a_function_without_a_frame_gets_one() -> None:
    assert interruptible(test_a_function_without_a_frame_gets_one).__name__.startswith("test_")
    given = interruptible(len)
    assert given is not len
    assert given([1, 2]) == 2
    assert "_core" not in given.__code__.co_filename


def test_other_threads_are_no_concern(interrupt: TaskInterrupt) -> None:
    def in_main(_call: ExecutingCall) -> bool:
        seen: list[bool] = []
        thread = threading.Thread(target=lambda: seen.append(interrupt.enter()))
        thread.start()
        thread.join()
        return seen[0]

    assert run(interrupt, in_main).values == [False]
