"""The copy of a working directory: what is in it, and what is left out."""

import os
from pathlib import Path

import pytest

from raylite._core.node import working_dir
from raylite._core.node.working_dir import copy_working_dir


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for name in ("main.py", "data/one.csv", "data/deep/two.csv", "notes.txt", "src/build/x.o"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def copied(source: Path, *excludes: str) -> list[str]:
    target = source.parent / "target"
    copy_working_dir(str(source), str(target), excludes)
    return sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file())


def test_everything_is_copied_as_it_is(source: Path) -> None:
    (source / "main.py").chmod(0o755)
    (source / "empty").mkdir()
    assert copied(source) == [
        "data/deep/two.csv",
        "data/one.csv",
        "main.py",
        "notes.txt",
        "src/build/x.o",
    ]
    target = source.parent / "target"
    assert (target / "main.py").read_text() == "main.py"
    assert os.access(target / "main.py", os.X_OK)
    assert (target / "empty").is_dir()


@pytest.mark.parametrize(
    ("excludes", "left"),
    [
        (["*.csv"], ["main.py", "notes.txt", "src/build/x.o"]),
        (["data/"], ["main.py", "notes.txt", "src/build/x.o"]),
        (["data/deep"], ["data/one.csv", "main.py", "notes.txt", "src/build/x.o"]),
        (["/build", "notes.txt/"], None),
        (["build"], ["data/deep/two.csv", "data/one.csv", "main.py", "notes.txt"]),
        (["**/build"], None),
        (["*.csv", "!one.csv"], ["data/one.csv", "main.py", "notes.txt", "src/build/x.o"]),
        (["# main.py", ""], None),
    ],
)
def test_patterns_leave_out_what_they_would_in_a_gitignore(
    source: Path, excludes: list[str], left: list[str] | None
) -> None:
    everything = ["data/deep/two.csv", "data/one.csv", "main.py", "notes.txt", "src/build/x.o"]
    assert copied(source, *excludes) == (everything if left is None else left)


def test_what_is_not_a_programs_own_is_left_out_by_itself(source: Path) -> None:
    for name in (
        ".git/config",
        "venv/bin/python",
        ".venv/x",
        "src/__pycache__/a.pyc",
        "secret.key",
    ):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).touch()
    (source / ".gitignore").write_text("*.key\ndata/\n")
    (source / ".rayignore").write_text("src\n")
    assert copied(source) == [".gitignore", ".rayignore", "main.py", "notes.txt"]


def test_links_are_followed_and_what_is_no_file_is_passed_over(source: Path) -> None:
    (source / "link.py").symlink_to(source / "main.py")
    (source / "nowhere").symlink_to(source / "missing")
    (source / "circle").symlink_to(source)
    os.mkfifo(source / "pipe")
    (source / "elsewhere").symlink_to(source.parent / "other")
    (source.parent / "other").mkdir()
    (source.parent / "other/model.bin").touch()
    assert copied(source, "data", "src") == [
        "elsewhere/model.bin",
        "link.py",
        "main.py",
        "notes.txt",
    ]
    assert not (source.parent / "target/circle").exists()


def test_nothing_stays_of_a_copy_that_fails(source: Path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copy", full)
    with pytest.raises(OSError, match="No space left"):
        copied(source)
    assert not (source.parent / "target").exists()


def test_too_much_is_refused_before_anything_is_copied(source: Path, monkeypatch) -> None:
    monkeypatch.setattr(working_dir, "MAX_BYTES", 5)
    with pytest.raises(ValueError, match="exceeds the maximum"):
        copied(source)
    assert not (source.parent / "target").exists()
