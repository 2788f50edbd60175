"""The table of ``make compat``: a column for each engine, and why cases were left out."""

from pathlib import Path

import pytest

from tests.compat.report import Case, Outcome, failures, main, page, read, reasons, save, table


def outcome(
    name: str, result: str, *, topic: str = "kill", reason: str = "", **more: object
) -> dict[str, Outcome]:
    """What became of one case, by its id."""
    facts = {"title": f"On {topic}", "difference": None, **more}
    case = Case(topic=topic, name=name, **facts)  # type: ignore[arg-type]
    return {f"{topic}::{name}": Outcome(case=case, result=result, reason=reason)}


PROCESSES = {
    **outcome("a", "passed"),
    **outcome("b", "passed"),
    **outcome("c", "passed", topic="wait"),
}
INLINE = {
    **outcome("a", "passed"),
    **outcome("b", "skipped", reason="one process has no other to kill"),
    **outcome("c", "failed", topic="wait"),
}


def test_each_engine_has_its_columns_and_zeros_are_blank() -> None:
    lines = table({"raylite": PROCESSES, "inline": INLINE}).splitlines()
    assert lines[0].split() == ["raylite", "inline"]
    assert " ".join(lines[1].split()) == (
        "topic cases passed left out failed passed left out failed"
    )
    assert [line.split() for line in lines[2:]] == [
        ["kill", "2", "2", "1", "1"],
        ["wait", "1", "1", "1"],
        ["all", "3", "3", "0", "0", "1", "1", "1"],
    ]
    assert len({len(line) for line in lines}) == 1


def test_a_case_that_one_engine_did_not_run_is_a_failure_there() -> None:
    one = {nodeid: INLINE[nodeid] for nodeid in list(INLINE)[:2]}
    assert failures({"raylite": PROCESSES, "inline": one}) == [
        ("wait::c", "inline", "did not run"),
    ]


def test_reasons_are_counted_the_most_frequent_first() -> None:
    run = {
        **outcome("a", "skipped", reason="rare"),
        **outcome("b", "skipped", reason="often"),
        **outcome("c", "skipped", reason="often"),
        **outcome("d", "passed"),
    }
    assert list(reasons(run).items()) == [("often", 2), ("rare", 1)]


def test_what_was_saved_is_read_with_its_engine(tmp_path: Path) -> None:
    path = tmp_path / "inline.json"
    save(path, "inline", INLINE)
    assert read(path) == ("inline", INLINE)


def test_the_command_takes_any_runs_and_says_what_failed(tmp_path: Path, capsys) -> None:
    for engine, run in (("raylite", PROCESSES), ("inline", INLINE)):
        save(tmp_path / engine, engine, run)
    assert main([str(tmp_path / "raylite")]) == 0
    assert "Left out" not in capsys.readouterr().out
    assert main([str(tmp_path / "raylite"), str(tmp_path / "inline")]) == 1
    out = capsys.readouterr().out
    assert "Left out on inline:\n     1  one process has no other to kill\n" in out
    assert "failed on inline: wait::c" in out


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        ([("passed", "setup"), ("passed", "call"), ("passed", "teardown")], "passed"),
        ([("passed", "setup"), ("passed", "call"), ("failed", "teardown")], "failed"),
        ([("skipped", "setup"), ("passed", "teardown")], "skipped"),
        ([("failed", "setup"), ("passed", "teardown")], "failed"),
    ],
)
def test_what_became_of_a_case_follows_from_its_phases(phases, expected: str) -> None:
    (made,) = outcome("a", "").values()
    for result, when in phases:
        made.note(result, when)
    assert made.result == expected


def test_the_page_says_what_cannot_hold_on_which_engine() -> None:
    told = {"ray": "It waits.", "raylite": "It does not.", "why": "Time."}
    cases = [
        *outcome("a", "", difference=told, shows_ray=True).values(),
        *outcome("b", "", elsewhere={"inline": "No processes."}).values(),
        *outcome("c", "", topic="wait", elsewhere={"inline": "No processes."}).values(),
    ]
    text = page(one.case for one in cases)
    assert "| inline: one process | 1 | 2 |" in text
    assert "| Ray, by way of raylite | 3 |  |" in text
    assert "| No processes. | 2 | On kill, On wait |" in text
    assert "Of the differences above, 1 are none where raylite runs on Ray" in text
    assert "### On Ray, by way of raylite" not in text
