"""Beginning on Ray: what is wrong is one sentence, in bounded time, and leaves nothing behind."""

import importlib.util
import socket
from typing import Any

import pytest

import raylite
from raylite.exceptions import RaySystemError

HAS_RAY = importlib.util.find_spec("ray") is not None
needs_ray = pytest.mark.skipif(not HAS_RAY, reason="Ray is not installed here: see `make engines`")


def refused(kind: type[BaseException], *args: Any, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        raylite.init(*args, engine="ray", **options)
    assert not raylite.is_initialized()
    told = str(caught.value)
    assert "\n" not in told
    return told


@pytest.mark.skipif(HAS_RAY, reason="Ray is installed here")
def test_without_ray_it_is_said_how_to_install_it() -> None:
    assert "pip install 'raylite[ray]'" in refused(ImportError)


def test_virtual_nodes_are_rays_own_matter() -> None:
    assert "ray start" in refused(ValueError, nodes=[{"num_cpus": 1}, {"num_cpus": 1}])


def test_where_raylite_stands_in_for_ray_there_is_no_way_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(importlib.import_module("sys").modules, "ray", raylite)
    assert "python PROGRAM.py" in refused(RuntimeError)


def closed_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@needs_ray
@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_nobody_at_the_address(scheme: str) -> None:
    address = f"{scheme}127.0.0.1:{closed_port()}"
    assert address in refused(ConnectionError, address)


@needs_ray
@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_somebody_at_the_address_who_is_no_ray(scheme: str) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        refused(ConnectionError, f"{scheme}127.0.0.1:{listening.getsockname()[1]}")


@needs_ray
@pytest.mark.parametrize("address", ["somewhere", "127.0.0.1:", ":6379", "ray://127.0.0.1"])
def test_an_address_without_a_port(address: str) -> None:
    assert "host:port" in refused(ValueError, address)


@needs_ray
def test_no_ray_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    from ray._private import services

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    if services.find_gcs_addresses():
        pytest.skip("somebody else's Ray runs on this machine, and would be joined")
    assert "ray start --head" in refused(ConnectionError, "auto")


@needs_ray
def test_a_keyword_that_ray_does_not_know() -> None:
    assert "bogus" in refused(RuntimeError, bogus=3)


@needs_ray
def test_another_version_than_the_tested_one_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    monkeypatch.setattr(ray, "__version__", "2.99.0")
    with pytest.warns(UserWarning, match=r"tested on Ray 2\.60, and this is Ray 2\.99\.0"):
        refused(ConnectionError, f"127.0.0.1:{closed_port()}")


@needs_ray
def test_a_cluster_of_another_python_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import ray

    def of_another(**_: Any) -> None:
        msg = (
            "Version mismatch: The cluster was started with:\n    Ray: 2.60.0\n    Python: 3.12.1\n"
            "This process on node 192.0.2.2 was started with:\n    Ray: 2.60.0\n"
            "    Python: 3.11.7\n"
        )
        raise RuntimeError(msg)

    monkeypatch.setattr(ray, "init", of_another)
    told = refused(RuntimeError)
    assert "the cluster has Ray 2.60.0 on Python 3.12.1" in told
    assert "this program Ray 2.60.0 on Python 3.11.7" in told
    assert "an environment made like the cluster's" in told


@needs_ray
def test_the_address_in_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"127.0.0.1:{closed_port()}"
    monkeypatch.setenv("RAY_ADDRESS", address)
    assert address in refused(ConnectionError)
    assert address in refused(ConnectionError, "auto")


@needs_ray
def test_refs_and_handles_of_a_session_on_ray_are_refused_by_the_next_session() -> None:
    @raylite.remote
    class Counter:
        def read(self) -> int:
            return 1

    @raylite.remote
    def read(given: Any) -> Any:
        return given

    raylite.init(engine="ray", num_cpus=1)
    counter = Counter.remote()  # type: ignore[attr-defined]  # As of every class of actors.
    ref = counter.read.remote()
    raylite.get(ref)
    raylite.shutdown()
    raylite.init(engine="inline")
    try:
        for use in (lambda: read.remote(counter), lambda: raylite.get(ref), ref.future):
            with pytest.raises(
                (RaySystemError, TypeError), match=r"is of a session.* that has ended"
            ):
                use()
    finally:
        raylite.shutdown()
