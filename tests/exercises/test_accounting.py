"""The first exercise of lesson 1: what students write, and what each of them is told."""

from collections.abc import Iterator

import pytest

import raylite
from raylite.exercises.lesson_01_accounting import accounting
from tests.exercises.written import advice_of, not_yet, written

IS_CLASS, KEEPS, REFUSES, OWN, BALANCE = range(5)
LOOK = """\
        if amount > self.balance:
            raise ValueError(f"there are only {self.balance}")
"""
TAKE = "        self.balance -= amount\n"


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=2)
    yield
    raylite.shutdown()


def solved(*changes: tuple[str, str]) -> str:
    """The solution with some of its lines written otherwise."""
    source = accounting.solution_source
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return source


@pytest.mark.parametrize(
    "source",
    [
        accounting.solution_source,
        solved(
            ("self.balance = 0", "self.parts = []"),
            ("self.balance += amount", "self.parts.append(amount)"),
            (LOOK, LOOK.replace("self.balance", "sum(self.parts)")),
            (TAKE, "        self.parts.append(-amount)\n"),
            ("return self.balance", "return sum(self.parts)"),
        ),
        solved(("self.balance", "self.total")),
    ],
    ids=["solution", "a-list", "one-name-for-two-things"],
)  # fmt: skip
def test_right_answers_pass(source: str) -> None:
    report = written(accounting, source)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(accounting.stub_source, [IS_CLASS], "`@ray.remote` above", id="stub"),
        pytest.param(
            solved((TAKE, "")), [KEEPS, BALANCE], "takes nothing away", id="only-looks"
        ),
        pytest.param(
            solved(("self.balance += amount", "self.balance = amount")), [KEEPS], "`+=`",
            id="takes-its-place",
        ),
        pytest.param(
            solved(("return self.balance", "print(self.balance)")),
            [KEEPS, REFUSES, OWN, BALANCE], "`return`", id="printed",
        ),
        pytest.param(
            solved(("        self.balance = 0", "        balance = 0"),
                   ("ray.get(account.total.remote())", "70")),
            [KEEPS, REFUSES, OWN], "assigned to `self`", id="forgot-self",
        ),
        pytest.param(solved((LOOK, "")), [REFUSES], "`raise ValueError(...)`", id="overdrawn"),
        pytest.param(
            solved(("raise ValueError(f", "return (f")), [REFUSES], "`raise ValueError(...)`",
            id="returned-a-text",
        ),
        pytest.param(
            solved(("raise ValueError", "raise RuntimeError")), [REFUSES], "no other error",
            id="another-error",
        ),
        pytest.param(
            solved((LOOK + TAKE, TAKE + LOOK.replace("amount > self.balance", "self.balance < 0"))),
            [REFUSES], "Look first", id="looks-afterwards",
        ),
        pytest.param(
            solved(("amount > self", "amount >= self")), [REFUSES], "All there is",
            id="not-the-last",
        ),
        pytest.param(
            solved(("class Accounting:", "class Accounting:\n    kept = []"),
                   ("        self.balance = 0", "        self.kept[:] = self.kept"),
                   ("self.balance += amount", "self.kept.append(amount)"),
                   (LOOK, LOOK.replace("self.balance", "sum(self.kept)")),
                   (TAKE, "        self.kept.append(-amount)\n"),
                   ("return self.balance", "return sum(self.kept)")),
            [OWN], "share", id="shared",
        ),
        pytest.param(
            solved(("ray.get(account.total.remote())", "account.total.remote()")), [BALANCE],
            "`ray.get(...)`", id="forgot-get",
        ),
        pytest.param(
            solved(("account.remove.remote(30)", "")), [BALANCE], "Was `remove(30)` called",
            id="forgot-to-remove",
        ),
        pytest.param(
            solved(("balance = ray.get(", "balance = (account, ")), [BALANCE], "Return a number",
            id="a-pair",
        ),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str
) -> None:
    report = written(accounting, source)
    assert not_yet(report) == failed, repr(report)
    assert words in advice_of(report), repr(report)
