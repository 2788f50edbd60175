# mypy: disable-error-code="attr-defined"
# A type checker does not know that the engine is the fake one.

import contextlib
import logging
import subprocess
import sys
import types
from typing import Any

import pytest

import raylite as ray
from raylite import _init_options

NO_HANDLE: Any = 1


@ray.remote
def task():
    pass


@pytest.fixture(autouse=True)
def _notes_and_levels_of_one_test(monkeypatch):
    monkeypatch.setattr(_init_options, "_noted", set())
    logger = logging.getLogger("raylite")
    level = logger.level
    yield
    logger.setLevel(level)


def config_of():
    from raylite import _engine

    return _engine.current().config


@pytest.mark.usefixtures("no_session")
class TestInit:
    def test_it_tells_the_engine_what_was_asked_for(self):
        ray.init(num_cpus=2, num_gpus=1, resources={"camera": 1}, namespace="n")
        config = config_of()
        assert (config.num_cpus, config.num_gpus, config.namespace) == (2, 1, "n")
        assert config.resources == {"camera": 1.0}
        assert config.log_to_driver

    def test_it_gives_a_context(self):
        context = ray.init()
        assert context["node_id"] == context.address_info["node_id"]
        assert context.dashboard_url == ""
        assert "node_id" in dict(context)
        assert repr(context).startswith("RayContext(node_id=")

    def test_its_context_ends_the_session_in_a_with_statement(self):
        with ray.init():
            assert ray.is_initialized()
        assert not ray.is_initialized()

    def test_a_second_init_is_refused(self):
        ray.init()
        with pytest.raises(RuntimeError, match="ignore_reinit_error=True"):
            ray.init()

    def test_a_second_init_may_be_ignored(self):
        first = ray.init()
        assert ray.init(ignore_reinit_error=True, num_cpus=9).address_info == first.address_info

    def test_an_unknown_keyword_is_refused(self):
        with pytest.raises(RuntimeError, match="unknown keyword arguments: bogus"):
            ray.init(bogus=1)
        assert not ray.is_initialized()

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({"num_cpus": -1}, ValueError),
            ({"num_cpus": "two"}, TypeError),
            ({"num_cpus": 1.5}, ValueError),
            ({"num_gpus": -1}, ValueError),
            ({"resources": {"a": -1}}, ValueError),
            ({"resources": {"CPU": 1}}, ValueError),
            ({"resources": {"a": "b"}}, TypeError),
            ({"resources": ["a"]}, TypeError),
            ({"object_store_memory": -1}, ValueError),
            ({"object_store_memory": (75 << 20) - 1}, ValueError),
            ({"object_store_memory": float("nan")}, ValueError),
            ({"object_store_memory": float("inf")}, ValueError),
            ({"object_store_memory": "1GB"}, TypeError),
            ({"object_store_memory": True}, TypeError),
            ({"_plasma_directory": "/nowhere"}, ValueError),
            ({"_plasma_directory": 3}, TypeError),
            ({"object_spilling_directory": 3}, ValueError),
            ({"object_spilling_directory": ""}, ValueError),
            ({"object_spilling_directory": "/proc/nowhere"}, ValueError),
            ({"_plasma_directory": "/proc"}, ValueError),
            ({"_object_spilling_directory": "/tmp"}, RuntimeError),
            ({"namespace": ""}, ValueError),
            ({"namespace": 3}, TypeError),
            ({"address": 4}, TypeError),
            ({"address": ""}, ValueError),
            ({"logging_level": "loud"}, ValueError),
        ],
    )
    def test_a_wrong_value_is_refused(self, options, error):
        with pytest.raises(error):
            ray.init(**options)
        assert not ray.is_initialized()

    @pytest.mark.parametrize("address", ["ray://head:10001", "10.0.0.1:6379"])
    def test_a_cluster_is_refused(self, address):
        with pytest.raises(ConnectionError, match=r"Write init\(\)"):
            ray.init(address=address)

    @pytest.mark.parametrize(
        ("address", "name", "value", "told"),
        [
            (None, "RAY_ADDRESS", "", ""),
            ("auto", "RAY_ADDRESS", "", "auto"),
            ("/tmp/r", "RAY_ADDRESS", "local", "/tmp/r"),
            (None, "RAY_ADDRESS", "auto", "auto"),
            ("auto", "RAYLITE_ADDRESS", "/tmp/r", "/tmp/r"),
            ("local", "RAYLITE_ADDRESS", "auto", "local"),
            (None, "RAY_ADDRESS", "10.0.0.1:6379", ""),
        ],
    )
    def test_the_engine_is_told_where(self, address, name, value, told, monkeypatch):
        monkeypatch.setenv(name, value)
        ray.init(address)
        assert config_of().address == told

    def test_the_engine_is_told_what_only_a_new_session_can_have(self):
        ray.init(num_gpus=0, namespace="n")
        assert config_of().of_new_session == ("num_gpus",)

    @pytest.mark.parametrize("address", [None, "local"])
    def test_this_machine_is_what_it_starts_on(self, address):
        ray.init(address)
        assert ray.is_initialized()

    @pytest.mark.parametrize(
        ("keywords", "error", "said"),
        [
            ({"engine": "rya"}, ValueError, "no such engine.*'processes'.*'inline'.*'ray'"),
            ({"engine": 3}, TypeError, "name of an engine"),
            ({"engine": "ray", "local_mode": True}, ValueError, "another word"),
            ({"engine": "inline", "address": "auto"}, ConnectionError, "nothing to join"),
        ],
        ids=str,
    )
    def test_an_engine_that_cannot_be_meant_is_refused(self, keywords, error, said):
        with pytest.raises(error, match=said):
            ray.init(**keywords)
        assert not ray.is_initialized()

    def test_the_environment_may_name_the_engine(self, monkeypatch):
        monkeypatch.setenv("RAYLITE_ENGINE", "one")
        with pytest.raises(ValueError, match="RAYLITE_ENGINE=one, which is no engine"):
            ray.init()

    def test_a_keyword_without_effect_is_noted_once(self, caplog):
        for _ in range(2):
            ray.init(dashboard_port=8265)
            ray.shutdown()
        [note] = caplog.messages
        assert "init(dashboard_port=...) has no effect here" in note

    def test_a_keyword_that_asks_for_what_is_so_anyway_is_not_noted(self, caplog):
        ray.init(include_dashboard=False, dashboard_host="127.0.0.1", runtime_env={})
        assert caplog.messages == []

    def test_the_object_stores_keywords_are_heard_and_not_noted(self, caplog, tmp_path):
        options: dict[str, Any] = {
            "object_store_memory": 512_000_000.5,
            "_plasma_directory": str(tmp_path),
            "object_spilling_directory": tmp_path / "a",
        }
        ray.init(**options)
        assert caplog.messages == []
        assert (tmp_path / "a").is_dir()

    def test_notes_can_be_turned_off(self, caplog):
        ray.init(dashboard_port=8265, logging_level=logging.ERROR)
        assert caplog.messages == []


