"""The exercise of lesson 8: what students write, and what each of them is told."""

from collections.abc import Iterator

import pytest

import raylite
from raylite.exercises.lesson_08 import health_check
from tests.exercises.written import advice_of, not_yet, written

IS_CLASS, ANSWERS, QUICK, TWO = range(4)


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=2)
    yield
    raylite.shutdown()


def service(
    *,
    head: str = '@ray.remote(concurrency_groups={"jobs": 2, "health": 1})',
    of_job: str = '@ray.method(concurrency_group="jobs")',
    of_check: str = '@ray.method(concurrency_group="health")',
    wait: str = "await asyncio.sleep(seconds)",
    kind: str = "async def",
    healthy: str = 'return "healthy"',
) -> str:
    lines = [
        *(head, "class Service:"),
        *(f"    {line}" for line in (of_job, f"{kind} job(self, seconds):", f"    {wait}") if line),
        '        return "done"',
        *(f"    {line}" for line in (of_check, f"{kind} check(self):", f"    {healthy}") if line),
    ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "source",
    [
        health_check.solution_source,
        service(kind="def", wait="time.sleep(seconds)"),
        service(of_check=""),
        service(head='@ray.remote(concurrency_groups={"jobs": 2})', of_check=""),
    ],
    ids=["solution", "threads", "check-in-the-default-group", "one-group"],
)
def test_right_answers_pass(source: str) -> None:
    report = written(health_check, source)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(health_check.stub_source, [ANSWERS], "spelt so", id="stub"),
        pytest.param(service(head=""), [IS_CLASS], "`@ray.remote` above", id="not-decorated"),
        pytest.param(
            service(wait="time.sleep(seconds)"), [TWO], "blocks the event loop", id="blocks"
        ),
        pytest.param(
            service(wait="time.sleep(seconds)", head="@ray.remote", of_job="", of_check=""),
            [QUICK, TWO], "blocks the event loop", id="blocks-all",
        ),
        pytest.param(
            service(of_check='@ray.method(concurrency_group="jobs")'), [QUICK],
            "shares their limit", id="same-group",
        ),
        pytest.param(
            service(head="@ray.remote", of_job="", of_check=""), [TWO], "no limit of two",
            id="no-groups",
        ),
        pytest.param(
            service(head="@ray.remote(max_concurrency=2)", of_job="", of_check=""), [QUICK],
            "shares their limit", id="one-limit-for-all",
        ),
        pytest.param(
            service(head='@ray.remote(concurrency_groups={"jobs": 4, "health": 1})'), [TWO],
            "no limit of two", id="four-at-a-time",
        ),
        pytest.param(service(healthy='print("healthy")'), [ANSWERS], "spelt so", id="printed"),
        pytest.param(
            service(of_job='@ray.method(concurrency_group="job")'), [ANSWERS],
            "Read the message", id="no-such-group",
        ),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str
) -> None:
    report = written(health_check, source)
    assert not_yet(report) == failed, repr(report)
    assert words in advice_of(report), repr(report)
