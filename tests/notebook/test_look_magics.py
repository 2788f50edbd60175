# mypy: disable-error-code="attr-defined"
"""``%actors``, ``%tasks``, ``%objects``, ``%timeline`` and ``%kill``, and their functions."""

import json
import pickle

import pytest
from IPython.core.error import UsageError

import raylite
from raylite import notebook
from raylite.notebook.magics.actor_finder import UnknownActorError, find_actor
from raylite.notebook.magics.kill_actor import kill
from raylite.notebook.tables.session_lists import actors, objects, tasks
from tests.processes import wait_until

CELL = """
@ray.remote
class Counter:
    def __init__(self, n=0):
        self.n = n
    def add(self):
        self.n += 1
        return self.n

counter = Counter.remote()
named = Counter.options(name="accounts", max_restarts=1, max_task_retries=-1).remote()
ray.get([counter.add.remote(), named.add.remote()])
"""


@pytest.fixture
def with_actors(ray_shell, ray):
    ray_shell.run_cell(CELL).raise_error()
    yield ray_shell
    for name in ("counter", "named"):
        ray.kill(ray_shell.user_ns[name])


def refused(shell, line) -> str:
    """The sentence that a line is refused with."""
    error = shell.run_cell(line).error_in_exec
    assert type(error) is UsageError, error
    assert "\n" not in str(error)
    return str(error)


@pytest.mark.parametrize("magic", ["%actors", "%tasks", "%objects"])
def test_without_a_session_the_tables_say_so_and_start_none(shell, magic) -> None:
    found = shell.run_cell(magic).result
    assert found == []
    assert "no session" in repr(found)
    assert "no session" in found._repr_html_()
    assert not raylite.is_initialized()


