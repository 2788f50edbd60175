# mypy: disable-error-code="attr-defined"
"""``%%task`` in a real IPython shell."""

import pytest
from IPython.core.error import UsageError

import raylite
from raylite._options import Target, names_for
from raylite.remote_function import RemoteFunction

SQUARE = """\
import math

def square(x, power=2):
    return math.pow(x, power)
"""


def run(shell, line, body=SQUARE):
    return shell.run_cell(f"%%task {line}\n{body}", store_history=True)


def refused(shell, line, body=SQUARE) -> str:
    """The sentence that a cell is refused with."""
    error = run(shell, line, body).error_in_exec
    assert type(error) is UsageError, error
    assert "\n" not in str(error)
    return str(error)


def test_the_function_of_the_cell_becomes_a_remote_function(shell) -> None:
    run(shell, "").raise_error()
    assert isinstance(shell.user_ns["square"], RemoteFunction)
    assert shell.user_ns["math"].pi > 3
    assert not raylite.is_initialized()


def test_of_several_functions_the_last_is_the_task_or_the_named_one(shell) -> None:
    body = "def a():\n    pass\ndef b():\n    pass"
    run(shell, "", body).raise_error()
    assert isinstance(shell.user_ns["b"], RemoteFunction)
    assert not isinstance(shell.user_ns["a"], RemoteFunction)
    run(shell, "--function a", body).raise_error()
    assert isinstance(shell.user_ns["a"], RemoteFunction)


def test_options_are_evaluated_in_the_users_namespace(shell) -> None:
    shell.user_ns["tries"] = 2
    run(shell, "--max-retries tries+1 --num-cpus 1/2 --num-returns 2").raise_error()
    assert shell.user_ns["square"]._options == {
        "max_retries": 3,
        "num_cpus": 0.5,
        "num_returns": 2,
    }


def test_a_function_that_is_decorated_keeps_its_options(shell) -> None:
    body = "import raylite as ray\n@ray.remote(max_retries=1, num_cpus=1)\ndef f():\n    pass"
    run(shell, "--num-cpus 2", body).raise_error()
    assert shell.user_ns["f"]._options == {"max_retries": 1, "num_cpus": 2}


def test_every_option_of_tasks_is_an_option_of_the_magic(shell) -> None:
    help_text = shell.magics_manager.magics["cell"]["task"].__doc__
    for name in names_for(Target.TASK):
        if not name.startswith("_"):
            assert f"--{name.replace('_', '-')}" in help_text


@pytest.mark.parametrize(
    ("line", "body", "words"),
    [
        ("", "x = 1", "needs a function in its cell"),
        ("--function cube", SQUARE, "the cell defines square"),
        ("--num-cpus -1", SQUARE, "%%task: "),
        ("--num-cpus two", SQUARE, "NameError"),
        ("--as 2x", SQUARE, "the name of a variable, such as --as ref"),
        ("--runs", SQUARE, "--runs"),
        ("'", SQUARE, "%%task: "),
        ("", "def f(): pass\nf = 3", "is no function any more"),
        ("", "async def f(): pass", "async def"),
        ("--run 1, 2, 3", SQUARE, "%%task --run 1, 2, 3: "),
        ("--run nothing", SQUARE, "quotes of its own"),
    ],
)
def test_what_does_not_fit_is_told_in_one_sentence(shell, line, body, words) -> None:
    assert words in refused(shell, line, body)


@pytest.mark.slow
def test_it_can_be_called_at_once_and_again(ray_shell, ray, capsys) -> None:
    for power in (3, 4):
        run(ray_shell, f"--run 2, power={power}").raise_error()
        assert ray.get(ray_shell.user_ns["square_ref"]) == 2**power
    assert capsys.readouterr().out.startswith("square: called; ray.get(square_ref) waits")
    run(ray_shell, "--as mine --run 5").raise_error()
    assert ray.get(ray_shell.user_ns["mine"]) == 25


@pytest.mark.slow
def test_the_ref_is_not_put_unasked_over_something_else(ray_shell) -> None:
    ray_shell.user_ns["square_ref"] = "precious"
    assert "--as NAME" in refused(ray_shell, "--run 2")
    assert ray_shell.user_ns["square_ref"] == "precious"
