# mypy: disable-error-code="operator,attr-defined,arg-type,index"
# These are mistakes: a type checker says so too.
"""What is said to whoever takes a ref, a handle, a method or a function for a value."""

import asyncio
import json
import sys
from typing import Any

import pytest

import raylite as ray
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.slips import hint_for
from raylite._core.core_worker.call_sites import site_of_put
from raylite._core.core_worker.entries import BorrowedEntry, OwnedEntry
from raylite._core.object_store.serialization import ERROR


class Home:
    object_prefix = bytes(16)

    def release_borrowed(self, *_: Any) -> None:
        pass


def owned(payload: bytes | None) -> ObjectRef[Any]:
    entry = OwnedEntry(Home(), 1)  # As much of a process as is needed.
    entry.site = site_of_put(sys._getframe())
    entry.payload = payload
    return ObjectRef(entry)


def said_of(do) -> str:
    with pytest.raises((TypeError, AttributeError)) as caught:
        do()
    return str(caught.value)


@pytest.fixture
def till(engine):
    @ray.remote
    class Till:
        def total(self) -> int:
            return 3

    return Till.remote()


def test_an_error_says_what_a_ref_is_where_it_comes_from_and_what_to_write():
    lines = said_of(lambda: owned(b"N.") + 1).split("\n")
    assert lines[0] == "unsupported operand type(s) for +: 'ObjectRef' and 'int'."
    assert "promise of a value" in lines[1]
    assert "ray.get(ref)" in lines[1]
    assert lines[3].startswith(f"It comes from the put object in {__file__}, line ")
    assert lines[3].endswith(": entry.site = site_of_put(sys._getframe())")
    assert lines[4] == "Its value is there already."


@pytest.mark.parametrize(
    ("payload", "told"),
    [(None, "Its value is not there yet."), (bytes([ERROR]), "Its call has failed.")],
)
def test_an_error_says_whether_the_value_is_there(payload, told):
    assert said_of(lambda: owned(payload)[0]).endswith(told)


def test_of_a_ref_of_another_process_it_is_not_known_whether_the_value_is_there():
    entry = BorrowedEntry(Home(), ObjectRef.nil().binary(), "w", "")
    assert said_of(lambda: ObjectRef(entry)[0]).endswith("\nAnother process has made it.")


def test_a_ref_made_from_bytes_is_explained_as_well():
    assert "ray.get(ref)" in said_of(lambda: len(ObjectRef.nil()))


def test_no_line_is_too_long_to_read():
    said = said_of(owned(b"N."))
    assert all(len(line) <= 100 for line in said.split("\n") if __file__ not in line)


def test_a_printed_ref_says_how_to_get_its_value():
    ref = ObjectRef.nil()
    assert str(ref) == f"{ref!r} promises a value; ray.get(ref) gives it"


def test_names_that_displays_ask_for_are_refused_in_a_word():
    ref = owned(b"N.")
    assert said_of(lambda: ref._repr_html_) == "'ObjectRef' object has no attribute '_repr_html_'"


def test_a_handle_names_a_method_to_call(till):
    assert "ray.get(handle.total.remote(...))" in said_of(lambda: till + 1)
    assert "ray.get(handle.total.remote(...))" in said_of(till)


def test_a_handle_has_no_attributes_of_its_actor(till):
    said = said_of(lambda: till.balance)
    assert said.startswith("'ActorHandle' object has no attribute 'balance'.\n")
    assert "write one that returns balance" in said


def test_a_method_and_a_function_say_how_they_are_called(till):
    add = ray.remote(lambda x: x)
    assert "ray.get(handle.total.remote(...))" in said_of(lambda: till.total > 3)
    assert "ray.get(<lambda>.remote(...))" in said_of(lambda: 1 + add)
    assert "ray.get(handle.total.remote(...))" in said_of(lambda: len(till.total))
    assert till.total
    assert add


SLIPS: dict[str, Any] = {
    "json": (lambda till, ref: json.dumps(ref), "ray.get(ref)"),
    "join": (lambda till, ref: " ".join([ref] * 2), "ray.get(ref)"),
    "length": (lambda till, ref: len(till), "handle.method.remote"),
    "attribute": (lambda till, ref: till.total.shape, "handle.total.remote"),
    "await": (lambda till, ref: asyncio.run(wait_for(till.total)), ".remote(...) returns"),
    "await a handle": (lambda till, ref: asyncio.run(wait_for(till)), "await handle.method.remote"),
    "loop": (lambda till, ref: asyncio.run(begin_another_loop()), "write await"),
    "syntax": (lambda till, ref: exec("def f(): await g()"), "ray.get(ref)"),
}


async def wait_for(thing):
    await thing


async def begin_another_loop():
    loop = asyncio.get_running_loop()
    loop.run_until_complete(None)


@pytest.mark.parametrize("slip", SLIPS)
def test_what_python_says_of_a_slip_gets_a_hint(till, slip):
    do, words = SLIPS[slip]
    with pytest.raises((TypeError, AttributeError, RuntimeError, SyntaxError)) as caught:
        do(till, owned(b"N."))
    assert words in (hint_for(caught.value) or "")


@pytest.mark.parametrize(
    "error", [TypeError("int + str"), ValueError("ObjectRef"), AttributeError("x"), KeyError(1)]
)
def test_other_errors_get_none(error):
    assert hint_for(error) is None


def test_what_explains_itself_gets_none(till):
    for do in (lambda: owned(b"N.") + 1, lambda: till.balance, till):
        with pytest.raises((TypeError, AttributeError)) as caught:
            do()
        assert hint_for(caught.value) is None


def test_an_error_whose_text_raises_gets_none():
    class MuteError(TypeError):
        def __str__(self) -> str:
            raise RuntimeError

    assert hint_for(MuteError()) is None
