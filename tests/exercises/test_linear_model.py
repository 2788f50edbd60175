"""What students write, right and wrong, and what each of them is told."""

from collections.abc import Iterator

import pytest

import raylite
from raylite.exercises import linear_model
from raylite.exercises.report import Report, Verdict

ACTOR_CLASS, ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS, OWN_CALL = range(5)

CALL = "fahrenheit = ray.get(LinearModel.remote(w1=9 / 5, w0=32).convert.remote(100))"


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=2)
    yield
    raylite.shutdown()


def written(source: str, exercise=linear_model) -> Report:
    """The report on what a student has written in a cell."""
    names = {"ray": raylite, "__name__": "__main__"}
    exec(source, names)
    return exercise.check(names["LinearModel"], names["fahrenheit"])


def model(
    init: str = "self.w1, self.w0 = w1, w0",
    convert: str = "return self.w1 * celsius + self.w0",
    *,
    head: str = "@ray.remote",
    parameters: str = "w1, w0",
    method: str = "convert",
    fahrenheit: str = "fahrenheit = 212.0",
) -> str:
    return "\n".join(
        [
            head,
            "class LinearModel:",
            f"    def __init__(self, {parameters}):",
            *(f"        {line}" for line in init.splitlines()),
            f"    def {method}(self, celsius):",
            *(f"        {line}" for line in convert.splitlines()),
            fahrenheit,
        ]
    )


def not_yet(report: Report) -> list[int]:
    return [i for i, one in enumerate(report.results) if one.verdict is Verdict.NOT_YET]


def test_the_solution_passes_every_check() -> None:
    report = written(linear_model.solution_source)
    assert report.passed
    assert "Well done" in report.closing