@pytest.mark.usefixtures("no_session")
class TestShutdown:
    def test_without_a_session_it_does_nothing(self):
        ray.shutdown()
        assert not ray.is_initialized()

    def test_it_ends_the_session(self):
        ray.init()
        from raylite import _engine

        engine = _engine.current()
        ray.shutdown()
        assert engine.closed
        assert not ray.is_initialized()


@pytest.mark.usefixtures("no_session")
class TestFirstUse:
    @pytest.mark.parametrize(
        "use",
        [
            task.remote,
            lambda: ray.put(1),
            ray.get_gpu_ids,
            ray.get_runtime_context,
        ],
    )
    def test_it_starts_a_session(self, use):
        use()
        assert ray.is_initialized()

    @pytest.mark.parametrize(
        "ask", [ray.cluster_resources, ray.available_resources, ray.nodes, ray.timeline]
    )
    def test_to_ask_what_a_session_has_does_not(self, ask):
        with pytest.raises(
            (ray.exceptions.RaySystemError, RuntimeError), match=r"raylite.init\(\) first"
        ):
            ask()
        assert not ray.is_initialized()

    @pytest.mark.parametrize(
        "use",
        [lambda: ray.get(1), lambda: ray.get([]), lambda: ray.kill(NO_HANDLE), lambda: ray.wait(1)],
    )
    def test_a_mistake_does_not(self, use):
        with contextlib.suppress(TypeError, ValueError):
            use()
        assert not ray.is_initialized()

    def test_a_definition_is_made_anew_in_a_new_session(self):
        from raylite import _engine

        task.remote()
        first = _engine.current().tasks[0][0]
        ray.shutdown()
        task.remote()
        assert _engine.current().tasks[0][0] is not first


def test_resources_and_nodes_come_from_the_engine(engine):
    assert ray.cluster_resources() == {"CPU": 2.0}
    assert ray.available_resources() == {"CPU": 1.0}
    assert ray.nodes() == [{"table": "nodes"}]
    assert ray.get_gpu_ids() == []


def test_the_driver_knows_where_it_runs(engine):
    context = ray.get_runtime_context()
    assert context.get_job_id() == "01000000"
    assert len(context.get_node_id()) == len(context.get_worker_id()) == 56
    assert context.get_task_id() is context.get_actor_id() is context.get_actor_name() is None
    assert context.namespace == "here"
    assert context.get() == {
        "job_id": ray.JobID.from_int(1),
        "node_id": ray.NodeID.from_hex("0" * 56),
        "namespace": "here",
    }


def test_the_driver_does_not_know_what_only_workers_know(engine):
    context = ray.get_runtime_context()
    with pytest.raises(AssertionError, match="in the driver"):
        context.get_assigned_resources()
    with pytest.raises(AssertionError):
        _ = context.was_current_actor_reconstructed
    with pytest.raises(RuntimeError, match="inside of an actor"):
        _ = context.current_actor


def test_an_actor_knows_itself(engine):
    @ray.remote
    class A:
        def m(self):
            pass

    made = A.remote()
    engine.actor_id = made._actor_id.hex()
    engine.own_handle = engine.created[0][3].handle
    context = ray.get_runtime_context()
    assert context.get_actor_name() == ""
    assert context.current_actor == made
    assert not context.was_current_actor_reconstructed


def test_the_facade_is_sorted_and_holds_what_it_names():
    assert ray.__all__ == sorted(ray.__all__)
    for name in ray.__all__:
        value = getattr(ray, name)
        if not isinstance(value, types.ModuleType | str):
            assert value.__module__ in {"raylite", "raylite.actor", "raylite.runtime_context"}


@pytest.mark.slow
def test_importing_loads_nothing_heavy():
    heavy = ["IPython", "cloudpickle", "ipywidgets", "loky", "matplotlib", "numpy", "psutil"]
    code = f"import raylite, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
