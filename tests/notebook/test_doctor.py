# mypy: disable-error-code="attr-defined"
"""``raylite doctor``, as a function, a magic and a command: what is judged, and how it is shown."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raylite import _doctor, cli
from raylite._doctor import Check, Finding, checks, judge, judge_pictures, judge_python
from raylite._doctor_text import Diagnosis, diagnosis_html, diagnosis_text, doctor
from raylite.engines import local_checkup
from raylite.engines.local_checkup import MachineFacts
from tests.processes import descendants

ROOT = Path(__file__).parent.parent.parent
GB = 1_000_000_000

FINE = MachineFacts(
    num_cpus=4,
    num_machine_cpus=4,
    memory_limit=8 * GB,
    memory_free=4 * GB,
    shm_size=4 * GB,
    shm_free=4 * GB,
    temp_folder="/some/folder",
    temp_free=50 * GB,
    open_files=20_000,
    abandoned=(),
    strays=(),
    runtime_pid=None,
)
VERSIONS: dict[str, str | None] = {
    "cloudpickle": "3.1.2",
    "loky": "3.7.0",
    "IPython": "9.18.1",
    "ipykernel": "7.3.0",
    "ipywidgets": "8.1.9",
    "anywidget": "0.11.0",
    "jupyterlab": "4.6.6",
}


def by_name(found: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in found}


def test_on_a_good_machine_all_is_fine() -> None:
    found = judge(FINE)
    assert {check.finding for check in found} == {Finding.FINE}
    assert not any(check.advice for check in found)
    assert "all is fine" in diagnosis_text(found, 80)


@pytest.mark.parametrize(
    ("change", "name", "finding", "words"),
    [
        ({"num_cpus": 1}, "CPUs", Finding.NOTE, "takes turns"),
        ({"num_machine_cpus": 64}, "CPUs", Finding.NOTE, "os.cpu_count() does not"),
        ({"memory_free": GB // 10}, "memory", Finding.CARE, "num_cpus=1"),
        ({"shm_free": 1000}, "/dev/shm", Finding.NOTE, "--shm-size"),
        ({"shm_size": None, "shm_free": None}, "/dev/shm", Finding.NOTE, "on disk"),
        ({"temp_free": GB // 10}, "disk", Finding.CARE, "remove"),
        ({"temp_free": None}, "disk", Finding.WRONG, "TMPDIR"),
        ({"open_files": 256}, "open files", Finding.CARE, "ulimit -n"),
        ({"strays": (17, 18)}, "stray processes", Finding.WRONG, "kill -9 17 18"),
        ({"abandoned": ("a", "b", "c", "d")}, "left-over folders", Finding.NOTE, "a, b, c, …"),
    ],
)
def test_what_is_not_good_is_told_with_what_to_do(change, name, finding, words) -> None:
    found = by_name(judge(FINE.replaced(**change)))[name]
    assert found.finding is finding
    assert words in found.advice


def test_what_a_system_does_not_tell_is_left_out() -> None:
    unknown: dict[str, Any] = dict.fromkeys(FINE.field_names)
    unknown |= {"temp_folder": "/some/folder", "temp_free": GB}
    assert {check.name for check in judge(MachineFacts(**unknown))} == {"/dev/shm", "disk"}


def test_python_and_packages_are_judged() -> None:
    python, own = judge_python((3, 11, 7), "CPython", VERSIONS)
    assert (python.finding, own.finding) == (Finding.FINE, Finding.FINE)
    old, broken = judge_python((3, 10, 1), "PyPy", {"cloudpickle": None, "loky": None})
    assert (old.finding, broken.finding) == (Finding.CARE, Finding.WRONG)
    assert broken.advice == "pip install cloudpickle loky"


@pytest.mark.parametrize(
    ("version", "finding", "words"),
    [
        ("7.0.1", Finding.CARE, "ipykernel>=7.1"),
        ("7.4.0", Finding.NOTE, "clicks"),
        ("7.3.0", Finding.FINE, ""),
    ],
)
def test_kernels_with_a_fault_are_known(version, finding, words) -> None:
    (found,) = judge_pictures({**VERSIONS, "ipykernel": version}, in_kernel=True)
    assert found.finding is finding
    assert words in found.advice


def test_without_widgets_a_notebook_is_wrong_and_a_terminal_is_not() -> None:
    none = {**VERSIONS, "anywidget": None}
    assert judge_pictures(none, in_kernel=True)[0].finding is Finding.WRONG
    assert judge_pictures(none, in_kernel=False)[0].finding is Finding.NOTE
    assert "pip install anywidget" in judge_pictures(none, in_kernel=True)[0].advice


NUMBERS = st.none() | st.integers(0, 1 << 50)
FACTS = st.builds(
    MachineFacts,
    **{name: NUMBERS for name in FINE.field_names if name not in {"temp_folder", "num_cpus"}}
    | {"num_cpus": st.none() | st.integers(1, 128), "temp_folder": st.text(max_size=20)}
    | {"abandoned": st.none() | st.lists(st.text(max_size=9), max_size=5).map(tuple)}
    | {"strays": st.none() | st.lists(st.integers(1, 99999), max_size=5).map(tuple)},
)


@given(FACTS, st.integers(0, 200))
def test_whatever_is_found_can_be_shown(facts: Any, width: int) -> None:
    found = judge(facts)
    assert diagnosis_text(found, width)
    page = diagnosis_html(found)
    assert page.count("<tr>") == len(found) + 1
    assert all(check.finding.word in page for check in found)


def test_markup_in_a_folders_name_is_escaped() -> None:
    page = diagnosis_html(judge(FINE.replaced(temp_folder="<script>")))
    assert "<script>" not in page


def test_it_looks_at_this_machine_and_starts_nothing() -> None:
    found = doctor()
    names = [check.name for check in found.checks]
    assert {"Python", "raylite", "CPUs", "session"} <= set(names)
    assert "raylite doctor" in repr(found)
    assert "<table" in found._repr_html_()


def test_it_falls_ill_of_nothing(monkeypatch) -> None:
    def broken(*_: object) -> Any:
        raise OSError("no such thing")

    for name in ("_memory", "_usage", "_runtime_pid"):
        monkeypatch.setattr(local_checkup, name, broken)
    monkeypatch.setattr(_doctor, "_session", broken)
    found = {check.name: check for check in checks()}
    assert found["session"].found == "cannot be asked"


def test_the_magic_shows_the_same(shell) -> None:
    assert isinstance(shell.run_cell("%raylite doctor").result, Diagnosis)


@pytest.mark.slow
def test_the_session_is_looked_at_too(ray) -> None:
    session = next(check for check in doctor().checks if check.name == "session")
    assert session.finding is Finding.FINE
    assert session.found.startswith("runs, ")


@pytest.mark.slow
def test_the_command_says_it_and_its_exit_code_is_0_if_nothing_is_wrong() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "raylite", "doctor"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii:replace"},
    )
    assert done.stdout.startswith("raylite doctor: ")
    assert done.stderr == ""
    assert done.returncode == int(" wrong, " in done.stdout.splitlines()[0])


@pytest.mark.slow
def test_processes_of_a_living_session_are_no_strays(ray) -> None:
    found = local_checkup.look()
    assert found.strays is not None
    ours = {process.pid for process in descendants()}
    assert len(ours) > 1
    assert not ours & set(found.strays)


def test_the_command_is_in_the_help(capsys) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert "doctor" in capsys.readouterr().out


def test_what_nobody_uses_any_more_is_found(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(local_checkup, "_temp_folder", lambda: str(tmp_path))
    for name in ("raylite-left", "raylite-used", "raylite-begun"):
        (tmp_path / name).mkdir()
    (tmp_path / "raylite-left" / "lock").touch()
    with (tmp_path / "raylite-used" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        abandoned = local_checkup.look().abandoned
    assert abandoned is not None
    mine = {Path(folder).name for folder in abandoned if folder.startswith(str(tmp_path))}
    assert mine == {"raylite-left"}
