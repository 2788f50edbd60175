"""The exercise of lesson 6: what students write, and what each of them is told."""

from collections.abc import Iterator

import pytest

import raylite
from raylite.exercises.lesson_06 import tired_counter
from tests.exercises.written import advice_of, not_yet, written

IS_CLASS, COUNTS, DIES, FIFTY, OVER = range(5)


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=2)
    yield
    raylite.shutdown()


def counter(
    head: str = "@ray.remote(max_restarts=4, max_task_retries=-1)",
    init: str = "self.value = 0",
    add: str = "if self.value == 10:\n    os._exit(0)\nself.value += 1\nreturn self.value",
) -> str:
    lines = [head, "class TiredCounter:", "    def __init__(self):"]
    lines += [f"        {line}" for line in init.splitlines()]
    lines += ["    def add(self):", *(f"        {line}" for line in add.splitlines())]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "source",
    [
        tired_counter.solution_source,
        counter(add="self.value += 1\nif self.value > 10:\n    os._exit(1)\nreturn self.value"),
        counter(head="@ray.remote(max_restarts=4, max_task_retries=5)"),
        counter(init="self.value = iter(range(1, 11))", add=(
            "for number in self.value:\n    return number\nos.kill(os.getpid(), 9)"
        )),
    ],
    ids=["solution", "counts-first", "five-tries", "another-way"],
)  # fmt: skip
def test_right_answers_pass(source: str) -> None:
    report = written(tired_counter, source)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(tired_counter.stub_source, [IS_CLASS], "`@ray.remote` above", id="stub"),
        pytest.param(
            counter(add="if self.value == 10:\n    os._exit(0)\nself.value += 1"),
            [COUNTS], "`return self.value`", id="forgot-return",
        ),
        pytest.param(
            counter(add="if self.value == 10:\n    os._exit(0)\nself.value += 1\nreturn 1"),
            [COUNTS], "the same each time", id="same-each-time",
        ),
        pytest.param(
            counter(add="before = self.value\nself.value += 1\nif before == 10:\n"
                        "    os._exit(0)\nreturn before"),
            [COUNTS], "Count first", id="from-zero",
        ),
        pytest.param(
            counter(add="if self.value == 10:\n    raise RuntimeError('tired')\n"
                        "self.value += 1\nreturn self.value"),
            [DIES], "An error is an answer", id="raises-instead",
        ),
        pytest.param(
            counter(add="self.value = self.value % 10 + 1\nreturn self.value"),
            [DIES], "no death", id="only-begins-anew",
        ),
        pytest.param(
            counter(head="@ray.remote"), [FIFTY, OVER], "`max_restarts=4`", id="no-restarts"
        ),
        pytest.param(
            counter(head="@ray.remote(max_restarts=4)"),
            [FIFTY, OVER], "`max_task_retries=-1`", id="no-retries",
        ),
        pytest.param(
            counter(head="@ray.remote(max_restarts=-1, max_task_retries=-1)"),
            [OVER], "for ever", id="immortal",
        ),
        pytest.param(
            counter(add="while True:\n    pass"), [COUNTS], "goes round for ever", id="endless"
        ),
        pytest.param(
            counter(init="os._exit(1)"), [COUNTS], "they end the whole process", id="dies-at-once"
        ),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str
) -> None:
    report = written(tired_counter, source)
    assert not_yet(report) == failed, repr(report)
    assert words in advice_of(report), repr(report)
