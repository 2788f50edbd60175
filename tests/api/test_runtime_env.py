# mypy: disable-error-code="attr-defined"
"""Environment variables of tasks and actors, in the processes that run them."""

import os

import pytest


def variables(*names):
    return {name: os.environ.get(name) for name in names}


@pytest.fixture
def look(ray):
    return ray.remote(variables)


def env(**env_vars):
    return {"env_vars": env_vars}


def test_a_task_finds_its_variables_and_others_do_not(ray, look):
    found = ray.get(look.options(runtime_env=env(A="1", B="2")).remote("A", "B", "C"))
    assert found == {"A": "1", "B": "2", "C": None}
    assert ray.get(look.remote("A", "B")) == {"A": None, "B": None}
    assert "A" not in os.environ


def test_an_actor_has_them_for_life_and_through_a_restart(ray):
    @ray.remote(max_restarts=1, max_task_retries=-1, runtime_env=env(A="actor"))
    class Actor:
        def __init__(self):
            self.at_first = os.environ["A"]

        def look(self):
            return self.at_first, os.environ["A"], os.getpid()

        def crash_once(self, pid):
            if os.getpid() == pid:
                os._exit(1)

    actor = Actor.remote()
    first, now, pid = ray.get(actor.look.remote())
    ray.get(actor.crash_once.remote(pid))
    assert (first, now) == ("actor", "actor")
    assert ray.get(actor.look.remote())[:2] == ("actor", "actor")
    assert ray.get(Actor.options(runtime_env=env(A="other")).remote().look.remote())[0] == "other"


def test_what_a_task_starts_inherits_them_and_may_add_more(ray):
    @ray.remote
    def parent():
        look = ray.remote(variables)

        @ray.remote
        class Actor:
            def look(self):
                return variables("A", "B")

        return ray.get(
            [
                look.remote("A", "B"),
                look.options(runtime_env=env(B="child")).remote("A", "B"),
                Actor.remote().look.remote(),
                Actor.options(runtime_env=env(A="child")).remote().look.remote(),
            ]
        )

    assert ray.get(parent.options(runtime_env=env(A="parent", B="parent")).remote()) == [
        {"A": "parent", "B": "parent"},
        {"A": "parent", "B": "child"},
        {"A": "parent", "B": "parent"},
        {"A": "child", "B": "parent"},
    ]


def test_a_value_may_name_variables_and_those_before_it(ray, look):
    runtime_env = env(
        FIRST="1",
        SECOND="${FIRST}2",
        HOME_TOO="$HOME",
        NONE="<${NOT_THERE_AT_ALL}>",
        LATE="${LAST}",
    )
    found = ray.get(look.options(runtime_env=runtime_env).remote(*runtime_env["env_vars"]))
    assert found == {
        "FIRST": "1",
        "SECOND": "12",
        "HOME_TOO": os.environ.get("HOME"),
        "NONE": "<>",
        "LATE": "",
    }


def test_modules_are_found_along_pythonpath(ray, tmp_path):
    (tmp_path / "found_by_path.py").write_text("value = 'found'")

    @ray.remote(runtime_env=env(PYTHONPATH=f"{tmp_path}:${{PYTHONPATH}}"))
    def use():
        import found_by_path  # type: ignore[import-not-found]

        return found_by_path.value

    assert ray.get(use.remote()) == "found"


def test_the_time_zone_is_as_in_a_new_process(ray):
    @ray.remote(runtime_env=env(TZ="Etc/GMT-5"))
    def offset():
        import time

        return time.localtime(0).tm_gmtoff

    assert ray.get(offset.remote()) == 5 * 3600


def test_one_environment_is_one_set_of_workers(ray):
    @ray.remote
    def pid():
        return os.getpid()

    one, same = (pid.options(runtime_env=env(A=value)) for value in ("1", "1"))
    other = pid.options(runtime_env=env(A="2"))
    assert ray.get(one.remote()) == ray.get(same.remote())
    assert ray.get(other.remote()) not in {ray.get(one.remote()), ray.get(pid.remote())}


def test_many_environments_pass_through_few_cpus(ray, look):
    refs = [look.options(runtime_env=env(N=str(i))).remote("N") for i in range(12)]
    assert ray.get(refs) == [{"N": str(i)} for i in range(12)]


def test_a_generator_and_a_retry_run_in_the_environment_too(ray, tmp_path):
    @ray.remote(runtime_env=env(A="1"))
    def stream():
        yield os.environ["A"]

    @ray.remote(runtime_env=env(A="1"), max_retries=1)
    def second_time(file):
        if not file.exists():
            file.touch()
            os._exit(1)
        return os.environ["A"]

    assert [ray.get(ref) for ref in stream.remote()] == ["1"]
    assert ray.get(second_time.remote(tmp_path / "tried")) == "1"


def test_the_context_tells_the_environment(ray):
    @ray.remote
    def told():
        context = ray.get_runtime_context()
        return context.runtime_env, context.get_runtime_env_string()

    assert ray.get(told.remote()) == ({}, "{}")
    assert ray.get(told.options(runtime_env=env(A="${B}")).remote()) == (
        {"env_vars": {"A": "${B}"}},
        '{"env_vars": {"A": "${B}"}}',
    )
    assert ray.get_runtime_context().runtime_env == {}
