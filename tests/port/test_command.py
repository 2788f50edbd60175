"""The command ``raylite port``: files in, sentences and files out, and its exit code."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from raylite.cli import main

ROOT = Path(__file__).parent.parent.parent
SOLVED = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))
WRITTEN = sorted((ROOT / "tests" / "programs" / "written_for_ray").glob("*.py"))
OURS = "import raylite as ray\n\nray.init()\n"
THEIRS = "import ray\n\nray.init()\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "words.py"
    path.write_text(OURS)
    return path


def test_it_lists_the_lines_and_changes_nothing(program: Path, capsys) -> None:
    program.write_text(OURS + "ray.dashboard()\n")
    assert main(["port", str(program)]) == 1
    out = capsys.readouterr().out
    assert "2 places: 1 cannot run there, 1 is written anew." in out
    assert "1:8  import raylite as ray\n" in out
    assert "✎ is written anew: import ray\n" in out
    assert "4:1  ray.dashboard()\n" in out
    assert "✕ cannot run there: raylite.dashboard" in out
    assert "→ Look at Ray's dashboard" in out
    assert program.read_text() == OURS + "ray.dashboard()\n"


def test_nothing_to_do_is_said_with_the_exit_code_0(program: Path, capsys) -> None:
    program.write_text(THEIRS)
    assert main(["port", str(program)]) == 0
    assert capsys.readouterr().out == f"{program}: nothing to do, it runs on Ray as it is.\n"


def test_to_ray_prints_the_program_and_only_that(program: Path, capsys) -> None:
    assert main(["port", "--to-ray", str(program)]) == 1
    out, err = capsys.readouterr()
    assert out == THEIRS
    assert "is written anew" in err
    assert program.read_text() == OURS


def test_write_changes_the_file_and_tells_what_is_left(program: Path, capsys) -> None:
    program.chmod(0o754)
    assert main(["port", "--write", str(program)]) == 0
    assert program.read_text() == THEIRS
    assert program.stat().st_mode & 0o777 == 0o754
    assert "Written" in capsys.readouterr().out
    assert main(["port", "--write", "--to-raylite", str(program)]) == 0
    assert program.read_text() == OURS
    assert list(program.parent.iterdir()) == [program]


def test_what_has_to_be_changed_by_hand_is_left_and_told(program: Path, capsys) -> None:
    program.write_text(OURS + "ray.watch(1)\n")
    assert main(["port", "--write", str(program)]) == 1
    assert program.read_text() == THEIRS + "ray.watch(1)\n"
    assert "1 place: 1 cannot run there." in capsys.readouterr().out


def test_with_an_output_the_file_itself_stays(program: Path, tmp_path: Path) -> None:
    target = tmp_path / "on_ray.py"
    assert main(["port", str(program), "-o", str(target)]) == 0
    assert (program.read_text(), target.read_text()) == (OURS, THEIRS)


def test_several_files_go_to_a_folder(program: Path, tmp_path: Path, capsys) -> None:
    second, folder = tmp_path / "same.py", tmp_path / "ray"
    second.write_text(THEIRS)
    assert main(["port", str(program), str(second), "-o", str(folder)]) == 2
    assert "a folder" in capsys.readouterr().err
    folder.mkdir()
    assert main(["port", str(program), str(second), "-o", str(folder)]) == 0
    assert [(folder / name).read_text() for name in ("words.py", "same.py")] == [THEIRS, THEIRS]


def test_a_link_stays_a_link(program: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.py"
    link.symlink_to(program)
    assert main(["port", "--write", str(link)]) == 0
    assert link.is_symlink()
    assert program.read_text() == THEIRS


def test_a_notebook_is_ported_cell_by_cell(tmp_path: Path, capsys) -> None:
    path = tmp_path / "lesson.ipynb"
    cells = [{"cell_type": "code", "source": [line]} for line in (OURS.strip(), "%actors")]
    path.write_text(json.dumps({"cells": cells}))
    assert main(["port", str(path)]) == 1
    assert "cell 2, 1:1  %actors" in capsys.readouterr().out
    assert main(["port", "--write", str(path)]) == 0
    codes = [cell["source"] for cell in json.loads(path.read_text())["cells"]]
    assert codes == [THEIRS.strip().splitlines(keepends=True), ["# Not on Ray: %actors"]]


def stdin(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))


def test_a_dash_is_standard_input(monkeypatch, capsys) -> None:
    stdin(monkeypatch, OURS.encode())
    assert main(["port", "--to-ray", "-"]) == 1
    assert capsys.readouterr().out == THEIRS


def test_a_notebook_comes_through_standard_input_too(monkeypatch, capsys) -> None:
    stdin(monkeypatch, b'{"cells": [{"cell_type": "code", "source": "import raylite as ray"}]}')
    assert main(["port", "--to-ray", "-"]) == 1
    out = capsys.readouterr().out
    assert out == '{"cells": [{"cell_type": "code", "source": "import ray"}]}'


@pytest.mark.parametrize(
    "raw",
    [
        b"# -*- coding: latin-1 -*-\r\nimport raylite as ray  # \xe4\r\n",
        b"\xef\xbb\xbfimport raylite as ray\n# \xc3\xa4",
    ],
)
def test_the_encoding_and_the_ends_of_lines_stay(program: Path, raw: bytes) -> None:
    program.write_bytes(raw)
    assert main(["port", "--write", str(program)]) == 0
    assert program.read_bytes() == raw.replace(b"raylite as ray", b"ray")


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.py", b"x = 1\ny = (\n", "line 2: this is not Python: '(' was never closed"),
        ("a.py", b"-" * 100_000 + b"1", "nested too deeply"),
        ("a.py", b"# coding: nothing\n", "this is not Python: unknown encoding"),
        ("a.py", b"# coding: rot13\nimport enlyvgr\n", "no text, or is in another encoding"),
        ("a.py", b"\n\n\xff", "no text, or is in another encoding"),
        ("a.ipynb", b"\xff", "no text, or is in another encoding"),
        ("a.ipynb", b"x = 1", "not the text of a notebook"),
        ("a.ipynb", b'{"cells": 1}', "no notebook"),
        (
            "a.ipynb",
            b'{"cells": [{"cell_type": "code", "source": "x = ("}]}',
            "cell 1, line 1: this is not Python",
        ),
    ],
)
def test_what_cannot_be_read_is_a_sentence(
    tmp_path: Path, capsys, name: str, raw: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    assert main(["port", "--write", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, said in err, err.count("\n")) == ("", True, 1)
    assert path.read_bytes() == raw


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.py"], "nowhere.py: No such file"),
        (["."], ".: Is a directory"),
        (["-", "--write"], "standard input"),
        (["a.py", "b.py", "--to-ray"], "add --write, or -o DIR"),
        (["a.py", "b/a.py", "-o", "."], "two files would be written as a.py"),
    ],
)
def test_misuse_is_a_sentence(
    tmp_path: Path, monkeypatch, capsys, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["port", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, said in err, err.count("\n")) == ("", True, 1)


def test_a_read_only_file_stays(program: Path, capsys) -> None:
    program.chmod(0o444)
    assert main(["port", "--write", str(program)]) == 2
    assert capsys.readouterr().err == (
        f"raylite port: {program}: this is read-only, and left as it is.\n"
    )
    assert program.read_text() == OURS


def test_what_was_not_written_is_not_said_to_be(program: Path, capsys) -> None:
    assert main(["port", "--write", str(program)]) == 0
    assert "Written" in capsys.readouterr().out
    assert main(["port", "--write", str(program)]) == 0
    assert "Written" not in capsys.readouterr().out


def test_a_device_is_neither_read_for_ever_nor_replaced(program: Path, capsys) -> None:
    assert main(["port", "/dev/zero"]) == 2
    assert "no end" in capsys.readouterr().err
    assert main(["port", str(program), "-o", "/dev/null"]) == 0
    assert Path("/dev/null").is_char_device()


def test_what_python_warns_of_is_not_told_here(program: Path, capsys) -> None:
    program.write_text("x = '\\d' is 3\n")
    assert main(["port", str(program)]) == 0
    assert capsys.readouterr().err == ""


def test_one_file_that_cannot_be_read_does_not_keep_the_others(program: Path, capsys) -> None:
    assert main(["port", "nowhere.py", str(program)]) == 2
    out, err = capsys.readouterr()
    assert "words.py: 1 place" in out
    assert "nowhere.py" in err


def test_where_nothing_can_be_written_the_file_stays(program: Path, capsys) -> None:
    assert main(["port", str(program), "-o", "/proc/nothing.py"]) == 2
    assert capsys.readouterr().err.startswith("raylite port: /proc/nothing.py: ")


def test_a_control_character_in_a_program_does_not_reach_the_terminal(
    program: Path, capsys
) -> None:
    program.write_text("import raylite as ray; x = '\x1b[2J\a'\n")
    main(["port", str(program)])
    assert "\x1b" not in capsys.readouterr().out


def test_what_was_in_its_form_for_a_formatter_is_so_on_ray(tmp_path: Path) -> None:
    for path in (*SOLVED, *WRITTEN):
        shutil.copy(path, tmp_path)
    assert ruff("format", tmp_path) == 0
    for path in tmp_path.iterdir():
        assert main(["port", "--write", "--to-raylite", str(path)]) in {0, 1}
    for path in tmp_path.iterdir():
        assert main(["port", "--write", str(path)]) in {0, 1}
    assert ruff("format", "--check", tmp_path) == 0


def ruff(*arguments: object) -> int:
    """Ruff's exit code, with nothing of this project's said to it."""
    command = [sys.executable, "-m", "ruff", *map(str, arguments), "--isolated"]
    return subprocess.run(command, capture_output=True, check=False).returncode
