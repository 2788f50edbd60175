"""Cells with raylite's magics, as they are written for Ray."""

import ast

import pytest

from raylite._port.analysis import Part
from raylite._port.finding import Direction, Kind
from raylite._port.magic_lines import read_cell
from raylite._port.program import ported

IMPORT = "import raylite as ray\n%load_ext raylite"
BODY = "class LinearModel:\n    def fit(self):\n        pass"


def cell(text: str, *, before: str = IMPORT) -> str:
    """What becomes of a cell behind one that imports raylite."""
    parts = [Part(text=before, cell="cell 1"), Part(text=text, cell="cell 2")]
    return ported(parts, Direction.TO_RAY).texts[1]


@pytest.mark.parametrize(
    ("line", "decorator", "start"),
    [
        ("", "@ray.remote", ""),
        ("--num-cpus 0 --max-restarts -1", "@ray.remote(num_cpus=0, max_restarts=-1)", ""),
        ("--as model", "@ray.remote", "model = LinearModel.remote()"),
        ("--start", "@ray.remote", "linear_model = LinearModel.remote()"),
        (
            "--start 10, step='a b' --as m",
            "@ray.remote",
            "m = LinearModel.remote(10, step='a b')",
        ),
        (
            "--name acc --resources {'camera': 1}",
            "@ray.remote(resources={'camera': 1})",
            'linear_model = LinearModel.options(name="acc").remote()',
        ),
        (
            "--name=acc --get-if-exists --start",
            "@ray.remote",
            'linear_model = LinearModel.options(name="acc", get_if_exists=True).remote()',
        ),
    ],
)
def test_an_actor_cell_becomes_a_remote_class(line: str, decorator: str, start: str) -> None:
    ending = f"\n\n\n{start}" if start else ""
    assert cell(f"%%actor {line}\n{BODY}") == f"{decorator}\n{BODY}{ending}"


def test_the_class_that_is_named_is_the_actor() -> None:
    text = "%%actor --class A --as a\nclass A:\n    pass\n\n\nclass B:\n    pass\n"
    expected = "@ray.remote\nclass A:\n    pass\n\n\nclass B:\n    pass\n\n\na = A.remote()\n"
    assert cell(text) == expected


def test_what_stands_behind_a_class_is_still_before_the_start() -> None:
    text = "%%actor --start\nclass A:\n    pass\n\n\nx = 1"
    assert cell(text) == "@ray.remote\nclass A:\n    pass\n\n\nx = 1\na = A.remote()"


def test_a_class_that_is_remote_already_gets_the_options() -> None:
    text = f"%%actor --num-cpus 0\n@ray.remote\n{BODY}"
    assert cell(text) == f"@ray.remote(num_cpus=0)\n{BODY}"


def test_a_task_cell_becomes_a_remote_function() -> None:
    function = "def square(x):\n    return x * x"
    expected = f"@ray.remote(num_cpus=0)\n{function}\n\n\nsquare_ref = square.remote(4)"
    assert cell(f"%%task --run 4 --num-cpus 0\n{function}") == expected


@pytest.mark.parametrize(
    "text",
    [
        "%%actor\nx = 1",
        "%%actor --class B\nclass A:\n    pass",
        "%%actor 'x\nclass A:\n    pass",
        f"%%actor --num-cpus 0\n@ray.remote(num_gpus=1)\n{BODY}",
        f"%%actor\n@other\n{BODY}",
    ],
)
def test_a_cell_that_is_not_to_be_written_anew_keeps_its_magic_as_a_comment(text: str) -> None:
    parts = [Part(text=IMPORT, cell="1"), Part(text=text, cell="2")]
    done = ported(parts, Direction.TO_RAY)
    assert done.texts[1] == f"# Not on Ray: {text}"
    assert [one.kind for one in done.findings if one.cell == "2"] == [Kind.MISSING]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%load_ext raylite", "# Not on Ray: %load_ext raylite"),
        ("%raylite init --num-cpus 4", "ray.init(num_cpus=4)"),
        ("%raylite init --num-cpus=4 --num-gpus=1", "ray.init(num_cpus=4, num_gpus=1)"),
        ("%raylite shutdown", "ray.shutdown()"),
        ("%raylite memory", "# Not on Ray: %raylite memory"),
        ("%timeline trace.json", 'ray.timeline("trace.json")'),
        ("%timeline", "# Not on Ray: %timeline"),
        ("%kill acc", 'ray.kill(ray.get_actor("acc"))'),
        ("acc = 1\n%kill acc", "acc = 1\nray.kill(acc)"),
        ("%watch acc", "# Not on Ray: %watch acc"),
        ("if x:\n    %actors", "if x:\n    pass  # Not on Ray: %actors"),
        ("%%trace --as t\nx = 1", "# Not on Ray: %%trace --as t\nx = 1"),
        ("%timeit x = 1\n!ls 'it\nx?", "%timeit x = 1\n!ls 'it\nx?"),
        ("%%bash\n%raylite memory\nif then", "%%bash\n%raylite memory\nif then"),
        ("text = '''\n%actors\n'''", "text = '''\n%actors\n'''"),
        ("x = (7\n%actors\n)", "x = (7\n%actors\n)"),
    ],
)
def test_what_becomes_of_a_magic(line: str, expected: str) -> None:
    assert cell(line) == expected


def test_the_name_under_which_a_program_has_raylite_is_used() -> None:
    assert cell("%raylite init", before="import raylite as rl") == "rl.init()"
    assert cell("%raylite init", before="import raylite") == "ray.init()"


def test_a_notebook_that_only_loads_the_magics_imports_ray() -> None:
    parts = [Part(text="%load_ext raylite", cell="1"), Part(text="%raylite init", cell="2")]
    assert ported(parts, Direction.TO_RAY).texts == ("import ray", "ray.init()")


def test_a_decorator_with_the_plain_name_is_changed_once() -> None:
    text = f"%%actor --num-cpus 0\n@raylite.remote\n{BODY}"
    assert cell(text, before="import raylite") == f"@ray.remote(num_cpus=0)\n{BODY}"


def test_in_a_percent_program_magics_stand_in_comments() -> None:
    text = (
        "# %% [markdown]\n# %%actor is explained\n\n# %% one\nimport raylite as ray\n\n"
        "# %% two\n# %%actor --as a\nclass A:\n    pass\n\n# %% three\n# %actors\n# 100 %actors\n"
    )
    parts = [Part(text=text, in_comments=True)]
    assert "# Not on Ray: %actors\n# 100 %actors\n" in ported(parts, Direction.TO_RAY).texts[0]


def test_a_cell_keeps_its_lines_whatever_magics_are_in_it() -> None:
    text = "x = %actors\r\n%time y = 1\r\nif x:\r\n\t!ls\r\nz = 2"
    read = read_cell(text)
    assert [magic.name for magic in read.magics] == ["actors", "time"]
    last = read.tree.body[-1]
    assert isinstance(last, ast.Assign)
    assert last.lineno == 5


@pytest.mark.parametrize("text", ["%actors\nx = (", "%%time\nx = (", "def f(:\n%actors"])
def test_what_is_not_python_beside_a_magic_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SyntaxError):
        read_cell(text)
