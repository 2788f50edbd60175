"""``explain()``: an error told as a story."""

import sys

import pytest

from raylite._explain import explain
from raylite.exceptions import ActorDiedError, GetTimeoutError, RayTaskError


def withdraw(amount):
    raise ValueError(f"{amount} is too much.\nAsk for less.")


def failed(call, *, name: str, inner: BaseException | None = None, actor: bool = False):
    try:
        if inner is not None:
            raise inner
        call()
    except BaseException as error:
        return RayTaskError.from_exception(
            error,
            function_name=name,
            pid=7,
            actor_id="ab" if actor else None,
            called_as=f"{name}(5)",
            actor_told="Till: ALIVE" if actor else None,
        )
    raise AssertionError


def told(capsys: pytest.CaptureFixture[str], error: BaseException) -> list[str]:
    try:
        raise error
    except BaseException as caught:
        explain(caught)
    return capsys.readouterr().out.split("\n")


def test_a_failed_call_is_told_from_the_drivers_line_to_the_one_that_raised(capsys):
    inner = failed(lambda: withdraw(5), name="Till.withdraw", actor=True)
    lines = told(capsys, failed(None, name="pay", inner=inner))
    assert lines[0] == "ValueError: 5 is too much."
    assert [line for line in lines if line[:1].isdigit()] == [
        "1. Your program was here, and the error arrived:",
        "2. pay() ran in process 7.",
        "3. Till.withdraw() ran in process 7.",
    ]
    assert lines.index("   It waited for Till.withdraw(), whose error came here:") < lines.index(
        "   It was called as Till.withdraw(5)."
    )
    assert any("raise ValueError" in line for line in lines)
    assert "Ask for less." in lines
    assert any("its actor: it lives on" in line for line in lines)


def test_a_call_that_never_ran_is_said_not_to_have(capsys):
    lines = told(capsys, failed(lambda: withdraw(5), name="first").in_argument_of("second"))
    assert any(line.startswith("2. second() never ran") for line in lines)
    assert any(line.startswith("3. first() ran") for line in lines)


def test_an_actor_that_was_never_there_is_told_with_what_its_constructor_raised(capsys):
    cause = failed(lambda: withdraw(5), name="Till.__init__", actor=True)
    lines = told(capsys, ActorDiedError(cause, class_name="Till", actor_id="ab"))
    assert lines[0].startswith("ActorDiedError: ")
    assert lines[0].endswith("5 is too much.")
    assert any(line.startswith("2. Till.__init__() ran") for line in lines)


def test_the_death_of_an_actor_that_a_task_waited_for_is_told_of_the_task(capsys):
    died = ActorDiedError(reason="It was killed.", class_name="Till")
    lines = told(capsys, failed(None, name="pay", inner=died))
    assert lines[0].startswith("ActorDiedError: ")
    assert any(line.startswith("2. pay() ran") for line in lines)
    assert "It was killed." in lines


def test_other_errors_are_told_with_all_that_they_say_themselves(capsys):
    lines = told(capsys, GetTimeoutError("Get timed out.\nNothing was cancelled."))
    assert lines[0] == "GetTimeoutError: Get timed out."
    assert "Nothing was cancelled." in lines


def test_an_error_whose_text_raises_is_told_all_the_same(capsys):
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert told(capsys, MuteError())[0] == "MuteError: (its text cannot be had: RuntimeError)"


def test_without_an_error_it_is_the_last_one_shown(capsys, monkeypatch):
    monkeypatch.setattr(sys, "last_value", KeyError("k"), raising=False)
    explain()
    assert capsys.readouterr().out.startswith("KeyError: 'k'")


def test_before_the_first_error_there_is_nothing_to_tell(capsys, monkeypatch):
    monkeypatch.delattr(sys, "last_value", raising=False)
    explain()
    assert "Nothing has gone wrong yet" in capsys.readouterr().out


def test_only_exceptions_can_be_explained():
    with pytest.raises(TypeError, match="takes an exception"):
        explain("ValueError")
