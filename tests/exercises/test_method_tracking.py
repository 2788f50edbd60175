"""The exercise of lesson 3: what students write, and what each of them is told."""

from collections.abc import Iterator

import pytest

import raylite
from raylite.exercises.lesson_03 import method_tracking
from tests.exercises.written import advice_of, not_yet, written

FAMILY, VALUES, RANDOM, OWN, NAME = range(5)
BEFORE = "from collections import Counter\n"


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=2)
    yield
    raylite.shutdown()


def family(*changes: tuple[str, str]) -> str:
    """The solution with some of its lines written otherwise."""
    source = method_tracking.solution_source
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return source


OWN_INIT = """\
    def __init__(self, name):
        super().__init__(name)
        self.values = {}

"""
SHARED = (
    ("        self.counts = Counter()\n", ""),
    ("class Tracked:\n", "class Tracked:\n    counts = Counter()\n"),
)


@pytest.mark.parametrize(
    "source",
    [
        method_tracking.solution_source,
        family(("self.counts = Counter()", "self.counts = {'save': 0, 'load': 0}"),
               ("self.counts[method] += 1",
                "self.counts[method] = self.counts.get(method, 0) + 1")),
        family(("return dict(self.counts)", "return self.counts")),
        family((OWN_INIT, ""), ("Counter()\n", "Counter()\n        self.values = {}\n")),
    ],
    ids=["solution", "begins-with-zeros", "a-counter", "values-in-the-base"],
)  # fmt: skip
def test_right_answers_pass(source: str) -> None:
    report = written(method_tracking, source, BEFORE)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(method_tracking.stub_source, [VALUES], "`return` the value", id="stub"),
        pytest.param(
            family(("@ray.remote\n", "")), [FAMILY], "`@ray.remote` above", id="not-decorated"
        ),
        pytest.param(
            "@ray.remote\nclass Tracked:\n    pass\n@ray.remote\nclass Store:\n    pass",
            [FAMILY], "base class stays ordinary", id="the-base-decorated",
        ),
        pytest.param(
            family(("class Store(Tracked)", "class Store")), [FAMILY],
            "`class Store(Tracked):`", id="not-derived",
        ),
        pytest.param("Tracked = Store = 3", [FAMILY], "is to be the class", id="no-class"),
        pytest.param(
            family(("        super().__init__(name)\n", "")), [VALUES, RANDOM],
            "assigned to `self`", id="forgot-super",
        ),
        pytest.param(
            family(("return self.values[key]", "self.values[key]")), [VALUES],
            "`return` the value", id="load-forgot-return",
        ),
        pytest.param(
            family(("return dict(self.counts)", "print(self.counts)")), [RANDOM, OWN],
            "`return` the dictionary", id="printed",
        ),
        pytest.param(
            family(("return dict(self.counts)", "return sum(self.counts.values())")),
            [RANDOM, OWN], "under its own name", id="one-sum",
        ),
        pytest.param(
            family(('        self.note("load")\n', "")), [RANDOM],
            "Nothing was counted for `load`", id="load-not-counted",
        ),
        pytest.param(
            family(('        self.note("load")\n', ""), ('        self.note("save")\n', "")),
            [RANDOM], "Nothing was counted.", id="nothing-counted",
        ),
        pytest.param(
            family(("return dict(self.counts)", "self.note('all_calls'); return self.counts")),
            [RANDOM, OWN], "Only the calls of", id="counts-itself",
        ),
        pytest.param(
            family(("self.counts[method] += 1", "self.counts[method] = 1")), [RANDOM, OWN],
            "1 for ever", id="always-one",
        ),
        pytest.param(
            family(("self.counts[method] += 1", "self.counts[method] += 2")), [RANDOM, OWN],
            "counted twice", id="twice",
        ),
        pytest.param(family(*SHARED), [OWN], "that all objects of a process share", id="shared"),
        pytest.param(
            family(("    def __repr__(self):\n        return self.name\n", "")), [NAME],
            "without a name", id="no-repr",
        ),
        pytest.param(
            family(("        return self.name", "        print(self.name)")), [NAME],
            "is to `return` a text", id="repr-prints",
        ),
        pytest.param(
            family(("        return self.name", "        return 'Store'")), [NAME],
            "made with", id="always-the-same-name",
        ),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str
) -> None:
    report = written(method_tracking, source, BEFORE)
    assert not_yet(report) == failed, repr(report)
    assert words in advice_of(report), repr(report)
