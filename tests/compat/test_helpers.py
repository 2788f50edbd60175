"""Helpers: as_completed, map_unordered, metrics."""

import pytest

from tests.compat.cases import module, raises


@pytest.fixture
def util(ray):
    return module(ray, "util")


@pytest.fixture
def double(ray):
    @ray.remote
    def double(x):
        return 2 * x

    return double


def test_as_completed_gives_each_value_once(util, double):
    assert sorted(util.as_completed([double.remote(i) for i in range(5)])) == [0, 2, 4, 6, 8]


def test_as_completed_gives_first_what_is_ready_first(ray, util, gate):
    values = util.as_completed([gate.wait.remote("late"), ray.put("soon")], chunk_size=1)
    assert next(values) == "soon"
    gate.open.remote()
    assert list(values) == ["late"]


def test_as_completed_raises_the_error_of_a_task(ray, util):
    @ray.remote
    def fail():
        raise ValueError("v")

    with raises(ValueError, ray.exceptions.RayTaskError):
        list(util.as_completed([fail.remote()]))


def test_map_unordered(util, double):
    assert sorted(util.map_unordered(double, range(5))) == [0, 2, 4, 6, 8]


def test_map_unordered_with_a_window(util, double):
    found = util.map_unordered(double, range(5), backpressure_size=2)
    assert sorted(found) == [0, 2, 4, 6, 8]


@pytest.fixture
def metrics(ray):
    return module(ray, "util.metrics")


def test_a_counter(metrics):
    counter = metrics.Counter("compat_counter", description="c", tag_keys=("kind",))
    counter.inc(2, tags={"kind": "a"})
    assert counter.info["name"] == "compat_counter"
    assert counter.info["tag_keys"] == ("kind",)


@pytest.mark.parametrize("value", [0, -1])
def test_a_counter_only_grows(metrics, value):
    counter = metrics.Counter("compat_grows")
    with raises(ValueError, words="0"):
        counter.inc(value)


def test_a_gauge_is_set(metrics):
    gauge = metrics.Gauge("compat_gauge", tag_keys=("kind",))
    gauge.set_default_tags({"kind": "a"})
    gauge.set(1.5)
    assert gauge.info["default_tags"] == {"kind": "a"}


def test_a_histogram_needs_boundaries(metrics):
    histogram = metrics.Histogram("compat_histogram", boundaries=[0.1, 1, 10])
    histogram.observe(0.5)
    assert histogram.info["boundaries"] == [0.1, 1, 10]
    with raises(ValueError, words="boundaries"):
        metrics.Histogram("compat_none")


def test_a_metric_needs_a_name(metrics):
    with raises(ValueError, words="name"):
        metrics.Gauge("")


def test_tags_have_to_be_given(metrics):
    counter = metrics.Counter("compat_tags", tag_keys=("kind",))
    with raises(ValueError, words="kind"):
        counter.inc(1)


def test_metrics_in_an_actor(ray, metrics):
    @ray.remote
    class Server:
        def __init__(self):
            self.calls = metrics.Counter("compat_calls")

        def serve(self):
            self.calls.inc()
            return "served"

    assert ray.get(Server.remote().serve.remote()) == "served"
