# mypy: disable-error-code="attr-defined"
"""``%%actor`` in a real IPython shell."""

import inspect

import pytest
from IPython.core.error import UsageError

import raylite
from raylite._options import Target, names_for
from raylite.actor import ActorClass
from raylite.notebook.magics import running_instances

pytestmark = pytest.mark.slow

COUNTER = """\
import math

class Counter:
    def __init__(self, n=0, step=1):
        self.n = n
        self.step = step

    def add(self):
        self.n += math.trunc(self.step)
        return self.n
"""


def run(shell, line, body=COUNTER):
    return shell.run_cell(f"%%actor {line}\n{body}", store_history=True)


def refused(shell, line, body=COUNTER) -> str:
    """The sentence that a cell is refused with."""
    error = run(shell, line, body).error_in_exec
    assert type(error) is UsageError, error
    assert "\n" not in str(error)
    return str(error)


def test_the_class_of_the_cell_becomes_an_actor_class(shell) -> None:
    run(shell, "").raise_error()
    assert isinstance(shell.user_ns["Counter"], ActorClass)
    assert shell.user_ns["math"].pi > 3
    assert not raylite.is_initialized()


def test_of_several_classes_the_last_is_the_actor(shell) -> None:
    run(shell, "", "class A:\n    pass\nclass B:\n    pass").raise_error()
    assert isinstance(shell.user_ns["A"], type)
    assert isinstance(shell.user_ns["B"], ActorClass)


def test_another_class_can_be_named(shell) -> None:
    run(shell, "--class A", "class A:\n    pass\nclass B:\n    pass").raise_error()
    assert isinstance(shell.user_ns["A"], ActorClass)
    assert isinstance(shell.user_ns["B"], type)


def test_options_are_those_of_the_class(shell) -> None:
    run(shell, "--max-restarts 2 --num-cpus 1/2 --resources {'camera': 1}").raise_error()
    options = shell.user_ns["Counter"]._ray_options
    assert options == {"max_restarts": 2, "num_cpus": 0.5, "resources": {"camera": 1}}


def test_values_are_evaluated_in_the_users_namespace(shell) -> None:
    shell.user_ns["limit"] = 3
    run(shell, "--max-restarts limit+1").raise_error()
    assert shell.user_ns["Counter"]._ray_options == {"max_restarts": 4}


def test_a_class_that_is_decorated_keeps_its_options(shell) -> None:
    body = "import raylite as ray\n@ray.remote(max_restarts=1, num_cpus=1)\nclass A:\n    pass"
    run(shell, "--num-cpus 2", body).raise_error()
    assert shell.user_ns["A"]._ray_options == {"max_restarts": 1, "num_cpus": 2}


def test_every_option_of_actors_is_an_option_of_the_magic(shell) -> None:
    help_text = shell.magics_manager.magics["cell"]["actor"].__doc__
    for name in names_for(Target.ACTOR):
        if not name.startswith("_"):
            assert f"--{name.replace('_', '-')}" in help_text


def test_the_question_mark_shows_the_help(shell, monkeypatch) -> None:
    from IPython.core import page

    shown = []
    monkeypatch.setattr(page, "page", lambda data, **_: shown.append(str(data)))
    shell.run_cell("%%actor?").raise_error()
    assert "--max-restarts" in shown[0]
    assert "Make the class in the cell an actor class" in shown[0]


def test_start_binds_a_handle_of_a_running_instance(ray_shell, ray, capsys) -> None:
    run(ray_shell, "--start 10, step=2").raise_error()
    assert ray.get(ray_shell.user_ns["counter"].add.remote()) == 12
    said = capsys.readouterr().out
    assert said.startswith("Counter: started an instance (pid ")
    assert said.endswith(", bound to counter\n")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        *(("--start", 1), ("--start 3", 4), ('--start "3, step=2"', 5), ("--start -3", -2)),
        *(("--as counter", 1), ("--name acc", 1), ("--start base * 2 --max-restarts 1", 21)),
        ("--max-restarts 1 --start base, step=base", 20),
    ],
)
def test_arguments_of_the_constructor_are_python(ray_shell, ray, line, answer) -> None:
    ray_shell.user_ns["base"] = 10
    run(ray_shell, line).raise_error()
    assert ray.get(ray_shell.user_ns["counter"].add.remote()) == answer


