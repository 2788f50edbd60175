# mypy: disable-error-code="attr-defined"
"""``runtime_env``, as it is checked where it is written down."""

import pickle
from pathlib import Path
from typing import Any

import pytest

import raylite
from raylite._init_options import check_init
from raylite._options import UnsupportedError
from raylite._runtime_env import RuntimeEnv, check_runtime_env


def f() -> None:
    pass


class A:
    pass


WRONG = [
    ({"env_vars": {"A": 1}}, TypeError, "value 1 is of type int"),
    ({"env_vars": {1: "a"}}, TypeError, "name 1 is of type int"),
    ({"env_vars": 3}, TypeError, "dictionary of texts"),
    ({"env_vars": {"": "a"}}, ValueError, "a name is not empty"),
    ({"env_vars": {"A=B": "a"}}, ValueError, "no '='"),
    ({"env_vars": {"A": "\0"}}, ValueError, "no process"),
    ({"env_vars": {"A": "\ud800"}}, ValueError, "no process"),
    ({"working_dir": 3}, TypeError, "working_dir"),
    ({"working_dir": ""}, ValueError, "not a valid path"),
    ({"working_dir": "/nowhere/at/all"}, ValueError, "not a valid path"),
    ({"working_dir": __file__}, ValueError, "existing directory"),
    ({"working_dir": "https://example.org/x.zip"}, UnsupportedError, "nothing is downloaded"),
    ({"excludes": "*.csv"}, TypeError, "a list of texts"),
    ({"config": 3}, TypeError, "a dictionary"),
    ({"pip": ["requests"]}, UnsupportedError, "'pip'.*install packages there"),
    ({"conda": "base"}, UnsupportedError, "'conda'.*install packages there"),
    ({"py_modules": ["here"]}, UnsupportedError, "'py_modules'.*sys.path"),
    ({"container": {"image": "x"}}, UnsupportedError, "'container'.*processes of this machine"),
    ({"env_var": {"A": "1"}}, UnsupportedError, "no key 'env_var'.*misspelt"),
]


def check_at_init(runtime_env) -> None:
    names = ("address", "num_cpus", "num_gpus", "resources", "object_store_memory", "namespace")
    others = dict.fromkeys((*names, "log_to_driver", "logging_level"))
    check_init(**others, engine="processes", runtime_env=runtime_env)


@pytest.mark.parametrize(("runtime_env", "error", "said"), WRONG)
@pytest.mark.parametrize(
    "use",
    [
        lambda env: raylite.remote(runtime_env=env)(f),
        lambda env: raylite.remote(runtime_env=env)(A),
        lambda env: raylite.remote(f).options(runtime_env=env),
        lambda env: raylite.remote(A).options(runtime_env=env),
        check_at_init,
        lambda env: RuntimeEnv(**env),
    ],
    ids=["task", "actor", "task options", "actor options", "init", "RuntimeEnv"],
)
def test_what_is_wrong_is_refused_where_it_is_written(use, runtime_env, error, said) -> None:
    with pytest.raises(error, match=said):
        use(runtime_env)


@pytest.mark.parametrize("runtime_env", [3, "env", ["env_vars"]])
def test_anything_but_a_dictionary_is_refused(runtime_env) -> None:
    with pytest.raises(TypeError, match="runtime_env="):
        raylite.remote(runtime_env=runtime_env)(f)
    with pytest.raises(TypeError, match="has to be a dictionary"):
        check_at_init(runtime_env)


def test_what_asks_for_nothing_is_accepted() -> None:
    asking_for_nothing: list[Any] = [{"env_vars": {}}, {"pip": None}, {"pip": []}]
    for nothing in (None, {}, {"env_vars": None}, *asking_for_nothing):
        raylite.remote(runtime_env=nothing)(f)
        check_runtime_env(nothing, of_job=True)
    raylite.remote(runtime_env={"config": {"setup_timeout_seconds": 3}, "excludes": []})(f)


def test_a_directory_is_for_the_whole_job(tmp_path: Path) -> None:
    for target in (f, A):
        with pytest.raises(ValueError, match="at the job level only"):
            raylite.remote(runtime_env={"working_dir": str(tmp_path)})(target)
        with pytest.raises(TypeError, match="a text"):
            raylite.remote(runtime_env={"working_dir": tmp_path})(target)
    for folder in (tmp_path, str(tmp_path)):
        check_at_init({"working_dir": folder, "excludes": ["*.csv"]})


def test_options_put_their_variables_in_the_place_of_the_decorators() -> None:
    decorated = raylite.remote(runtime_env={"env_vars": {"A": "1"}})(f)
    assert decorated._task_options.env_vars == {"A": "1"}
    other = decorated.options(runtime_env={"env_vars": {"B": "2"}})
    assert other._task_options.env_vars == {"B": "2"}
    assert not decorated.options(runtime_env={})._task_options.env_vars
    assert decorated.options(num_cpus=2)._task_options.env_vars == {"A": "1"}


def test_a_runtime_env_is_a_dictionary_with_a_name() -> None:
    made = RuntimeEnv(env_vars={"A": "1"}, pip=None)
    assert made == {"env_vars": {"A": "1"}} == made.to_dict()
    assert (made.env_vars(), made.working_dir()) == ({"A": "1"}, "")
    copy = pickle.loads(pickle.dumps(made))
    assert type(copy) is RuntimeEnv
    assert copy == made
    assert raylite.remote(runtime_env=made)(f)._task_options.env_vars == {"A": "1"}