def test_the_untouched_stub_is_told_what_to_do_first() -> None:
    report = written(linear_model.stub_source)
    assert not_yet(report) == [ACTOR_CLASS]
    assert "@ray.remote" in report.results[ACTOR_CLASS].advice
    assert {one.verdict for one in report.results[1:]} == {Verdict.NOT_CHECKED}


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(model(fahrenheit=CALL), id="its-own-call"),
        pytest.param(model(parameters="w0, w1"), id="parameters-the-other-way-round"),
        pytest.param(model(parameters="w1: float = 1, w0: float = 0"), id="defaults-and-types"),
        pytest.param(model(init="self.weights = [w0, w1]", convert=(
            "offset, slope = self.weights\nprint('asked')\nreturn offset + celsius * slope"
        )), id="another-way-to-compute"),
        pytest.param(model(fahrenheit="import numpy\nfahrenheit = numpy.float64(212)"), id="numpy"),
        pytest.param(model(head="@ray.remote(max_restarts=1)"), id="with-options"),
    ],
)  # fmt: skip
def test_other_right_answers_pass_as_well(source: str) -> None:
    report = written(source)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(
            model(head=""), [ACTOR_CLASS], "`@ray.remote` above `class", id="not-decorated"
        ),
        pytest.param(
            model(head="", fahrenheit="fahrenheit = LinearModel(9 / 5, 32).convert(100)"),
            [ACTOR_CLASS], "`@ray.remote` above `class", id="called-as-an-ordinary-object",
        ),
        pytest.param(
            model(convert="self.w1 * celsius + self.w0"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "`return`", id="forgot-return",
        ),
        pytest.param(
            model(convert="print(self.w1 * celsius + self.w0)"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "`print` shows a value", id="printed",
        ),
        pytest.param(
            model(convert="return self.w0 * celsius + self.w1"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "swapped", id="swapped-weights",
        ),
        pytest.param(
            model(init="self.w1, self.w0 = w0, w1"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "swapped", id="swapped-when-kept",
        ),
        pytest.param(
            model(convert="return 9 / 5 * celsius + 32"),
            [ANY_WEIGHTS, OWN_WEIGHTS], "written into the method", id="hard-coded",
        ),
        pytest.param(
            "W1, W0 = 9 / 5, 32\n" + model(init="pass", convert="return W1 * celsius + W0"),
            [ANY_WEIGHTS, OWN_WEIGHTS], "outside the class", id="the-notebook's-variables",
        ),
        pytest.param(
            model(
                init="global W1, W0\nW1, W0 = w1, w0", convert="return W1 * celsius + W0"
            ),
            [OWN_WEIGHTS], "`global`", id="kept-in-a-global",
        ),
        pytest.param(
            model(
                init="cls = type(self)\ncls.w1, cls.w0 = w1, w0",
            ),
            [OWN_WEIGHTS], "the class itself", id="kept-on-the-class",
        ),
        pytest.param(
            model(fahrenheit=CALL.replace("ray.get(", "(")),
            [OWN_CALL], "`ray.get(...)` waits", id="forgot-get",
        ),
        pytest.param(
            model(fahrenheit="fahrenheit = LinearModel.remote(1, 2).convert"),
            [OWN_CALL], "was not called", id="forgot-the-call",
        ),
        pytest.param(
            model(fahrenheit="fahrenheit = ..."), [OWN_CALL], "Make an actor", id="no-call-yet"
        ),
        pytest.param(
            model(fahrenheit=CALL.replace("9 / 5", "9 // 5")),
            [OWN_CALL], "`9 // 5` is 1", id="integer-division-in-the-call",
        ),
        pytest.param(
            model(fahrenheit=CALL.replace("w1=9 / 5, w0=32", "w1=32, w0=9 / 5")),
            [OWN_CALL], "swapped", id="swapped-in-the-call",
        ),
        pytest.param(
            model(convert="return self.w1 * celsius // 1 + self.w0"),
            [ANY_WEIGHTS, CELSIUS], "fraction", id="integer-division",
        ),
        pytest.param(
            model(init="self.w1, self.w0 = int(w1), int(w0)"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "fraction", id="cut-off-with-int",
        ),
        pytest.param(
            model(convert="return round(self.w1 * celsius + self.w0)"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "fraction", id="rounded",
        ),
        pytest.param(
            model(convert="return self.w1 * (celsius + self.w0)"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "product comes first", id="brackets",
        ),
        pytest.param(
            model(convert="return (celsius - self.w0) / self.w1"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "the way back", id="the-way-back",
        ),
        pytest.param(
            model(convert="return f'{self.w1 * celsius + self.w0} F'"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "That is a text", id="a-text",
        ),
        pytest.param(
            model(convert="return ray.put(self.w1 * celsius + self.w0)"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "return the number", id="returns-a-ref",
        ),
        pytest.param(
            model(init="pass"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "`self.w1 = w1`", id="kept-nothing",
        ),
        pytest.param(
            model(init="w1 = w1; w0 = w0", convert="return w1 * celsius + w0"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "read through `self`", id="forgot-self",
        ),
        pytest.param(
            model(convert="raise NotImplementedError"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "stub's line", id="not-implemented",
        ),
        pytest.param(
            model(init="raise KeyError('w9')"), [ANY_WEIGHTS], "your method", id="init-raises"
        ),
        pytest.param(
            model(convert="return 1 / 0"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "that raised it", id="convert-raises",
        ),
        pytest.param(
            model(convert="import os\nos._exit(1)"), [ANY_WEIGHTS], "`os._exit`", id="exits"
        ),
        pytest.param(
            model(convert="return len(bytearray(10**15))"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "more memory", id="huge-allocation",
        ),
        pytest.param(
            model(convert="return self.convert(celsius)"),
            [ANY_WEIGHTS, CELSIUS, OWN_WEIGHTS], "calls itself", id="without-end",
        ),
        pytest.param(
            "import threading\nlock = threading.Lock()\n" + model(convert="return lock"),
            [ANY_WEIGHTS], "Read the message", id="cannot-be-pickled",
        ),
        pytest.param(
            model(parameters="a, b", init="self.w1, self.w0 = a, b"),
            [ANY_WEIGHTS], "`w1` and `w0`", id="other-parameters",
        ),
        pytest.param(
            model(method="to_fahrenheit"), [ANY_WEIGHTS], "spelt exactly so", id="other-method"
        ),
        pytest.param(
            model().replace("self, celsius", "self"), [ANY_WEIGHTS], "Count them", id="no-celsius"
        ),
        pytest.param(
            "LinearModel = 9 / 5\nfahrenheit = 1", [ACTOR_CLASS], "the class", id="a-number"
        ),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_its_misunderstanding(
    source: str, failed: list[int], words: str
) -> None:
    report = written(source)
    assert not_yet(report) == failed, repr(report)
    assert words in report.results[failed[0]].advice, repr(report)


@pytest.mark.parametrize("place", ["init", "convert"])
def test_an_endless_loop_is_ended_and_named(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Long enough for an actor to start on a busy machine.
    monkeypatch.setattr(linear_model, "time_limit_s", 2.0)
    report = written(model(**{place: "while True:\n    pass"}))
    assert not_yet(report) == [ANY_WEIGHTS]
    assert "gave no answer within 2 s" in report.results[ANY_WEIGHTS].came
    assert "`while`" in report.results[ANY_WEIGHTS].advice
    assert {one.verdict for one in report.results[CELSIUS:]} == {Verdict.NOT_CHECKED}
    assert written(linear_model.solution_source).passed, "the session is as good as before"


def test_an_actor_instead_of_its_class_is_told_so() -> None:
    names = {"ray": raylite, "__name__": "__main__"}
    exec(linear_model.solution_source, names)
    report = linear_model.check(names["model"], 212)
    assert "`linear_model.check(LinearModel)`" in report.results[ACTOR_CLASS].advice


def test_a_call_without_remote_names_the_right_one_in_the_student_s_own_cell() -> None:
    with pytest.raises(TypeError, match=r"LinearModel\.remote\("):
        exec(model(fahrenheit="LinearModel(w1=9 / 5, w0=32)"), {"ray": raylite})
    with pytest.raises(TypeError, match=r"convert\.remote\("):
        exec(model(fahrenheit="LinearModel.remote(1, 2).convert(100)"), {"ray": raylite})


def test_a_report_never_shows_how_a_check_is_made() -> None:
    for source in (model(init="raise KeyError('w9')"), model(convert="return 1 / 0")):
        text = repr(written(source))
        assert "lesson_01" not in text
        assert "Traceback" not in text
        assert "File " not in text
