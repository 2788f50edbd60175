"""``init`` with a runtime that was there before: who joins it, and who does not."""

import signal
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

import raylite
from raylite import _engine
from raylite._core.core_worker import core_process
from raylite._core.node.session_folder import runtime_folder
from tests.drivers import driver
from tests.processes import wait_until
from tests.runtimes import Greeter, run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("how", ["", "address='auto'", "namespace='x'", "address=FOLDER"])
def test_init_finds_the_runtime(how, runtime, tmp_path):
    script = f"""
FOLDER = {runtime.address!r}
context = ray.init({how})
say("head", [context.address_info["address"], ray.get(Counter.remote().add.remote())])
say("cpus", ray.cluster_resources()["CPU"])
"""
    with driver(script, tmp_path) as running:
        assert running.hear("head") == [runtime.address, 1]
        assert running.hear("cpus") == 2
        assert running.wait() == 0


def test_so_does_the_first_use_without_init(runtime, tmp_path):
    run("assert ray.get(Counter.remote().add.remote()) == 1", tmp_path)
    assert [row["job_id"] for row in runtime.look()["jobs"]] == ["01000000"]


def test_local_is_a_session_of_the_programs_own(runtime, tmp_path):
    script = 'say("cpus", ray.init(address="local", num_cpus=7) and ray.cluster_resources())'
    with driver(script, tmp_path) as running:
        assert running.hear("cpus")["CPU"] == 7
        assert running.wait() == 0
    assert not runtime.look()["jobs"]


@pytest.mark.parametrize(
    "arguments", [{"num_cpus": 1}, {"num_gpus": 0}, {"resources": {"a": 1}, "address": "auto"}]
)
def test_what_only_a_new_session_can_have_is_refused(arguments, runtime):
    with pytest.raises(ValueError, match=r"When connecting to an existing cluster.*'local'"):
        raylite.init(**arguments)
    assert not raylite.is_initialized()
    assert not runtime.look()["jobs"]


@pytest.mark.parametrize("address", ["auto", "/nowhere/raylite-0"])
def test_without_a_runtime_there_is_nothing_to_join(address):
    with pytest.raises(ConnectionError, match=r"any running instance.*raylite start --head"):
        raylite.init(address=address, num_cpus=1)


@pytest.mark.parametrize("name", ["RAY_ADDRESS", "RAYLITE_ADDRESS"])
def test_the_environment_counts_before_auto(name, runtime, monkeypatch):
    monkeypatch.setenv(name, "local")
    with raylite.init(address="auto", num_cpus=5):
        assert raylite.cluster_resources()["CPU"] == 5
    monkeypatch.setenv(name, runtime.address)
    with raylite.init() as context:
        assert context.address_info["address"] == runtime.address


def test_a_cluster_of_rays_in_the_environment_is_noted(runtime, monkeypatch, caplog):
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    with raylite.init():
        assert runtime.num_drivers() == 1
    assert "RAY_ADDRESS=10.0.0.1:6379" in caplog.text


def test_nonsense_in_raylites_own_variable_is_refused(monkeypatch):
    monkeypatch.setenv("RAYLITE_ADDRESS", "10.0.0.1:6379")
    with pytest.raises(ConnectionError, match="RAYLITE_ADDRESS"):
        raylite.init()


def test_another_python_is_refused(runtime):
    address = Path(runtime.address) / "address"
    text = address.read_text()
    version = f'"python": "{sys.version_info.major}.{sys.version_info.minor}"'
    assert version in text
    address.write_text(text.replace(version, '"python": "3.9"'))
    with pytest.raises(RuntimeError, match="Version mismatch"):
        raylite.init()
    address.write_text(text)


def test_a_second_init_is_refused_or_ignored_as_ever(joined):
    with pytest.raises(RuntimeError, match="ignore_reinit_error"):
        raylite.init(address="auto")
    raylite.init(address="auto", ignore_reinit_error=True)
    assert joined.num_drivers() == 1


def test_shutdown_leaves_and_init_joins_again(runtime):
    for number in range(1, 4):
        raylite.init(namespace="lab")
        context = raylite.get_runtime_context()
        assert context.get_job_id() == f"{number:02x}000000"
        # The name is free as soon as its last job has left.
        actor = Greeter.options(name="named").remote()
        assert raylite.get(actor.hi.remote()) == "hi"
        raylite.shutdown()
        assert runtime.num_drivers() == 0
    assert runtime.living_actors() == set()
    wait_until(lambda: not runtime.workers())


def test_whoever_has_left_makes_nothing_any_more(runtime):
    raylite.init()
    engine: Any = _engine.get_or_none()
    engine._say_good_bye()  # As if another thread were about to make an actor.
    with pytest.raises(raylite.exceptions.RaySystemError):
        Greeter.options(name="late").remote()
    raylite.shutdown()
    assert runtime.living_actors() == set()


def test_the_head_forgets_who_has_left(runtime):
    def join_and_leave():
        raylite.init()
        raylite.get(Greeter.remote().hi.remote())
        raylite.shutdown()
        wait_until(lambda: not runtime.workers())

    join_and_leave()
    fds, files = runtime.head.num_fds(), runtime.files()
    for _ in range(3):
        join_and_leave()
    # The last worker's socket may go a moment after the worker.
    wait_until(lambda: runtime.head.num_fds() <= fds and runtime.files() <= files)


def test_a_head_that_hangs_is_not_waited_for(runtime, monkeypatch):
    monkeypatch.setattr(core_process, "_WELCOME_S", 0.3)
    runtime.head.suspend()
    try:
        with pytest.raises(raylite.exceptions.RaySystemError, match="does not answer"):
            raylite.init()
    finally:
        runtime.head.resume()
    assert not raylite.is_initialized()


def test_ctrl_c_while_the_head_hangs_gets_through(runtime, tmp_path):
    script = """
try:
    say("joining")
    ray.init()
except KeyboardInterrupt:
    say("interrupted", ray.is_initialized())
wait_for_the_test()
ray.init()
say("count", ray.get(Counter.remote().add.remote()))
"""
    with driver(script, tmp_path) as running:
        runtime.head.suspend()
        try:
            running.hear("joining")
            wait_until(lambda: _is_connected(running.popen.pid))
            running.kill(signal.SIGINT)
            assert running.hear("interrupted") is False
        finally:
            runtime.head.resume()
        running.tell()
        assert running.hear("count") == 1
        assert running.wait() == 0


def _is_connected(pid: int) -> bool:
    """Whether the process has made its own socket: then it is about to wait for the head."""
    return any(
        connection.laddr and str(connection.laddr).startswith(str(Path(runtime_folder()).parent))
        for connection in psutil.Process(pid).net_connections("unix")
    )
