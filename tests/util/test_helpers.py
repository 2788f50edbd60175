# mypy: disable-error-code="attr-defined, misc, operator, union-attr, arg-type"
# A type checker does not follow a decorator that makes something else of a class.
"""Results as they come; words that are said once; serializers of one's own."""

import pickle
import threading

import pytest

import raylite
from raylite.util import (
    as_completed,
    debug,
    deregister_serializer,
    disable_log_once_globally,
    enable_periodic_logging,
    get_node_instance_id,
    get_node_ip_address,
    log_once,
    map_unordered,
    register_serializer,
)
from tests.processes import wait_until


@raylite.remote
def double(number):
    return 2 * number


@raylite.remote
def behind(gate, number):
    wait_until(gate.exists)
    return number


@raylite.remote
def fail():
    raise ValueError("no such number")


@raylite.remote
class Doubler:
    def double(self, number):
        return 2 * number


class TestAsCompleted:
    def test_values_come_as_they_are_ready(self, ray, tmp_path):
        gate = tmp_path / "open"
        values = as_completed([behind.remote(gate, 1), double.remote(1)], chunk_size=1)
        assert next(values) == 2
        gate.touch()
        assert list(values) == [1]

    def test_refs_can_be_had_instead(self, ray):
        refs = [double.remote(number) for number in range(12)]
        found = list(as_completed(refs, yield_obj_refs=True))
        assert set(found) == set(refs)
        assert list(as_completed([])) == []

    def test_a_timeout_hands_on_what_is_there(self, ray, tmp_path):
        gate = tmp_path / "open"
        values = as_completed([behind.remote(gate, 1), double.remote(1)], timeout=0.05)
        assert next(values) == 2
        gate.touch()
        assert list(values) == [1]

    def test_an_error_is_raised(self, ray):
        with pytest.raises(ValueError, match="no such number"):
            list(as_completed([fail.remote()]))

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({"chunk_size": 0}, ValueError),
            ({"num_returns": 1}, ValueError),
            ({"colour": 1}, TypeError),
        ],
    )
    def test_wrong_options_are_refused_with_the_first_value(self, ray, options, error):
        values = as_completed([double.remote(1)], **options)
        with pytest.raises(error):
            next(values)

    @pytest.mark.parametrize("wrong", [[1], iter([])], ids=["no ref", "no list"])
    def test_only_a_list_of_refs_will_do(self, ray, wrong):
        with pytest.raises(TypeError):
            list(as_completed(wrong))


class TestMapUnordered:
    def test_a_remote_function_is_called_for_each_item(self, ray):
        assert sorted(map_unordered(double, range(25))) == [2 * number for number in range(25)]

    def test_so_is_an_actors_method(self, ray):
        doubler = Doubler.remote()
        assert sorted(map_unordered(doubler.double, iter([1, 2]), chunk_size=1)) == [2, 4]

    def test_only_so_many_calls_are_under_way(self, ray):
        taken = []

        def items():
            for number in range(6):
                taken.append(number)
                yield number

        results = map_unordered(double, items(), backpressure_size=2, chunk_size=1)
        next(results)
        assert len(taken) == 2
        assert len(list(results)) == 5
        assert list(map_unordered(double, [1], backpressure_size=None)) == [2]

    def test_refs_can_be_had_instead(self, ray):
        (ref,) = map_unordered(double, [1], yield_obj_refs=True)
        assert ray.get(ref) == 2
        assert list(map_unordered(double, [])) == []

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({"backpressure_size": 0}, ValueError),
            ({"chunk_size": 0}, ValueError),
            ({"num_returns": 2}, ValueError),
        ],
    )
    def test_wrong_options_are_refused_with_the_first_value(self, ray, options, error):
        results = map_unordered(double, [1], **options)
        with pytest.raises(error):
            next(results)

    def test_what_is_not_remote_is_refused(self, ray):
        with pytest.raises(AttributeError, match="remote"):
            list(map_unordered(len, [[]]))


def test_something_is_said_once(monkeypatch):
    monkeypatch.setattr(debug._Said, "keys", set())
    monkeypatch.setattr(debug._Said, "disabled", False)
    monkeypatch.setattr(debug._Said, "periodic", False)
    monkeypatch.setattr(debug._Said, "last_s", 0.0)
    assert [log_once("a"), log_once("a"), log_once("b")] == [True, False, True]
    enable_periodic_logging()
    assert not log_once("a")
    debug._Said.last_s -= 61
    assert log_once("a")
    disable_log_once_globally()
    assert not log_once("c")


def test_this_machine_is_where_everything_is():
    assert get_node_ip_address() == get_node_ip_address("10.0.0.1:80") == "127.0.0.1"
    assert get_node_instance_id() == ""


class Locked:
    """What ``pickle`` cannot take."""

    def __init__(self, number):
        self.number = number
        self.lock = threading.Lock()


@pytest.fixture
def _locked_can_be_pickled():
    register_serializer(Locked, serializer=lambda one: one.number, deserializer=Locked)
    yield
    deregister_serializer(Locked)


@pytest.mark.usefixtures("_locked_can_be_pickled")
class TestSerializers:
    def test_values_and_arguments_are_packed_with_it(self, ray):
        @ray.remote
        def number_of(one, others):
            return one.number, others[0].number

        assert ray.get(ray.put(Locked(3))).number == 3
        assert ray.get(number_of.remote(Locked(4), [Locked(5)])) == (4, 5)

    def test_what_a_task_returns_is_packed_by_its_own_process(self, ray):
        @ray.remote
        def make():
            return Locked(1)

        @ray.remote
        def make_here():
            register_serializer(Locked, serializer=lambda one: one.number, deserializer=Locked)
            return Locked(2)

        with pytest.raises(TypeError):
            ray.get(make.remote())
        assert ray.get(make_here.remote()).number == 2

    def test_it_can_be_taken_back(self, ray):
        deregister_serializer(Locked)
        deregister_serializer(Locked)
        with pytest.raises(TypeError):
            ray.put(Locked(3))


def test_a_serializer_needs_a_class_and_functions():
    with pytest.raises(TypeError, match="class itself"):
        register_serializer(3, serializer=str, deserializer=int)
    with pytest.raises(TypeError, match="has to be a function"):
        register_serializer(Locked, serializer=3, deserializer=int)
    with pytest.raises(TypeError):
        pickle.dumps(Locked(1))


def test_one_ref_or_a_plain_function_is_answered_with_what_to_write(ray):
    with pytest.raises(TypeError, match=r"Write as_completed\(\[ref\]\)"):
        next(as_completed(ray.put(1)))
    with pytest.raises(AttributeError, match=r"ray.remote\(function\)"):
        next(map_unordered(abs, [1]))
