"""The exercise of lesson 2: what students write, and what each of them is told."""

from collections.abc import Iterator

import pytest

import raylite
from raylite.exercises import lesson_02
from raylite.exercises.lesson_02 import pi_with_progress
from tests.exercises.written import advice_of, not_yet, written

IS_CLASS, FRACTION, REPORTS, OWN, PI = range(5)
BEFORE = "import math, random\n"
REPORT = "progress.report.remote(task, number * share)"
ESTIMATE = "pi = 4 * sum(ray.get(refs)) / (4 * 10_000)"


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=2)
    yield
    raylite.shutdown()


def solved(*changes: tuple[str, str]) -> str:
    """The solution with some of its lines written otherwise."""
    source = pi_with_progress.solution_source
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return source


@pytest.mark.parametrize(
    "source",
    [
        pi_with_progress.solution_source,
        solved(
            ("reported = ", ""), ("    ray.get(reported)\n", ""),
            ("share, inside =", "rng = random.Random(f'seed {task}')\n    share, inside ="),
            ("random.random() ** 2", "rng.random() ** 2"),
        ),
    ],
    ids=["solution", "seeds-and-no-wait"],
)  # fmt: skip
def test_right_answers_pass(source: str) -> None:
    report = written(pi_with_progress, source, BEFORE)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(
            pi_with_progress.stub_source, [FRACTION, REPORTS, OWN, PI], "`return`", id="stub"
        ),
        pytest.param(
            solved(("@ray.remote\nclass", "class"), ("Progress.remote(", "Progress("),
                   ("refs = [", "refs = [] and ["), ("sum(ray.get(refs))", "0")),
            [IS_CLASS], "`@ray.remote` above", id="not-decorated",
        ),
        pytest.param(
            solved(("self.thrown[task] = thrown", "self.thrown[0] = thrown")), [FRACTION],
            "a number for each task", id="only-the-last",
        ),
        pytest.param(
            solved(("self.thrown[task] = thrown",
                    "self.thrown[task] = self.thrown.get(task, 0) + thrown")),
            [FRACTION, REPORTS], "*so far*", id="added",
        ),
        pytest.param(
            solved((" / self.total", "")), [FRACTION, REPORTS], "These are darts",
            id="no-fraction",
        ),
        pytest.param(
            solved(("@ray.remote\ndef throw", "def throw"), ("refs = [throw.remote", "refs = []"),
                   ("(task, 10_000, counter) for task in range(4)]", "")),
            [REPORTS], "above `def throw`", id="no-task",
        ),
        pytest.param(
            solved((f"reported = {REPORT}", "pass"), ("    ray.get(reported)\n", "")), [REPORTS],
            "Nobody hears of it", id="no-reports",
        ),
        pytest.param(
            solved((f"        reported = {REPORT}", f"    reported = {REPORT}")), [REPORTS],
            "a report after each", id="one-report",
        ),
        pytest.param(
            solved((REPORT, "progress.report.remote(task, share)")), [REPORTS],
            "of the last share", id="reports-the-share",
        ),
        pytest.param(
            solved((f"reported = {REPORT}", "progress.report(task, number * share)"),
                   ("    ray.get(reported)\n", ""), ("sum(ray.get(refs))", "0")),
            [REPORTS], "with `.remote(...)`", id="forgot-remote",
        ),
        pytest.param(
            solved(("    return inside", "    print(inside)"), ("sum(ray.get(refs))", "31416")),
            [REPORTS, OWN], "`return`", id="forgot-return",
        ),
        pytest.param(
            solved(("    return inside", "    return 4 * inside / darts")), [REPORTS],
            "the driver computes", id="returns-pi",
        ),
        pytest.param(
            solved(("share, inside =", "random.seed(1)\n    share, inside =")), [OWN],
            "the same seed", id="one-seed",
        ),
        pytest.param(solved((ESTIMATE, "pi = math.pi")), [PI], "no darts give", id="pi-itself"),
        pytest.param(
            solved((ESTIMATE, ESTIMATE.replace("4 * s", "s"))), [PI], "π / 4", id="a-quarter"
        ),
        pytest.param(
            solved((ESTIMATE, "pi = ray.get(refs)")), [PI], "Add them up", id="four-answers"
        ),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lesson_02, "_SETTLE_S", 0.1)
    report = written(pi_with_progress, source, BEFORE)
    assert not_yet(report) == failed, repr(report)
    assert words in advice_of(report), repr(report)
