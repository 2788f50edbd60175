"""runtime_env: variables and files for the workers."""

import os

import pytest

from tests.compat.cases import different, raises


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


@different(
    ray="A key that `runtime_env` does not have is passed over.",
    raylite="It is a ValueError by `.options(...)` itself, which names the keys there are.",
    why="A misspelt key has no effect, and nobody would know why.",
)
def test_a_key_that_does_not_exist(ray, engine, variable):
    misspelt = {"runtime_env": {"env_var": {"COMPAT": "one"}}}
    if engine == "ray":
        assert ray.get(variable.options(**misspelt).remote("COMPAT")) is None
    else:
        with raises(ValueError, words=("env_var", "env_vars")):
            variable.options(**misspelt)


@different(
    ray="An environment that cannot be made, as one of conda without conda, fails with the task.",
    raylite="Whoever asks for `pip`, `uv`, `conda` or `container` is told so at once: ValueError.",
    why="Workers run in the driver's own environment: packages are installed there.",
    on_ray="ray",
)
def test_an_environment_of_packages(ray, engine, variable):
    if engine == "ray":
        asked = {"conda": "an environment that nobody has"}
        with raises(ray.exceptions.RuntimeEnvSetupError, words="conda"):
            ray.get(variable.options(runtime_env=asked).remote("COMPAT"))
        return
    for key, value in {"pip": ["a"], "uv": ["a"], "conda": "a", "container": {"a": "b"}}.items():
        with raises(ValueError, words=(key, "not supported")):
            variable.options(runtime_env={key: value})


@different(
    ray="The runtime context names a folder that was given by where it was uploaded: `gcs://...`.",
    raylite="It names the folder as it was given.",
    why="Nothing is uploaded: all workers are on the machine where the folder is.",
    on_ray="ray",
)
def test_how_a_working_dir_is_named(no_session, engine, tmp_path):
    ray = no_session
    (tmp_path / "data.txt").write_text("mine")
    ray.init(runtime_env={"working_dir": str(tmp_path)}, num_cpus=1, include_dashboard=False)

    @ray.remote
    def read():
        with open("data.txt") as file:  # noqa: PTH123  # as programs of courses do
            return file.read(), ray.get_runtime_context().runtime_env["working_dir"]

    text, told = ray.get(read.remote())
    assert text == "mine"
    if engine == "ray":
        assert told.startswith("gcs://")
    else:
        assert told == str(tmp_path)