def test_a_text_has_quotes_of_its_own(ray_shell, ray) -> None:
    body = "class Echo:\n    def __init__(self, *a):\n        self.a = a\n    def get(self):\n"
    body += "        return self.a"
    run(ray_shell, """--as echo --start "'one two', {'x': 1}" """, body).raise_error()
    assert ray.get(ray_shell.user_ns["echo"].get.remote()) == ("one two", {"x": 1})
    said = refused(ray_shell, '--start "one"', body)
    assert "name 'one' is not defined" in said
    assert "quotes of its own" in said


def test_the_variable_is_chosen_with_as(ray_shell, ray) -> None:
    run(ray_shell, "--as mine --start 5").raise_error()
    assert ray.get(ray_shell.user_ns["mine"].add.remote()) == 6
    assert "counter" not in ray_shell.user_ns


def test_the_name_is_known_to_others(ray_shell, ray) -> None:
    run(ray_shell, "--name acc --start 5").raise_error()
    assert ray.get(ray.get_actor("acc").add.remote()) == 6


def test_running_the_cell_again_replaces_the_instance_and_says_so(ray_shell, ray, capsys) -> None:
    run(ray_shell, "--start 10").raise_error()
    old = ray_shell.user_ns["counter"]
    ray_shell.run_cell("also = counter")
    capsys.readouterr()
    run(ray_shell, "--start 20").raise_error()
    said = capsys.readouterr().out
    assert said.startswith("Counter: replaced the running instance (pid ")
    assert said.endswith("; also still refers to the old one, which is dead\n")
    assert said.count("\n") == 1
    assert ray.get(ray_shell.user_ns["counter"].add.remote()) == 21
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(old.add.remote())


def test_running_the_cell_of_a_named_actor_again_is_safe(ray_shell, ray, capsys) -> None:
    run(ray_shell, "--name acc --start 10").raise_error()
    run(ray_shell, "--name acc --start 20").raise_error()
    assert "replaced the running instance" in capsys.readouterr().out
    assert ray.get(ray.get_actor("acc").add.remote()) == 21


def test_an_instance_that_has_ended_is_not_replaced(ray_shell, ray, capsys) -> None:
    run(ray_shell, "--start").raise_error()
    ray.kill(ray_shell.user_ns["counter"])
    run(ray_shell, "--start").raise_error()
    assert "replaced" not in capsys.readouterr().out


def test_after_a_shutdown_the_cell_starts_anew(ray_shell, ray, capsys) -> None:
    run(ray_shell, "--start").raise_error()
    ray.shutdown()
    run(ray_shell, "--start 1").raise_error()
    assert "replaced" not in capsys.readouterr().out
    assert ray.get(ray_shell.user_ns["counter"].add.remote()) == 2


