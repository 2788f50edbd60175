# mypy: disable-error-code="attr-defined"
# A type checker does not follow a decorator that makes something else of a class.

from typing import Any

import pytest

import raylite as ray

NO_NAME: Any = 1


@ray.remote
class Counter:
    def get(self):
        pass


def test_put_and_get_go_to_the_engine(engine):
    first, second = ray.put(1), ray.put(2)
    assert ray.get(first) == 1
    assert ray.get([second, first], timeout=3) == [2, 1]
    assert ray.get([]) == []


def test_a_misspelt_keyword_is_refused(engine):
    misspelt: dict[str, Any] = {"timeuot": 3}
    with pytest.raises(TypeError, match="timeuot"):
        ray.get(engine.ref(), **misspelt)


@pytest.mark.parametrize("value", [1, (), {}, "ref", None])
def test_get_of_anything_else_is_a_value_error(engine, value):
    with pytest.raises(ValueError, match=f"of type {type(value).__name__}"):
        ray.get(value)


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (lambda engine: Counter.remote(), r"get\(handle\.method\.remote\(\)\)"),
        (lambda engine: Counter.remote().get, r"Write \.remote\(\.\.\.\) behind it"),
        (lambda engine: (engine.ref(),), r"get\(list\(refs\)\)"),
        (lambda engine: {"a": engine.ref()}, r"get\(list\(refs\.values\(\)\)\)"),
    ],
)
def test_get_says_what_was_probably_meant(engine, value, advice):
    with pytest.raises(ValueError, match=advice):
        ray.get(value(engine))


def test_get_of_a_list_with_another_thing_says_where_it_is(engine):
    with pytest.raises(TypeError, match="item 1 is 5 of type int"):
        ray.get([ray.put(1), 5])


def test_put_of_a_ref_is_a_type_error(engine):
    with pytest.raises(TypeError, match=r"put it in a list: put\(\[ref\]\)"):
        ray.put(ray.put(1))


def test_wait_goes_to_the_engine(engine):
    refs = [engine.ref() for _ in range(3)]
    assert ray.wait(refs, num_returns=2, timeout=1) == (refs[:2], refs[2:])
    assert ray.wait([]) == ([], [])


@pytest.mark.parametrize("value", [lambda ref: ref, lambda ref: (ref,), lambda ref: [1]])
def test_wait_for_anything_but_a_list_of_refs_is_a_type_error(engine, value):
    with pytest.raises(TypeError, match=r"wait\(\) takes a list of ObjectRefs"):
        ray.wait(value(engine.ref()))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"num_returns": 0}, "1 or more"),
        ({"num_returns": 2}, "only 1 ref to wait for"),
        ({"timeout": -1}, "cannot be negative"),
    ],
)
def test_wait_refuses_numbers_out_of_range(engine, options, text):
    with pytest.raises(ValueError, match=text):
        ray.wait([engine.ref()], **options)


def test_wait_refuses_a_ref_that_occurs_twice(engine):
    ref = engine.ref()
    with pytest.raises(ValueError, match="occurs twice"):
        ray.wait([ref, ref])


@pytest.mark.parametrize("function", [ray.get, ray.wait])
def test_a_timeout_is_a_number_of_seconds(engine, function):
    with pytest.raises(TypeError, match="number of seconds"):
        function([engine.ref()], timeout="soon")


def test_kill_goes_to_the_engine_and_may_be_repeated(engine):
    handle = Counter.remote()
    ray.kill(handle)
    ray.kill(handle, no_restart=False)
    assert engine.killed == [(handle._actor_id.hex(), True), (handle._actor_id.hex(), False)]


@pytest.mark.parametrize(
    ("value", "advice"), [("name", "get_actor"), (Counter, "the handle that .remote()")]
)
def test_kill_of_anything_else_is_a_value_error(engine, value, advice):
    with pytest.raises(ValueError, match="takes the handle of an actor") as caught:
        ray.kill(value)
    assert advice in str(caught.value)


def test_a_named_actor_is_found_and_its_handle_is_weak(engine):
    made = Counter.options(name="n").remote()
    found = ray.get_actor("n")
    assert found == made
    assert found._ray_is_weak
    found.get.remote()
    assert engine.calls[0][:2] == (made._actor_id.hex(), "get")


def test_a_name_that_is_not_there_is_a_value_error(engine):
    with pytest.raises(ValueError, match=r"name 'n' in the namespace 'here'.*detached"):
        ray.get_actor("n")
    with pytest.raises(ValueError, match="in the namespace 'there'"):
        ray.get_actor("n", namespace="there")


def test_a_name_is_a_text_and_not_empty(engine):
    with pytest.raises(TypeError):
        ray.get_actor(NO_NAME)
    with pytest.raises(ValueError, match="without a name"):
        ray.get_actor("")
    with pytest.raises(ValueError, match="leave it out"):
        ray.get_actor("n", namespace="")
