# mypy: disable-error-code="attr-defined"
"""Loading the extension, and ``%raylite``."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from IPython.core.error import UsageError

import raylite
from raylite import notebook


def test_loading_adds_the_magics_and_twice_is_harmless(shell) -> None:
    first = shell.magics_manager.registry["RayliteMagics"]
    raylite.load_ipython_extension(shell)
    assert shell.magics_manager.registry["RayliteMagics"] is first
    assert shell.find_cell_magic("actor")
    assert shell.find_line_magic("raylite")


def test_unloading_takes_them_away_and_twice_is_harmless(shell) -> None:
    raylite.unload_ipython_extension(shell)
    raylite.unload_ipython_extension(shell)
    assert shell.find_cell_magic("actor") is None
    assert shell.find_line_magic("raylite") is None
    shell.run_cell("%reload_ext raylite").raise_error()
    assert shell.find_cell_magic("actor")


def test_the_bare_magic_is_the_status(shell) -> None:
    result = shell.run_cell("%raylite").result
    assert isinstance(result, notebook.SessionStatus)
    assert not result.is_running
    assert not raylite.is_initialized()


@pytest.mark.slow
def test_the_session_can_be_started_looked_at_and_ended(shell) -> None:
    try:
        started = shell.run_cell("%raylite init --num-cpus 3").result
        assert (started.is_running, started.cpus_total) == (True, 3)
        again = shell.run_cell("%raylite init").result
        assert again.cpus_total == 3
        assert not shell.run_cell("%raylite shutdown").result.is_running
        assert not raylite.is_initialized()
    finally:
        raylite.shutdown()


@pytest.mark.slow
def test_the_status_knows_living_and_dead_actors(ray) -> None:
    @ray.remote(num_cpus=1)
    class Counter:
        def ready(self):
            return True

    one, other = Counter.options(name="one").remote(), Counter.remote()
    ray.get([one.ready.remote(), other.ready.remote()])
    assert notebook.status().cpus_used == 2
    ray.kill(other)
    shown = notebook.status()
    assert [row.state.name for row in shown.actors] == ["ALIVE", "DEAD"]
    assert shown.actors[0].name == "one"
    assert shown.actors[0].pid
    assert "kill" in shown.actors[1].why


def test_an_unknown_word_is_told_in_one_sentence(shell) -> None:
    error = shell.run_cell("%raylite statsu").error_in_exec
    assert type(error) is UsageError
    assert "write one of status, " in str(error)


@pytest.mark.parametrize("line", ["memory --sort-by PID", "'memory"])
def test_an_unknown_option_is_told_with_where_to_look(shell, line) -> None:
    error = shell.run_cell(f"%raylite {line}").error_in_exec
    assert type(error) is UsageError
    assert str(error).startswith(f"%raylite {line}: ")
    assert str(error).endswith("%raylite? shows what can stand there.")


@pytest.mark.slow
def test_a_bar_in_a_terminal_needs_neither_IPython_nor_widgets() -> None:  # noqa: N802  # its name
    code = "import sys, raylite; raylite.progress([]); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "raylite.notebook.bars.waiting" in loaded
    assert not {"IPython", "anywidget", "traitlets", "numpy"}.intersection(loaded)


@pytest.fixture
def _no_stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test does to the way Python finds ``ray`` is undone."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield
    for name in [name for name in sys.modules if name == "ray" or name.startswith("ray.")]:
        del sys.modules[name]


@pytest.mark.usefixtures("_no_stand_in")
def test_a_notebook_written_for_ray_needs_one_line(shell, capsys) -> None:
    for _ in range(2):
        assert shell.run_cell("%raylite as-ray").result is None
        assert "'import ray' gives raylite from now on" in capsys.readouterr().out
    shell.run_cell("import ray\nfrom ray.util import ActorPool").raise_error()
    assert shell.user_ns["ray"] is raylite
    error = shell.run_cell("from ray import tune").error_in_exec
    assert "ray.tune is not part of raylite" in str(error)
    assert not raylite.is_initialized()


@pytest.mark.usefixtures("_no_stand_in")
def test_it_is_too_late_once_ray_itself_is_there(shell, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", ModuleType("ray"))
    error = shell.run_cell("%raylite as-ray").error_in_exec
    assert type(error) is UsageError
    assert "comes too late" in str(error)


@pytest.mark.slow
def test_workers_of_the_session_that_runs_already_learn_of_it(run_notebook) -> None:
    cells = run_notebook(
        "%load_ext raylite\nimport raylite\nraylite.init(num_cpus=1)\n"
        "@raylite.remote\ndef f():\n    import ray\n    return ray.get(ray.put('as ray'))",
        "raylite.get(raylite.remote(int).remote())",
        "%raylite as-ray",
        "import ray\nray.get(f.remote())",
    )
    assert [output["output_type"] for output in cells[2].outputs] == ["stream"]
    assert cells[3].outputs[0]["data"]["text/plain"] == "'as ray'"


@pytest.mark.parametrize(
    "cell",
    [
        "raylite.cancel(1)",
        "raylite.remote(int).options(num_cpus='2')",
        "@raylite.remote\ndef f(): pass\nf()",
        "%%actor --num-cpus 1\nclass A:\n    raylite.cancel(1)",
    ],
)
def test_a_slip_that_raylite_refuses_is_shown_without_its_own_lines(shell, capsys, cell) -> None:
    shell.user_ns["raylite"] = raylite
    error = shell.run_cell(cell).error_in_exec
    shown = capsys.readouterr().out
    assert str(error) in shown
    assert "Cell In[" in shown
    assert f"{Path(raylite.__file__).parent}" not in shown


def test_an_interrupt_is_shown_where_it_found_the_users_code(ray_shell, capsys) -> None:
    ray_shell.run_cell(
        "import os, signal, time\n"
        "@ray.remote\n"
        "def interrupt(pid):\n"
        "    os.kill(pid, signal.SIGINT)\n"
        "    time.sleep(60)\n"
        "ref = interrupt.remote(os.getpid())"
    ).raise_error()
    error = ray_shell.run_cell("while True:\n    ray.get(ref)").error_in_exec
    ray_shell.run_cell("ray.cancel(ref, force=True); del ref").raise_error()
    shown = capsys.readouterr().out
    assert isinstance(error, KeyboardInterrupt)
    assert "ray.get(ref)" in shown
    assert f"{Path(raylite.__file__).parent}" not in shown


@pytest.mark.slow
def test_a_slip_before_there_is_a_session_is_shown_without_our_lines_too(run_notebook) -> None:
    slip, wrong = run_notebook(
        "import raylite as ray\n@ray.remote\nclass Till:\n    pass\nTill()",
        "ray.init(num_cpus='two')",
    )
    for cell, meant in ((slip, "Till.remote(...)"), (wrong, "has to be a number")):
        shown = "".join(cell.outputs[0].traceback)
        assert meant in shown
        assert f"{Path(raylite.__file__).parent}" not in shown


def test_an_interrupt_does_not_tell_of_an_error_that_raylite_was_handling(
    bare_shell, capsys
) -> None:
    bare_shell.run_cell("%load_ext raylite").raise_error()
    bare_shell.run_cell(
        "from pathlib import Path\n"
        "def ours():\n"
        "    try:\n"
        "        Path('/nowhere').stat()\n"
        "    except FileNotFoundError:\n"
        "        raise KeyboardInterrupt\n"
    ).raise_error()
    code = bare_shell.user_ns["ours"].__code__
    ours = code.replace(co_filename=f"{Path(raylite.__file__).parent}/_somewhere.py")
    bare_shell.user_ns["ours"].__code__ = ours
    bare_shell.run_cell("ours()")
    assert "FileNotFoundError" not in capsys.readouterr().out
    # The user's own are told.
    bare_shell.run_cell("try:\n    {}['key']\nexcept KeyError:\n    ours()")
    shown = capsys.readouterr().out
    assert "FileNotFoundError" not in shown
    assert "KeyError: 'key'" in shown


def test_what_raylite_did_not_mean_to_raise_is_shown_whole(shell, capsys) -> None:
    shell.user_ns["raylite"] = raylite
    shell.run_cell("raylite.util.state.common.StateSchema().columns()")
    assert "common.py" in capsys.readouterr().out


def test_errors_of_the_users_own_and_of_syntax_are_shown_as_ever(bare_shell, capsys) -> None:
    shown = []
    for line in ("pass", "%load_ext raylite", "%unload_ext raylite"):
        bare_shell.run_cell(line).raise_error()
        capsys.readouterr()
        for cell in ("1 / 0", "1 +", "%nonsense", "import json\njson.loads('x')"):
            bare_shell.run_cell(cell)
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1] == shown[2]