def test_an_instance_that_has_to_wait_does_not_hold_the_notebook_up(
    ray_shell, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(running_instances, "PATIENCE_S", 0.1)
    run(ray_shell, "--num-cpus 99 --start").raise_error()
    assert "started an instance (still starting)" in capsys.readouterr().out
    run(ray_shell, "--start").raise_error()
    assert "(pid not started → " in capsys.readouterr().out


def test_a_slip_in_the_arguments_does_not_cost_the_running_instance(ray_shell, ray) -> None:
    run(ray_shell, "--start 10").raise_error()
    assert "unexpected keyword argument" in refused(ray_shell, "--start stop=10")
    assert ray.get(ray_shell.user_ns["counter"].add.remote()) == 11


def test_with_get_if_exists_the_running_instance_is_kept(ray_shell, ray) -> None:
    run(ray_shell, "--name acc --start 10").raise_error()
    ray.get(ray_shell.user_ns["counter"].add.remote())
    run(ray_shell, "--name acc --get-if-exists --as other --start 10").raise_error()
    assert ray.get(ray_shell.user_ns["other"].add.remote()) == 12


def test_what_the_constructor_raises_is_shown_without_frames_of_ours(ray_shell, capsys) -> None:
    body = "class Bad:\n    def __init__(self):\n        raise ValueError('no')"
    result = run(ray_shell, "--start", body)
    assert isinstance(result.error_in_exec, raylite.exceptions.ActorDiedError)
    shown = capsys.readouterr().out
    assert f"Cell In[{result.execution_count}], line 4, in __init__" in shown
    assert "raylite/" not in shown


@pytest.mark.parametrize(
    ("line", "body", "sentence"),
    [
        ("", "x = 1", "%%actor needs a class in its cell"),
        ("--class C", "class A:\n    pass", "--class C: the cell defines A"),
        ("", "class A:\n    pass\nA = 3", "A is no class any more"),
        ("--as 1x", COUNTER, "has to be the name of a variable"),
        ("--as class", COUNTER, "has to be the name of a variable"),
        ("--num-cpus -1", COUNTER, "cannot be negative"),
        ("--num-cpus many", COUNTER, "--num-cpus many: NameError"),
        ("--memory -5", COUNTER, "memory=-5: a number of bytes cannot be negative"),
        ("--lifetime short --start", COUNTER, "an actor's lifetime is"),
        ("--lifetime detached", COUNTER, "--lifetime is about one instance: add --start"),
        ("--get-if-exists --start", COUNTER, "get_if_exists=True needs a name"),
        ("--bogus", COUNTER, "unrecognized arguments: --bogus"),
        ("--start (", COUNTER, "--start (: SyntaxError"),
        ("--start 1/0", COUNTER, "--start 1/0: ZeroDivisionError"),
        ("--start 'a", COUNTER, "No closing quotation"),
        ("--start 1, 2, 3", COUNTER, "too many positional arguments"),
    ],
)
def test_a_slip_is_told_in_one_sentence(shell, line, body, sentence) -> None:
    try:
        assert sentence in refused(shell, line, body)
    finally:
        raylite.shutdown()


def test_a_variable_that_holds_something_else_is_not_taken_unasked(ray_shell) -> None:
    ray_shell.user_ns["counter"] = [1]
    assert "holds list now: write --as NAME" in refused(ray_shell, "--start")
    assert ray_shell.user_ns["counter"] == [1]


def test_a_syntax_error_is_shown_as_ever_with_the_line_of_the_cell(shell, capsys) -> None:
    result = run(shell, "", "x = 1\nclass A:\n    def f(self) return 1")
    assert type(result.error_in_exec).__name__ == "SyntaxError"
    shown = capsys.readouterr().out
    assert f"Cell In[{result.execution_count}], line 4" in shown
    assert "def f(self) return 1" in shown
    assert "raylite" not in shown


def test_an_error_in_the_body_is_shown_with_the_lines_of_the_cell_alone(shell, capsys) -> None:
    result = run(shell, "", "def f():\n    return 1 / 0\n\nf()")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    shown = capsys.readouterr().out
    number = result.execution_count
    assert f"Cell In[{number}], line 5" in shown
    assert f"Cell In[{number}], line 3, in f()" in shown
    assert "raylite" not in shown
    assert "interactiveshell" not in shown


def test_the_source_can_be_inspected(shell) -> None:
    run(shell, "").raise_error()
    source = inspect.getsource(shell.user_ns["Counter"].add)
    assert source.strip().startswith("def add(self):")


def test_magics_and_shell_escapes_in_the_body_work(shell) -> None:
    run(shell, "", "%env RAYLITE_X=1\nclass A:\n    pass").raise_error()
    assert isinstance(shell.user_ns["A"], ActorClass)
