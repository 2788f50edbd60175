"""The exercise of lesson 12: what students write, and what each of them is told."""

import contextlib
import io

import pytest

from raylite.exercises.lesson_12 import port_it
from tests.exercises.written import advice_of, not_yet, written

PROGRAM, RAY, PRINTS, SHARED = range(4)
WAIT = "ray.get([count.remote(start, start + 10_000, tally) for start in range(0, 40_000, 10_000)])"
PLAIN = "for start in range(0, 40_000, 10_000): count(start, start + 10_000, tally)"


def program(*changes: tuple[str, str]) -> str:
    """The solution with some of its lines written otherwise."""
    source = port_it.solution_source
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return source


SLOWLY = ("    numbers", "    import time; time.sleep(0.5)\n    numbers")
"""So that no task is done before the tally is read, on any machine."""
NO_ACTOR = (
    ("@ray.remote\nclass", "class"),
    ("Tally.remote()", "Tally()"),
    ("ray.get(tally.add.remote(found))", "tally.add(found)"),
    ("ray.get(tally.read.remote())", "tally.read()"),
)
NO_TASKS = (("@ray.remote\ndef", "def"), (WAIT, PLAIN))


def test_the_plain_program_prints_what_is_asked_for() -> None:
    names: dict[str, str] = {}
    exec(port_it.stub_source, names)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(names["ported"], {})
    assert printed.getvalue() == "4203 primes\n"


@pytest.mark.parametrize(
    "source",
    [
        port_it.solution_source,
        program(
            ("import ray", "from ray import get, init, remote\nimport ray as r"),
            ("@ray.", "@"), ("ray.init()", "init(num_cpus=2)"), ("ray.get", "get"),
            ('"primes")\n', '"primes")\nr.shutdown()\n'),
        ),
    ],
    ids=["solution", "shuts-down-itself"],
)  # fmt: skip
def test_right_answers_pass(source: str) -> None:
    report = written(port_it, source)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(port_it.stub_source, [RAY], "plain Python still", id="stub"),
        pytest.param("ported = ...", [PROGRAM], "Replace the dots", id="dots"),
        pytest.param("ported = len", [PROGRAM], "between three quotes", id="no-text"),
        pytest.param(
            program(("class Tally:", "class Tally")), [PROGRAM], "a colon", id="syntax-error"
        ),
        pytest.param(
            program(("import ray", "import raylite as ray")), [RAY], "there is no raylite",
            id="imports-raylite",
        ),
        pytest.param(
            program((WAIT, WAIT.replace("ray.get(", "refs = (")), SLOWLY), [PRINTS],
            "read before all pieces", id="forgot-to-wait",
        ),
        pytest.param(
            program(("ray.get(tally.read.remote())", "tally.read.remote()")), [PRINTS],
            "A ref was printed", id="forgot-get",
        ),
        pytest.param(program(*NO_ACTOR), [PRINTS, SHARED], "a copy of the tally", id="no-actor"),
        pytest.param(
            program(*NO_TASKS), [SHARED], "one after the other", id="no-tasks"
        ),
        pytest.param(
            program(("ray.get(tally.add.remote(found))", "tally.add(found)")), [PRINTS],
            "with `.remote(...)`", id="forgot-remote",
        ),
        pytest.param(
            program(*NO_ACTOR, *NO_TASKS), [SHARED], "nothing is remote", id="only-the-import"
        ),
        pytest.param(
            program(("tally = Tally.remote()", "tally = Tally.remote(")), [PROGRAM], "a bracket",
            id="open-bracket",
        ),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str
) -> None:
    report = written(port_it, source)
    assert not_yet(report) == failed, repr(report)
    assert words in advice_of(report), repr(report)


def test_a_program_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_it, "time_limit_s", 1.0)
    report = written(port_it, program(("ray.init()", "while True: pass")))
    assert not_yet(report) == [PRINTS]
    assert "goes round for ever" in advice_of(report)
