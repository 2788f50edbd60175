"""The exercise of lesson 9: what students write, and what each of them is told."""

from collections.abc import Iterator

import pytest

import raylite
from raylite.exercises.lesson_09 import thousand_jobs
from tests.exercises.written import advice_of, not_yet, written

SQUARES, THOUSAND, SHARED = range(3)
BEFORE = "from raylite.util import ActorPool\n"
WORKER = thousand_jobs.solution_source.partition("def map_jobs")[0]


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=2)
    yield
    raylite.shutdown()


def function(*lines: str) -> str:
    return WORKER + "\n".join(["def map_jobs(numbers):", *(f"    {line}" for line in lines)])


FOUR = "workers = [Worker.remote() for _ in range(4)]"
POOL = "pool = ActorPool([Worker.remote() for _ in range(4)])"
SEND = "lambda w, n: w.square.remote(n)"


@pytest.mark.parametrize(
    "source",
    [
        thousand_jobs.solution_source,
        function(FOUR, "refs = [workers[i % 4].square.remote(n) for i, n in enumerate(numbers)]",
                 "return ray.get(refs)"),
        function(POOL, f"for n in numbers: pool.submit({SEND}, n)",
                 "return tuple(pool.get_next() for _ in numbers)"),
    ],
    ids=["solution", "in-turns", "one-by-one"],
)  # fmt: skip
def test_right_answers_pass(source: str) -> None:
    report = written(thousand_jobs, source, BEFORE)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(thousand_jobs.stub_source, [SQUARES], "Replace the dots", id="stub"),
        pytest.param(
            function(POOL, f"return pool.map({SEND}, numbers)"), [SQUARES], "`list(...)`",
            id="forgot-list",
        ),
        pytest.param(
            function(FOUR, "return [workers[n % 4].square.remote(n) for n in numbers]"),
            [SQUARES], "`ray.get(list_of_refs)`", id="forgot-get",
        ),
        pytest.param(
            function(POOL, f"list(pool.map({SEND}, numbers))"), [SQUARES], "`return`",
            id="forgot-return",
        ),
        pytest.param(
            function(POOL, f"return list(pool.map({SEND}, numbers))[::-1]"), [SQUARES],
            "`pool.map`, and not", id="another-order",
        ),
        pytest.param(
            function("return [n * n for n in numbers]"), [THOUSAND, SHARED],
            "nobody else has computed", id="not-remote",
        ),
        pytest.param(
            function("pool = ActorPool([Worker.remote()])",
                     f"return list(pool.map({SEND}, numbers))"),
            [THOUSAND], "Make four of them", id="one-actor",
        ),
        pytest.param(
            function("if len(numbers) > 12: numbers, rest = numbers[:12], numbers[12:]",
                     "else: rest = []",
                     "some = ray.get([Worker.remote().square.remote(n) for n in numbers])",
                     "return some + [n * n for n in rest]"),
            [THOUSAND, SHARED], "before the loop", id="an-actor-for-each",
        ),
        pytest.param(
            function(FOUR, "return ray.get([workers[0].square.remote(n) for n in numbers])"),
            [SHARED], "All of them are to work", id="only-the-first-works",
        ),
        pytest.param(
            function("return list(ActorPool(Worker).map(lambda w, n: w.square(n), numbers))"),
            [SQUARES], "Read the message", id="raises",
        ),
        pytest.param("map_jobs = 3", [SQUARES], "is to be a function", id="no-function"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str
) -> None:
    report = written(thousand_jobs, source, BEFORE)
    assert not_yet(report) == failed, repr(report)
    assert words in advice_of(report), repr(report)
