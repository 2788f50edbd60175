"""runtime_env: variables and files for the workers."""

import os

import pytest

from tests.compat.cases import raises


def with_variables(**variables):
    return {"runtime_env": {"env_vars": variables}}


@pytest.fixture
def variable(ray):
    @ray.remote
    def variable(name):
        return os.environ.get(name)

    return variable


def test_a_variable_for_a_task(ray, variable):
    assert ray.get(variable.options(**with_variables(COMPAT="one")).remote("COMPAT")) == "one"


def test_other_tasks_do_not_see_it(ray, variable):
    ray.get(variable.options(**with_variables(COMPAT="one")).remote("COMPAT"))
    assert ray.get(variable.remote("COMPAT")) is None
    assert "COMPAT" not in os.environ


def test_two_tasks_with_different_variables(ray, variable):
    refs = [variable.options(**with_variables(COMPAT=str(i))).remote("COMPAT") for i in range(2)]
    assert ray.get(refs) == ["0", "1"]


def test_a_variable_for_an_actor_and_its_children(ray, variable):
    @ray.remote
    class Reader:
        def __init__(self):
            self.at_start = os.environ["COMPAT"]

        def all(self):
            return self.at_start, ray.get(variable.remote("COMPAT"))

    reader = Reader.options(**with_variables(COMPAT="mine")).remote()
    assert ray.get(reader.all.remote()) == ("mine", "mine")


def test_an_empty_environment_changes_nothing(ray, variable):
    assert ray.get(variable.options(runtime_env={}).remote("COMPAT")) is None


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"env_vars": {"A": 1}}, "env_vars"),
        ({"env_vars": ["A"]}, "env_vars"),
        ({"working_dir": 5}, "working_dir"),
    ],
    ids=str,
)
def test_wrong_types(ray, variable, env, words):
    with raises(TypeError, words=words):
        variable.options(runtime_env=env).remote("A")


def test_a_folder_that_does_not_exist(ray, tmp_path):
    @ray.remote
    def work():
        pass

    with raises(ValueError, words="nowhere"):
        work.options(runtime_env={"working_dir": str(tmp_path / "nowhere")}).remote()
