# mypy: ignore-errors
# Most of it is wrong on purpose, and a type checker does not follow a decorator that makes
# something else of a class.
"""Counters, gauges and histograms: what they take, and what the session makes of them."""

import itertools
import os
import pickle

import pytest

import raylite
from raylite import _engine
from raylite.util import early_metrics
from raylite.util.metrics import Counter, Gauge, Histogram, Metric, prometheus_text
from raylite.util.state import list_metrics

NUMBERS = itertools.count()


@pytest.fixture
def name():
    """A name that no other test has used: all of them share a session."""
    return f"metric_{next(NUMBERS)}"


def rows(name):
    return list_metrics(filters=[("name", "=", name)], detail=True)


@raylite.remote
class Teller:
    def count(self, name, value):
        Counter(name, "what is told", ("who",)).inc(value, {"who": "teller"})

    def show(self, name, value):
        Gauge(name).set(value)
        return os.getpid()

    def sort(self, name, values):
        histogram = Histogram(name, boundaries=[1, 10])
        for value in values:
            histogram.observe(value)

    def use(self, metric):
        metric.inc(5, {"who": "copy"})

    def leave(self, name):
        Counter(name).inc()
        os._exit(0)


@raylite.remote
def count(name):
    Counter(name).inc()


def test_a_counter_counts_over_all_processes(ray, name):
    tellers = [Teller.remote() for _ in range(2)]
    own = Counter(name, "what is told", ("who",))
    own.inc(tags={"who": "driver"})
    own.inc(2.5, {"who": "driver"})
    ray.get([teller.count.remote(name, 10) for teller in tellers])
    found = {row.tags["who"]: row for row in rows(name)}
    assert {who: row.value for who, row in found.items()} == {"driver": 3.5, "teller": 20.0}
    row = found["driver"]
    assert (row.type, row.description, row.worker_id) == ("counter", "what is told", None)


def test_tasks_count_too(ray, name):
    ray.get([count.remote(name) for _ in range(20)])
    (row,) = rows(name)
    assert (row.value, row.tags) == (20.0, {})


def test_a_gauge_shows_the_last_value_of_each_process(ray, name):
    tellers = [Teller.remote() for _ in range(2)]
    pids = ray.get([teller.show.remote(name, number) for number, teller in enumerate(tellers)])
    ray.get(tellers[0].show.remote(name, 7))
    found = rows(name)
    assert sorted(row.value for row in found) == [1.0, 7.0]
    assert len({row.worker_id for row in found}) == 2
    assert len(set(pids)) == 2


def test_a_gauge_that_is_set_to_none_stays_as_it_was(ray, name):
    gauge = Gauge(name)
    gauge.set(3)
    gauge.set(None)
    assert [row.value for row in rows(name)] == [3.0]


def test_a_histogram_sorts_values_into_buckets(ray, name):
    teller = Teller.remote()
    own = Histogram(name, boundaries=[1, 10])
    for value in (0.5, 1, 100):
        own.observe(value)
    ray.get(teller.sort.remote(name, [5, 5]))
    (row,) = rows(name)
    assert (row.count, row.sum, row.value) == (5, 111.5, 22.3)
    assert row.buckets == {"1.0": 2, "10.0": 4, "+Inf": 5}


def test_what_a_process_has_counted_outlives_it(ray, name):
    teller = Teller.remote()
    with pytest.raises(raylite.exceptions.ActorDiedError):
        ray.get(teller.leave.remote(name))
    assert [row.value for row in rows(name)] == [1.0]


def test_a_copy_counts_for_the_same_metric_and_has_no_default_tags(ray, name):
    counter = Counter(name, "d", ("who",)).set_default_tags({"who": "driver"})
    counter.inc()
    ray.get(Teller.remote().use.remote(counter))
    assert {row.tags["who"]: row.value for row in rows(name)} == {"driver": 1.0, "copy": 5.0}
    copy = pickle.loads(pickle.dumps(counter))
    assert copy.info == {"name": name, "description": "d", "tag_keys": ("who",), "default_tags": {}}


def test_tags_that_were_not_declared_are_let_go(ray, name):
    Counter(name, tag_keys=("a",)).inc(1, {"a": "1", "z": "2"})
    assert [row.tags for row in rows(name)] == [{"a": "1"}]


