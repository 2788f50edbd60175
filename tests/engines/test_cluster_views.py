"""A notebook on a Ray of two nodes: what it shows while nodes and actors come and go.

The tests are one story on one cluster in one kernel, in order, since to start each takes seconds.
"""

from collections.abc import Iterator

import pytest

pytest.importorskip("ray", reason="Ray is not installed here: see `make engines`")

from tests.engines.ray_cluster import RayCluster, running_cluster
from tests.kernels import LiveCell, LiveKernel, live_kernel

pytestmark = [pytest.mark.timeout(240)]

BEGIN = """
import time
import raylite as ray
from raylite import _engine
from raylite.exceptions import GetTimeoutError, RayActorError, RayError, RaySystemError
ray.init({address!r}, engine="ray")

@ray.remote(num_cpus=0)
class Counter:
    def __init__(self):
        self.value = 0
        print("born")
    def add(self):
        self.value += 1
        print("add", self.value)
        return self.value
    def ask(self, other):
        return ray.get(other.add.remote())
    def node(self):
        return ray.get_runtime_context().get_node_id()
    def walk(self, number=30, desc="steps"):
        for _ in ray.util.tqdm(range(number), desc=desc):
            time.sleep(0.05)

@ray.remote(num_cpus=0, max_retries=0, resources={{"second": 1}})
def large():
    return bytes(1_000_000)

@ray.remote(num_cpus=0, resources={{"second": 1}})
def after_it():
    return "after"

@ray.remote(num_cpus=0)
def forever():
    print("it runs")
    time.sleep(1000)

def patiently(ask):
    for _ in range(300):
        try:
            return ask()
        except RayActorError:
            time.sleep(0.1)

names = {{node["NodeID"]: node["NodeName"] for node in ray.nodes()}}
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    """Two nodes."""
    with running_cluster() as found:
        yield found


@pytest.fixture(scope="module")
def kernel(cluster: RayCluster) -> Iterator[LiveKernel]:
    """A kernel whose driver has joined them."""
    with live_kernel() as found:
        found.run(BEGIN.format(address=cluster.address))
        yield found


def pictures(cell: LiveCell) -> str:
    """All that a cell shows, as HTML and as text."""
    found = []
    for message in cell.messages:
        data = message["content"].get("data") or {}
        if isinstance(data, dict):
            found += [str(data.get(kind, "")) for kind in ("text/html", "text/plain")]
    return "\n".join(found)


def moving(cell: LiveCell) -> str:
    """What the widgets of a cell were told to draw."""
    return "\n".join(
        str(message["content"]) for message in cell.messages if "comm" in message["msg_type"]
    )


def frozen(kernel: LiveKernel) -> str:
    """What has taken the place of widgets, from whichever thread."""
    return "\n".join(
        str(message["content"])
        for message in kernel.all_messages()
        if message["msg_type"] == "update_display_data"
    )


def everything(kernel: LiveKernel) -> str:
    """All that is shown anywhere, from whichever thread."""
    return "\n".join(str(message["content"]) for message in kernel.all_messages())


def test_what_workers_print_is_under_the_cell_that_made_the_call(kernel: LiveKernel) -> None:
    first = kernel.run("one = Counter.options(name='one').remote(); ray.get(one.add.remote())")
    second = kernel.run("two = Counter.remote(); ray.get(two.ask.remote(one))")
    kernel.wait_for(first, "add 1")
    kernel.wait_for(second, "add 2")
    assert "add 2" not in first.text()
    assert first.text().count("born") == second.text().count("born") == 1


def test_the_card_shows_the_life_of_an_actor_and_says_that_it_is_sampled(
    kernel: LiveKernel,
) -> None:
    card = kernel.run("one")
    kernel.wait_until(lambda: "ALIVE" in pictures(card) + moving(card), "the card")
    assert "Sampled" in pictures(card) + moving(card)


def test_a_progress_bar_of_an_actor_moves_below_the_cell(kernel: LiveKernel) -> None:
    cell = kernel.run("ray.get(one.walk.remote())")
    kernel.wait_until(lambda: "30 of 30" in pictures(cell) + moving(cell), "the whole bar")


def test_the_bar_of_a_killed_worker_ends(kernel: LiveKernel) -> None:
    kernel.run("walker = Counter.remote(); endless = walker.walk.remote(10**6, 'endless')")
    kernel.wait_until(lambda: "of 1,000,000" in everything(kernel), "the bar")
    kernel.run("ray.kill(walker)")
    kernel.wait_until(lambda: "Ended without a last word" in everything(kernel), "its end")


def test_a_cell_makes_an_actor_which_is_watched_and_a_ref_that_is_shown(kernel: LiveKernel) -> None:
    source = "class Greeter:\n    def greet(self, name):\n        return 'hello ' + name"
    kernel.run("%load_ext raylite")
    kernel.run(f"%%actor\n{source}")
    told = kernel.run("greeter = Greeter.remote(); print(ray.get(greeter.greet.remote('you')))")
    assert "hello you" in told.text()
    chip = kernel.run("greeter.greet.remote('all')")
    kernel.wait_until(lambda: "hello all" in pictures(chip) + moving(chip), "the value in the chip")
    watched = kernel.run("ray.watch(greeter)")
    kernel.wait_until(lambda: "Greeter" in pictures(watched) + moving(watched), "the watch")


@pytest.mark.parametrize("flow", ["creation_flow", "submission_flow"])
def test_the_way_of_a_call_is_drawn_from_what_was_sampled(kernel: LiveKernel, flow: str) -> None:
    cell = kernel.run(f"ray.{flow}(greeter)")
    seen = pictures(cell) + moving(cell)
    assert "Greeter" in seen
    assert "Sampled" in seen


def test_the_timeline_has_what_ran(kernel: LiveKernel) -> None:
    cell = kernel.run("ray.show_timeline()")
    seen = pictures(cell) + moving(cell)
    assert "Counter.add" in seen
    assert "Sampled" in seen


def test_the_dashboard_names_the_nodes(kernel: LiveKernel) -> None:
    kernel.run("shown = ray.dashboard()")
    dashboard = kernel.run("shown")
    seen = pictures(dashboard) + moving(dashboard)
    assert "node 1 · first · head node" in seen
    assert "node 2 · second" in seen
    assert "Sampled" in seen


def test_the_log_has_what_the_program_did(kernel: LiveKernel) -> None:
    told = kernel.run(
        "events = _engine.current().events()\n"
        "print(sorted({type(event).__name__ for event in events}))\n"
        "print([event.new.name for event in events if type(event).__name__ == 'ActorStateChanged'"
        " and event.name == 'one'])"
    ).text()
    assert "'DEPENDENCIES_UNREADY', 'PENDING_CREATION', 'ALIVE'" in told
    assert "NodeStateChanged" in told


def test_an_actor_is_moved_to_the_node_that_it_is_told(kernel: LiveKernel) -> None:
    told = kernel.run(
        "there = next(key for key, name in names.items() if name == 'second')\n"
        "how = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(there, soft=True)\n"
        "for number in range(20):  # A wish, which a busy Ray may not fulfil.\n"
        "    options = dict(name=f'mover{number}', max_restarts=3, scheduling_strategy=how)\n"
        "    mover = Counter.options(**options).remote()\n"
        "    where = names[ray.get(mover.node.remote())]\n"
        "    if where == 'second':\n"
        "        break\n"
        "print(where)\n"
        "lost = large.remote(); print(ray.get(after_it.remote()))"
    ).text()
    assert "second" in told
    assert "after" in told


def test_when_a_node_is_killed_its_actor_restarts_on_the_other(
    kernel: LiveKernel, cluster: RayCluster
) -> None:
    watched = kernel.run("mover")
    cluster.kill("second")
    kernel.run("while sum(node['Alive'] for node in ray.nodes()) > 1:\n    time.sleep(0.1)")
    told = kernel.run("print(names[patiently(lambda: ray.get(mover.node.remote()))])").text()
    assert told.startswith("first") or "\nfirst" in told
    kernel.wait_until(lambda: "estart" in pictures(watched) + moving(watched), "the restart")
    states = kernel.run(
        "print([event.new.name for event in _engine.current().events()"
        " if type(event).__name__ == 'NodeStateChanged' or"
        " (type(event).__name__ == 'ActorStateChanged' and event.actor_id in repr(mover))])"
    ).text()
    assert "'RESTARTING', 'ALIVE'" in states
    assert "'DEAD'" in states


def test_what_lay_on_a_killed_node_is_lost_with_raylites_word_for_it(kernel: LiveKernel) -> None:
    told = kernel.run(
        "try:\n    ray.get(lost)\nexcept RayError as error:\n    print(type(error).__mro__)"
    ).text()
    assert "raylite.exceptions.ObjectLostError" in told


def test_a_cluster_that_goes_away_fails_the_call_and_leaves_the_last_picture(
    kernel: LiveKernel, cluster: RayCluster
) -> None:
    watched = kernel.run("mover")
    waiting = kernel.begin(
        "began = time.monotonic()\n"
        "try:\n    ray.get(forever.remote())\n"
        "except RaySystemError as error:\n    print(error, time.monotonic() - began < 60)"
    )
    kernel.wait_for(waiting, "it runs")
    cluster.kill("first")
    kernel.wait_for(waiting, "is lost")
    assert "call init() again" in waiting.text()
    assert "True" in waiting.text()
    kernel.wait_until(lambda: "Connection lost" in frozen(kernel), "the frozen card")
    assert "mover" in frozen(kernel) + pictures(watched)


def test_after_that_a_session_can_begin_anew(kernel: LiveKernel) -> None:
    kernel.run("ray.shutdown()")
    told = kernel.run(
        "ray.init(engine='ray', num_cpus=1)\n"
        "again = Counter.remote(); print(ray.get(again.add.remote()), 'again'); ray.shutdown()"
    ).text()
    assert "1 again" in told
