"""Hints, solutions, names looked up in the notebook, and how all of it is shown."""

import re
from copy import copy
from html.parser import HTMLParser
from pathlib import Path

import pytest

import __main__
from raylite.exercises import Exercise, linear_model, load, names
from raylite.exercises import exercise as module
from raylite.exercises.course import course_folder
from raylite.exercises.exercise import Check
from raylite.exercises.report import Report, Result, Verdict
from raylite.exercises.trial import NotYet


@pytest.fixture
def sums(monkeypatch: pytest.MonkeyPatch) -> Exercise:
    """An exercise that needs no actors: two names, the second of which is to be twice the first."""

    def is_twice(things, limit_s) -> None:
        if things["double"] != 2 * things["single"]:
            came = f"`{things['double']!r}`"
            raise NotYet(came=came, advice="<b>Twice</b> means times `2`.")

    def is_odd(things, limit_s) -> None:
        if things["single"] % 2 == 0:
            raise NotYet(came="an even one", advice="Take `3`.", is_final=True)

    monkeypatch.setattr(module, "_exercises", {})
    monkeypatch.setenv("RAYLITE_COURSE_FILE", "")
    return Exercise(
        name="sums",
        title="Sums",
        task="Make `double` twice `single`.",
        minutes=1,
        asks_for={"single": "an odd number", "double": "twice the other"},
        stub="single = ...\ndouble = ...\n",
        hints=("Think.", "Add.", "It is `6`."),
        solution="single = 3\ndouble = 6\n",
        checks=(
            Check(name="`single` is odd", expected="an odd number", run=is_odd),
            Check(name="`double` is twice `single`", expected="twice as much", run=is_twice),
            Check(name="it still is", expected="twice as much", run=is_twice),
        ),
    )


def verdicts(report: Report) -> list[Verdict]:
    return [result.verdict for result in report.results]


def test_hints_come_one_at_a_time_and_are_counted(sums: Exercise) -> None:
    shown = [sums.hint() for _ in range(4)]
    assert [hint.text for hint in shown] == ["Think.", "Add.", "It is `6`.", "It is `6`."]
    assert "Hint 1 of 3" in shown[0].title
    assert "2 more" in shown[0].title
    assert "the last one" in shown[2].title


def test_a_hint_can_be_asked_for_by_its_number(sums: Exercise) -> None:
    assert sums.hint(2).text == "Add."
    assert sums.hint().text == "It is `6`."
    with pytest.raises(ValueError, match="hints 1 to 3"):
        sums.hint(4)


def test_who_asks_for_the_solution_is_asked_back_first(sums: Exercise) -> None:
    sums.hint()
    back = sums.solution()
    for text in (repr(back), back._repr_html_()):
        assert "double = 6" not in text
        assert "You have not checked yet." in text
        assert "2 more for you" in text
        assert "once more" in text
    assert "double = 6" in repr(sums.solution())


def test_who_has_passed_the_checks_sees_the_solution_at_once(sums: Exercise) -> None:
    assert not sums.check(3, 5).passed
    assert sums.check(3, 6).passed
    assert "double = 6" in repr(sums.solution())


def test_the_solution_is_folded_up_in_a_notebook(sums: Exercise) -> None:
    sums.solution()
    page = sums.solution()._repr_html_()
    assert "<details><summary>" in page
    assert "double = 6" in page


@pytest.mark.parametrize("name", names())
def test_every_exercise_has_graded_hints_and_a_solution_behind_a_step(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RAYLITE_COURSE_FILE", str(tmp_path / "course.json"))
    exercise = copy(load(name))
    exercise._hints_given, exercise._is_done, exercise._is_sure = 0, False, False
    titles = [exercise.hint().title for _ in exercise.hints]
    count = len(titles)
    assert count >= 3
    assert [title.split(" (")[0] for title in titles] == [
        f"Hint {number} of {count}" for number in range(1, count + 1)
    ]
    assert len(set(exercise.hints)) == count
    assert exercise.solution().source == ""
    assert exercise.solution().source == exercise.solution_source
    assert exercise.lesson in {path.stem for path in course_folder().glob("*.ipynb")}


def test_what_is_not_passed_in_is_looked_up_in_the_notebook(
    sums: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(__main__, "single", 3, raising=False)
    monkeypatch.setattr(__main__, "double", 6, raising=False)
    assert sums.check().passed
    assert sums.check(5, 10).passed
    assert not sums.check(5).passed


def test_a_name_that_is_missing_is_explained(
    sums: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = sums.check(3)
    assert verdicts(report) == [Verdict.NOT_YET, *[Verdict.NOT_CHECKED] * 3]
    assert "nothing is called `double`" in report.results[0].came
    monkeypatch.setattr(__main__, "Doubel", 6, raising=False)
    assert "There is `Doubel`" in sums.check(3).results[0].advice


def test_a_final_finding_ends_the_checking(sums: Exercise) -> None:
    assert verdicts(sums.check(2, 9)) == [
        *(Verdict.NOT_YET, Verdict.NOT_CHECKED, Verdict.NOT_CHECKED)
    ]


def test_the_same_advice_is_given_once(sums: Exercise) -> None:
    report = sums.check(3, 9)
    assert verdicts(report) == [Verdict.PASSED, Verdict.NOT_YET, Verdict.NOT_YET]
    assert "Twice" in report.results[1].advice
    assert report.results[2].advice == "the same as above."


def test_too_many_arguments_are_refused_with_the_right_ones(sums: Exercise) -> None:
    with pytest.raises(TypeError, match="takes single, double at most, but got 3"):
        sums.check(1, 2, 3)


def test_a_report_says_what_was_expected_what_came_and_why(sums: Exercise) -> None:
    text = repr(sums.check(3, 9))
    assert "Sums: 1 of 3 checks passed." in text
    assert "✓ passed: `single` is odd" in text
    assert "Expected: twice as much" in text
    assert "Came: `9`" in text
    assert "Likely: <b>Twice</b> means times `2`." in text
    assert "`sums.hint()`" in text


class _Balanced(HTMLParser):
    """Notes the tags that were opened, and that each was closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.open.append(tag)
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag


def test_every_page_is_well_formed_and_can_be_read_aloud(sums: Exercise) -> None:
    for thing in (sums, sums.hint(), sums.solution(), sums.check(3, 9), sums.check()):
        reader = _Balanced()
        reader.feed(thing._repr_html_())
        assert not reader.open
        tags = [tag for tag, _ in reader.seen]
        assert tags.count("caption") == tags.count("table")
        assert all("scope" in attrs for tag, attrs in reader.seen if tag == "th")


def test_what_a_student_wrote_never_becomes_markup(sums: Exercise) -> None:
    page = sums.check(3, "<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<b>Twice" not in page


def test_a_verdict_is_a_word_and_a_sign_not_a_colour_alone(sums: Exercise) -> None:
    page = sums.check(3, 9)._repr_html_()
    words = re.sub(r"<[^>]*>", "", page)
    assert "✓ passed" in words
    assert "✗ not yet" in words


def test_an_exercise_shows_its_task_and_what_it_can_do(sums: Exercise) -> None:
    for text in (repr(sums), sums._repr_html_()):
        for word in ("Sums", "1 min", "is odd", "sums.check()", "sums.hint()"):
            assert word in text


def test_exercises_are_found_by_name() -> None:
    assert load("linear_model") is linear_model
    with pytest.raises(ValueError, match=r"no exercise 'pi'. There are: .*linear_model"):
        load("pi")


def test_an_empty_report_of_a_passed_check_has_no_details() -> None:
    assert Result(check="it runs", verdict=Verdict.PASSED).details() == []