@pytest.mark.parametrize(
    "magic", ["actors", "tasks", "objects", "timeline", "watch", "kill", "raylite"]
)
def test_every_magic_has_a_help(shell, magic) -> None:
    text = shell.magics_manager.magics["line"][magic].__doc__
    assert f"%{magic}" in text
    assert len(text.splitlines()) > 4


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%actors --stat", "%actors? shows what can stand there."),
        ("%tasks -n many", "%tasks -n many: "),
        ("%tasks -n -3", "0 or more"),
        ("%kill", "%kill: "),
        ("%kill 'a", "%kill 'a: "),
        ("%kill nobody", "there is no session"),
        ("%watch nobody", "there is no session"),
        ("%timeline", "There is no session"),
        ("%timeline trace.json", "There is no session"),
        ("%raylite init --num-cpus -2", "%raylite init --num-cpus -2: "),
        ("%raylite doctr", "Did you mean doctor?"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(shell, line, words) -> None:
    assert words in refused(shell, line)
    assert not raylite.is_initialized()


@pytest.mark.slow
def test_actors_are_listed_with_the_variables_that_hold_them(with_actors) -> None:
    found = with_actors.run_cell("%actors --state alive").result
    mine = [one for one in found if one.class_name == "Counter"]
    assert {one.name for one in mine} >= {"", "accounts"} or len(mine) >= 2
    text, page = repr(found), found._repr_html_()
    for word in ("ALIVE", "Counter", "accounts", "counter"):
        assert word in text
        assert word in page
    assert [one.name for one in with_actors.run_cell("%actors acc").result] == ["accounts"]
    by_variable = with_actors.run_cell("%actors counter -n 1").result
    assert len(by_variable) == 1
    assert pickle.loads(pickle.dumps(by_variable)) == list(by_variable)


@pytest.mark.slow
def test_tasks_are_listed_newest_last(with_actors, ray) -> None:
    with_actors.run_cell(
        "@ray.remote\ndef first(): return 1\n@ray.remote\ndef second(): raise ValueError('no')\n"
        "ray.wait([first.remote()])\nray.wait([second.remote()])"
    ).raise_error()
    names = [one.name for one in with_actors.run_cell("%tasks").result]
    assert names.index("first") < names.index("second")
    failed = with_actors.run_cell("%tasks second --state failed").result
    assert {one.state for one in failed} == {"FAILED"}
    assert "FAILED" in repr(failed)
    assert len(tasks(limit=1)) == 1
    assert "more: raise the limit" in repr(tasks(limit=1))
    assert tasks("Counter.add")


@pytest.mark.slow
def test_objects_are_listed_largest_first_with_the_line_that_made_them(with_actors, ray) -> None:
    with_actors.run_cell("small = ray.put(b'x')\nlarge = ray.put(bytes(1_000_000))").raise_error()
    found = with_actors.run_cell("%objects").result
    assert found[0].object_size >= 1_000_000
    assert "1.0 MB" in repr(found) or "KB" in repr(found)
    assert "Cell In" in repr(found)
    assert objects(found[0].object_id)[0].object_id == found[0].object_id


@pytest.mark.slow
def test_the_timeline_can_be_written_to_a_file(with_actors, tmp_path, capsys) -> None:
    file = tmp_path / "trace.json"
    with_actors.run_cell(f"%timeline {file}").raise_error()
    assert json.loads(file.read_text())
    assert "ui.perfetto.dev" in capsys.readouterr().out


@pytest.mark.slow
def test_kill_knows_variables_names_and_beginnings_of_ids(ray_shell, ray, capsys) -> None:
    ray_shell.run_cell(CELL).raise_error()
    third = ray_shell.run_cell("other = [Counter.remote()]; ray.get(other[0].add.remote())")
    third.raise_error()
    short = ray_shell.user_ns["other"][0]._ray_actor_id[:10]
    ray_shell.run_cell(f"%kill counter accounts {short}").raise_error()
    said = capsys.readouterr().out.splitlines()[-3:]
    assert said[0].startswith("Killed Counter in counter (pid ")
    assert said[1].startswith("Killed Counter 'accounts' (pid ")
    assert all(line.startswith("Killed Counter") for line in said)
    ray_shell.run_cell("%kill counter").raise_error()
    assert capsys.readouterr().out.endswith("was dead already.\n")


@pytest.mark.slow
def test_kill_with_restart_says_whether_it_comes_back(ray_shell, ray) -> None:
    ray_shell.run_cell(CELL).raise_error()
    assert "starts again" in kill("accounts", restart=True)
    wait_until(lambda: actors("accounts", state="alive") and actors("accounts")[0].num_restarts)
    assert ray.get(ray_shell.user_ns["named"].add.remote()) == 1
    assert "no restarts left" in kill(ray_shell.user_ns["counter"], restart=True)
    ray.kill(ray_shell.user_ns["named"])


@pytest.mark.slow
def test_who_is_not_there_is_answered_with_who_is(with_actors) -> None:
    assert "Did you mean accounts?" in refused(with_actors, "%kill acounts")
    assert "There are " in refused(with_actors, "%kill zzz")
    with pytest.raises(UnknownActorError, match="any of"):
        find_actor("Counter", {})


@pytest.mark.slow
def test_a_handle_of_a_session_that_is_over_is_told(ray_shell, ray) -> None:
    ray_shell.run_cell(CELL).raise_error()
    handle = ray_shell.user_ns["counter"]
    handle_id = handle._ray_actor_id
    try:
        handle._ray_actor_id = "0" * 32
        assert "another session" in refused(ray_shell, "%kill counter")
    finally:
        handle._ray_actor_id = handle_id
        ray.kill(handle)
        ray.kill(ray_shell.user_ns["named"])


@pytest.mark.slow
def test_a_name_with_markup_is_escaped(ray) -> None:
    @ray.remote
    class Odd:
        def ready(self):
            return True

    odd = Odd.options(name="<script>alert(1)</script>").remote()
    ray.get(odd.ready.remote())
    page = actors("<script>")._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    ray.kill(odd)


def test_the_functions_are_reached_from_the_notebook_package() -> None:
    assert notebook.actors is actors
    assert notebook.tasks is tasks
    assert notebook.objects is objects
    assert notebook.kill is kill


@pytest.mark.slow
def test_the_timeline_and_the_watched_actor_are_pictures_with_a_text(with_actors) -> None:
    for line, word in (
        ("%timeline", ""),
        ("%watch counter", "Counter"),
        ("%watch accounts", "Counter"),
        ("%watch counter named", "Counter"),
    ):
        shown = with_actors.run_cell(line)
        shown.raise_error()
        assert word in repr(shown.result)
    assert "Did you mean accounts?" in refused(with_actors, "%watch acounts")


@pytest.mark.slow
def test_what_a_magic_makes_was_made_in_its_line(ray_shell) -> None:
    for cell in ("%%task --run 2\ndef double(x): return 2 * x", "%%actor --start\nclass A: pass"):
        ray_shell.run_cell(cell, store_history=True).raise_error()
    sites = {one.call_site for one in objects()}
    assert sum("Cell In[" in site and "<module>:1" in site for site in sites) == 2
