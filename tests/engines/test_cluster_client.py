"""Ray's client: a program outside of the cluster, which speaks to a server of it."""

import subprocess
import sys
import time

import pytest

pytest.importorskip("ray", reason="Ray is not installed here: see `make engines`")
pytest.importorskip("grpc", reason="Ray's client needs grpcio, which comes with ray[default]")

from tests.engines.ray_cluster import running_cluster

pytestmark = [pytest.mark.timeout(200)]

PROGRAM = """
import time
import raylite as ray
from raylite import _engine
from raylite._core.common.events import ActorStateChanged, TaskEnded

for is_last in (False, False, True):
    try:
        ray.init({address!r}, engine="ray")
        break
    except ConnectionError:  # On a busy machine its server gives up too early.
        if is_last:
            raise

def say(*words):  # In one piece, since lines of workers come meanwhile.
    sys.stdout.write(" ".join(str(word) for word in words) + "\\n")

@ray.remote
def double(x):
    print("doubling", x)
    return 2 * x

@ray.remote
def fail():
    raise ValueError("on purpose")

@ray.remote
class Counter:
    def __init__(self):
        self.value = 0
    def add(self, other=None):
        self.value += 1
        return self.value if other is None else ray.get(other.add.remote())

say("tasks", ray.get([double.remote(1), double.remote(double.remote(2))]))
one, two = Counter.remote(), Counter.remote()
say("actors", ray.get([one.add.remote() for _ in range(3)]), ray.get(two.add.remote(one)))
say("refs", ray.get(double.remote(ray.put(21))), len(ray.wait([double.remote(1)])[0]))
try:
    ray.get(fail.remote())
except ValueError as error:
    say("error", "on purpose" in str(error))

def ended():
    return [event.name for event in _engine.current().events() if isinstance(event, TaskEnded)]

end_s = time.monotonic() + 30
while "double" not in ended() and time.monotonic() < end_s:
    time.sleep(0.1)
say("events", "double" in ended())
say("state", [row["class_name"] for row in _engine.current().state("actors")])
while time.monotonic() < end_s and not seen_output:
    time.sleep(0.1)
ray.shutdown()
"""
LISTENING = """
import sys
seen_output = []
class Seen:
    def __init__(self, stream): self.stream = stream
    def write(self, text):
        if "doubling" in text: seen_output.append(text)
        return self.stream.write(text)
    def __getattr__(self, name): return getattr(self.stream, name)
sys.stdout = Seen(sys.stdout)
"""


def test_a_client_has_tasks_actors_refs_errors_events_and_output() -> None:
    with running_cluster(with_client=True, second=False) as cluster:
        ran = subprocess.run(
            [sys.executable, "-c", LISTENING + PROGRAM.format(address=cluster.client_address)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    assert "tasks [2, 8]" in ran.stdout
    assert "actors [1, 2, 3] 4" in ran.stdout
    assert "refs 42 1" in ran.stdout
    assert "error True" in ran.stdout
    assert "events True" in ran.stdout
    assert "state ['Counter', 'Counter']" in ran.stdout
    assert "doubling" in ran.stdout
    assert "\x1e" not in ran.stdout


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_where_no_cluster_is_it_is_said_at_once(scheme: str) -> None:
    program = f"import raylite; raylite.init({scheme + '127.0.0.1:9'!r}, engine='ray')"
    began_s = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert time.monotonic() - began_s < 60
    assert "ConnectionError" in ran.stderr
    assert "no Ray answers there" in ran.stderr
    assert "ray status" in ran.stderr