def test_what_is_counted_before_there_is_a_session_is_kept(ray, name, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(_engine, "engine", None)
        Counter(name).inc(2)
    assert [row.value for row in rows(name)] == [2.0]
    assert not early_metrics._early


def test_what_was_counted_early_is_told_with_the_next_value(ray, name, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(_engine, "engine", None)
        Counter(name).inc(2)
    Counter(name).inc(3)
    assert [row.value for row in rows(name)] == [5.0]


def test_the_text_for_prometheus(ray, name):
    Counter(name, "two\nlines", ("a", "b")).inc(2, {"a": 'say "so"', "b": "back\\slash\nline"})
    Gauge(f"{name}_g").set(4)
    Histogram(f"{name}_h", boundaries=[0.5], tag_keys=("k",)).observe(1, {"k": "v"})
    text = prometheus_text()
    assert f"# HELP ray_{name}_total two\\nlines\n# TYPE ray_{name}_total counter\n" in text
    assert f'ray_{name}_total{{a="say \\"so\\"",b="back\\\\slash\\nline"}} 2.0\n' in text
    assert f"# HELP ray_{name}_g\n# TYPE ray_{name}_g gauge\n" in text
    worker_id = ray.get_runtime_context().get_worker_id()
    assert f'ray_{name}_g{{WorkerId="{worker_id}"}} 4.0\n' in text
    assert (
        f'ray_{name}_h_bucket{{k="v",le="0.5"}} 0\nray_{name}_h_bucket{{k="v",le="+Inf"}} 1\n'
        f'ray_{name}_h_count{{k="v"}} 1\nray_{name}_h_sum{{k="v"}} 1.0\n'
    ) in text


def test_without_a_session_there_is_nothing_to_show(monkeypatch):
    monkeypatch.setattr(_engine, "engine", None)
    with pytest.raises(ConnectionError):
        prometheus_text()


def test_info_says_how_a_metric_was_made():
    histogram = Histogram("h", "d", [1, 2], ("k",)).set_default_tags({"k": "v"})
    assert histogram.info == {
        "name": "h",
        "description": "d",
        "tag_keys": ("k",),
        "default_tags": {"k": "v"},
        "boundaries": [1, 2],
    }
    assert Metric("m").info["tag_keys"] == ()
    assert repr(histogram) == "Histogram('h')"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        pytest.param(lambda: Counter(""), ValueError, "empty name", id="empty name"),
        pytest.param(lambda: Counter(3), TypeError, "name of a metric", id="name"),
        pytest.param(lambda: Counter("c", 3), TypeError, "description", id="description"),
        pytest.param(
            lambda: Counter("c", tag_keys="a"), TypeError, r"Write \('a',\)", id="text for tags"
        ),
        pytest.param(lambda: Counter("c", tag_keys=["a"]), TypeError, "tuple", id="list for tags"),
        pytest.param(lambda: Counter("c", tag_keys=(3,)), TypeError, "must be str", id="tag key"),
        pytest.param(lambda: Histogram("h"), ValueError, "boundaries", id="no boundaries"),
        pytest.param(lambda: Histogram("h", "", []), ValueError, "boundaries", id="none of them"),
        pytest.param(lambda: Histogram("h", "", [0, 1]), ValueError, "index 0", id="boundary 0"),
        pytest.param(lambda: Histogram("h", "", ["a"]), TypeError, "numbers", id="text boundary"),
        pytest.param(lambda: Histogram("h", "", 3), TypeError, "numbers", id="one number"),
    ],
)
def test_a_metric_that_cannot_be_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize(
    ("value", "tags", "error", "words"),
    [
        pytest.param(0, None, ValueError, "must be >0, got 0", id="zero"),
        pytest.param(-1, None, ValueError, "must be >0, got -1", id="negative"),
        pytest.param("1", None, TypeError, "must be int or float", id="text"),
        pytest.param(None, None, TypeError, "must be int or float", id="none"),
        pytest.param(1, {}, ValueError, "key.s.: who", id="missing tag"),
        pytest.param(1, {"who": 3}, TypeError, "must be str", id="number as tag"),
        pytest.param(1, "who", TypeError, "dictionary", id="no dictionary"),
    ],
)
def test_a_value_that_cannot_be_counted_is_refused(value, tags, error, words):
    with pytest.raises(error, match=words):
        Counter("c", tag_keys=("who",)).inc(value, tags)


def test_default_tags_have_to_be_declared_and_texts():
    with pytest.raises(ValueError, match="'z' is unrecognized"):
        Gauge("g", tag_keys=("a",)).set_default_tags({"z": "1"})
    with pytest.raises(TypeError, match="must be str"):
        Gauge("g", tag_keys=("a",)).set_default_tags({"a": 1})


def test_other_kinds_check_their_values_too():
    with pytest.raises(TypeError, match="must be int or float"):
        Gauge("g").set("3")
    with pytest.raises(TypeError, match="must be int or float"):
        Histogram("h", boundaries=[1]).observe(None)


def test_a_name_that_prometheus_cannot_take_is_warned_of(ray):
    with pytest.warns(UserWarning, match="Invalid metric name: 'a b'"):
        counter = Counter("a b")
    counter.inc()
    assert rows("a b") == []
