# mypy: disable-error-code="attr-defined"
"""``init(runtime_env=...)``: variables and a working directory for all that the job starts."""

import os
from pathlib import Path
from typing import Any

import pytest

import raylite
from raylite._core.node import working_dir
from tests.conftest import nothing_left
from tests.drivers import driver
from tests.processes import wait_until
from tests.runtimes import shared_runtime

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "of_the_job"
    made.mkdir()
    (made / "beside_the_job.py").write_text("def value():\n    return 'imported'\n")
    (made / "data.txt").write_text("as it was")
    (made / "big.bin").touch()
    return made


@pytest.fixture
def job(mark: str):
    """Starts a session with a ``runtime_env``; ended, and looked after, with the test."""
    with nothing_left(mark):
        yield lambda **runtime_env: raylite.init(num_cpus=2, runtime_env=runtime_env)
        raylite.shutdown()


@raylite.remote
def variables(*names):
    return {name: os.environ.get(name) for name in names}


@raylite.remote
class Actor:
    def look(self):
        names = sorted(path.name for path in Path().iterdir())
        return str(Path.cwd()), names, os.environ.get("A")

    def start_another(self):
        return raylite.get(
            Actor.options(runtime_env={"env_vars": {"A": "2"}}).remote().look.remote()
        )


def test_all_processes_of_the_job_have_its_variables(job) -> None:
    job(env_vars={"A": "job", "B": "job"})
    assert raylite.get(variables.remote("A", "B")) == {"A": "job", "B": "job"}
    added = variables.options(runtime_env={"env_vars": {"B": "task", "C": "${A}"}})
    assert raylite.get(added.remote("A", "B", "C")) == {"A": "job", "B": "task", "C": "job"}
    assert raylite.get(variables.options(runtime_env={}).remote("A")) == {"A": "job"}
    assert "A" not in os.environ
    assert raylite.get_runtime_context().runtime_env == {"env_vars": {"A": "job", "B": "job"}}


def test_workers_are_in_a_copy_of_the_working_directory(job, folder: Path) -> None:
    here = Path.cwd()
    job(working_dir=str(folder), excludes=["*.bin"], env_vars={"A": "1"})
    (folder / "data.txt").write_text("changed later")
    actor = Actor.remote()
    place, names, _ = raylite.get(actor.look.remote())
    assert names == ["beside_the_job.py", "data.txt"]
    assert place not in {str(here), str(folder)}
    assert raylite.get(actor.start_another.remote()) == (place, names, "2")
    assert Path.cwd() == here
    shown = raylite.get_runtime_context().runtime_env
    assert shown == {"working_dir": str(folder), "env_vars": {"A": "1"}}
    # What is handed on is not a wish for another directory.
    assert raylite.get(Actor.options(runtime_env=shown).remote().look.remote()) == (
        place,
        names,
        "1",
    )

    @raylite.remote
    def use():
        import beside_the_job  # type: ignore[import-not-found]

        Path("written.txt").write_text("by a task")
        return beside_the_job.value(), Path("data.txt").read_text()

    assert raylite.get(use.remote()) == ("imported", "as it was")
    assert "written.txt" in raylite.get(actor.look.remote())[1]
    assert not (folder / "written.txt").exists()


def test_the_copy_goes_with_the_session_and_the_next_job_has_its_own(job, folder: Path) -> None:
    job(working_dir=folder)
    first = raylite.get(Actor.remote().look.remote())[0]
    raylite.shutdown()
    assert not Path(first).exists()
    job(working_dir=folder)
    assert raylite.get(Actor.remote().look.remote())[0] != first


def test_a_path_is_meant_where_it_is_said(job, folder: Path, monkeypatch) -> None:
    monkeypatch.chdir(folder.parent)
    job(working_dir=folder.name)
    monkeypatch.chdir("/")
    assert raylite.get_runtime_context().runtime_env == {"working_dir": str(folder)}


def test_what_cannot_be_had_begins_no_session(job, folder: Path, monkeypatch) -> None:
    with pytest.raises(ValueError, match="existing directory"):
        job(working_dir=str(folder / "missing"))
    assert not raylite.is_initialized()
    monkeypatch.setattr(working_dir, "MAX_BYTES", 3)
    with pytest.raises(ValueError, match="exceeds the maximum"):
        job(working_dir=str(folder))
    assert not raylite.is_initialized()


JOB = """
import raylite as ray

@ray.remote
class Keeper:
    def look(self):
        return os.environ.get("A"), os.getcwd()

    def stands_in(self):
        import ray
        return ray.__name__

ray.init(address="auto", namespace="jobs", runtime_env={"env_vars": {"A": "%s"}, "working_dir": %r})
"""


def test_jobs_of_one_runtime_have_an_environment_each(
    mark: str, tmp_path: Path, folder: Path
) -> None:
    with nothing_left(mark), shared_runtime():
        # Who stands in for Ray does so in the workers of his own job.
        first = heard(
            JOB % ("one", str(folder))
            + """
ray.install_as_ray()
keeper = Keeper.options(name="keeper", lifetime="detached", max_restarts=1).remote()
say("kept", ray.get(keeper.look.remote()))
""",
            tmp_path,
        )
        assert first[0] == "one"
        assert (Path(first[1]) / "data.txt").exists()
        second = heard(
            JOB % ("two", str(folder))
            + """
keeper = ray.get_actor("keeper")
ray.kill(keeper, no_restart=False)
while True:
    try:
        found = ray.get([keeper.look.remote(), keeper.stands_in.remote()])
        break
    except ray.exceptions.RayActorError:
        time.sleep(0.01)
own = ray.get(Keeper.remote().look.remote())
ray.kill(keeper)
say("kept", [found, own])
""",
            tmp_path,
        )
        assert second[0] == [first, "raylite"]
        assert second[1][0] == "two"
        assert second[1][1] != first[1]
        # With the last of its job a copy goes, though the runtime stays.
        wait_until(lambda: not Path(first[1]).exists() and not Path(second[1][1]).exists())


def heard(script: str, folder: Path) -> Any:
    with driver(script, folder) as running:
        found = running.hear("kept")
        assert running.wait() == 0
        return found
