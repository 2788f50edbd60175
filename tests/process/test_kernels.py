"""A real Jupyter kernel, interrupted, restarted and killed as JupyterLab does it."""

import json
import os
import queue
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.drivers import PRELUDE, ROOT, Session
from tests.processes import wait_until

ANSWER_S = 20.0

BUSY_SESSION = f"""{PRELUDE}
ray.init(num_cpus=2)
parent, busy = Counter.remote(), Counter.remote()
ray.get([parent.start_child.remote(), parent.start_child.remote(start_new_session=True)])
ray.get(busy.add.remote())
never = busy.be_busy_in_c.remote()
say("session", session())
"""

pytestmark = [
    pytest.mark.slow,
    # Of jupyter_client's own sockets and loops, on some versions.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


class Kernel:
    """A running kernel, and a client that submits cells."""

    def __init__(self) -> None:
        self.manager = KernelManager()
        self.manager.start_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)})
        self.client: BlockingKernelClient = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(ANSWER_S)

    def submit(self, cell: str) -> str:
        return self.client.execute(cell)

    def output(self, cell_id: str, until: str | None = None) -> str:
        """What a cell prints, and the name of its error, until it ends (or has printed a text)."""
        text = ""
        while True:
            try:
                message: dict[str, Any] = self.client.get_iopub_msg(timeout=ANSWER_S)
            except queue.Empty:
                pytest.fail(f"the cell did not end; it printed {text!r}")
            if message["parent_header"].get("msg_id") != cell_id:
                continue
            content = message["content"]
            text += content.get("text", "") + content.get("ename", "")
            if content.get("execution_state") == "idle" or (until and until in text):
                return text

    def run(self, cell: str) -> str:
        return self.output(self.submit(cell))

    def begin(self) -> Session:
        text = self.run(BUSY_SESSION)
        [facts] = [line for line in text.splitlines() if line.startswith("session ")]
        session = Session(json.loads(facts.removeprefix("session ")))
        assert len(session.processes) >= 6
        return session

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    running = Kernel()
    try:
        yield running
    finally:
        running.close()


def test_interrupting_a_cell_leaves_every_actor_intact(kernel):
    kernel.run(f"{PRELUDE}\ncounter = Counter.remote()\nray.get(counter.add.remote())")
    cell = kernel.submit("slow = counter.sleep.remote(1.5); say('waiting'); ray.get(slow)")
    kernel.output(cell, until="waiting")
    kernel.manager.interrupt_kernel()
    assert kernel.output(cell).endswith("KeyboardInterrupt")
    assert kernel.run("say('unfinished', len(ray.wait([slow], timeout=0)[1]))") == "unfinished 1\n"
    assert kernel.run("print(ray.get(slow), ray.get(counter.add.remote()))") == "1 2\n"


def test_an_interrupt_between_two_cells_harms_nothing(kernel):
    kernel.run(f"{PRELUDE}\ncounter = Counter.remote()\nray.get(counter.add.remote())")
    kernel.manager.interrupt_kernel()
    assert kernel.run("print(ray.get(counter.add.remote()))") == "2\n"


@pytest.mark.parametrize("now", [False, True], ids=["restart", "restart now"])
def test_nothing_is_left_of_the_session_when_its_kernel_restarts(now, kernel):
    session = kernel.begin()
    kernel.manager.restart_kernel(now=now)
    session.assert_gone()
    kernel.client.wait_for_ready(ANSWER_S)
    assert kernel.run(f"{PRELUDE}\nprint(ray.get(Counter.remote().add.remote()))") == "1\n"


def test_nothing_is_left_of_the_session_when_its_kernel_is_killed(kernel):
    session = kernel.begin()
    pid = kernel.manager.provisioner.pid
    os.kill(pid, signal.SIGKILL)
    session.assert_gone()
    wait_until(lambda: not kernel.manager.is_alive())


def test_two_notebooks_share_a_runtime_and_one_outlives_the_restart_of_the_other(runtime, kernel):
    join = f'{PRELUDE}\nray.init(namespace="lab")\n'
    add = "print(ray.get(ray.get_actor({!r}).add.remote()))"
    other = Kernel()
    try:
        kernel.run(
            f'{join}mine = Counter.options(name="mine").remote()\n'
            'Counter.options(name="kept", lifetime="detached").remote()\n'
        )
        assert kernel.run(add.format("mine")) == "1\n"
        assert kernel.run(add.format("kept")) == "1\n"
        assert other.run(f"{join}{add.format('mine')}") == "2\n"
        kernel.manager.restart_kernel()
        wait_until(lambda: runtime.living_actors() == {"kept"})
        assert other.run(add.format("kept")) == "2\n"
        kernel.client.wait_for_ready(ANSWER_S)
        assert kernel.run(f"{join}{add.format('kept')}") == "3\n"
    finally:
        other.close()
