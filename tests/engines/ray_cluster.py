"""A Ray of several nodes on this machine, reached over the loopback alone.

Every process of it is in the process group of the ``ray start`` that began it, so that a node is
killed, and nothing is left behind, by one signal. Nothing here runs ``ray stop``, which would end
the Rays of others as well; nothing is written outside of a folder of its own.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["RayCluster", "running_cluster"]

_START_S = 120.0
_READY = "--block"
"""What ``ray start`` says last."""
_SECOND_S = 0.1


def free_port() -> int:
    """A port of the loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int | None) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port or 0)) == 0


class RayCluster:
    """The nodes, by name. The first one is the head."""

    def __init__(self, *, with_client: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rl", dir="/tmp"))  # Sockets want a short path.
        self.port = free_port()
        self.client_port = free_port() if with_client else None
        self.environment = {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            # A node that is gone is noticed after two seconds instead of twelve.
            "RAY_health_check_initial_delay_ms": "500",
            "RAY_health_check_period_ms": "500",
            "RAY_health_check_timeout_ms": "1000",
            "RAY_health_check_failure_threshold": "3",
        }
        self._nodes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def address(self) -> str:
        """As ``init`` takes it."""
        return f"127.0.0.1:{self.port}"

    @property
    def client_address(self) -> str:
        """The same for Ray's client."""
        return f"ray://127.0.0.1:{self.client_port}"

    def begin(self, name: str, *, resources: Mapping[str, float] | None = None) -> None:
        """Start a node with one CPU, and do not wait for it."""
        more = [f"--address={self.address}"]
        if not self._nodes:
            more = ["--head", f"--port={self.port}", "--include-dashboard=false"]
            if self.client_port is not None:
                more.append(f"--ray-client-server-port={self.client_port}")
        command = [
            *(sys.executable, "-m", "ray.scripts.scripts", "start", "--block"),
            *("--disable-usage-stats", "--num-cpus=1", "--object-store-memory=80000000"),
            *("--node-ip-address=127.0.0.1", f"--node-name={name}"),
            *(f"--temp-dir={self.folder}", f"--resources={json.dumps(dict(resources or {}))}"),
            *more,
        ]
        with self._log(name).open("wb") as log:
            self._nodes[name] = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment, "PYTHONPATH": str(Path.cwd())},
                start_new_session=True,
            )

    def wait_for(self, name: str) -> None:
        """Wait until a node is there."""
        end_s = time.monotonic() + _START_S
        while _READY not in self._log(name).read_text():
            self._sleep(name, end_s)

    def wait_for_client_server(self) -> None:
        """Wait until the server of Ray's client listens, which begins after its node is there."""
        end_s = time.monotonic() + _START_S
        while not _listens(self.client_port):
            self._sleep("first", end_s)

    def _sleep(self, name: str, end_s: float) -> None:
        process = self._nodes[name]
        assert process.poll() is None, self._told(name)
        assert time.monotonic() < end_s, self._told(name)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_SECOND_S)

    def _told(self, name: str) -> str:
        """What a node printed, and what the server of the client did."""
        servers = sorted(self.folder.glob("session_latest/logs/ray_client_server*"))
        return "\n".join(path.read_text() for path in (self._log(name), *servers))

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.txt"

    def kill(self, name: str) -> None:
        """Kill a node with all that runs there."""
        process = self._nodes[name]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        """Kill what there is, and remove every file."""
        for name in self._nodes:
            self.kill(name)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def running_cluster(*, with_client: bool = False, second: bool = True) -> Iterator[RayCluster]:
    """A cluster, with the environment in which programs may join it."""
    cluster = RayCluster(with_client=with_client)
    before = dict(os.environ)
    try:
        cluster.begin("first")
        cluster.wait_for("first")
        if second:
            cluster.begin("second", resources={"second": 1})
            cluster.wait_for("second")
        if with_client:
            cluster.wait_for_client_server()
        os.environ.update(cluster.environment)
        yield cluster
    finally:
        os.environ.clear()
        os.environ.update(before)
        cluster.close()
