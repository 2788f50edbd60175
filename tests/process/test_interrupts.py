"""Ctrl-C and Jupyter's stop button: the driver is interrupted, and nothing else."""

import signal
from time import monotonic

import psutil
import pytest

from tests.drivers import driver
from tests.processes import wait_until

BEGIN = """
ray.init(num_cpus=2)
counter = Counter.remote()
ray.get(counter.add.remote())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wait", "to_group"),
    [("ray.get(slow)", False), ("ray.get([slow, slow])", True), ("ray.wait([slow])", False)],
)
def test_an_interrupt_ends_the_wait_and_leaves_the_actor_intact(wait, to_group, tmp_path):
    script = f"""
{BEGIN}
slow = counter.sleep.remote(1.0)
say("waiting")
try:
    {wait}
except KeyboardInterrupt:
    say("interrupted_at", time.monotonic())
    say("unfinished", len(ray.wait([slow], timeout=0)[1]))
say("slept", ray.get(slow))
say("count", ray.get(counter.add.remote()))
"""
    with driver(script, tmp_path) as running:
        running.hear("waiting")
        waiting = psutil.Process(running.popen.pid)
        wait_until(lambda: waiting.status() == psutil.STATUS_SLEEPING)
        sent_s = monotonic()
        running.interrupt_group() if to_group else running.kill(signal.SIGINT)
        print(f"interrupted after {1e3 * (running.hear('interrupted_at') - sent_s):.1f} ms")
        assert running.hear("unfinished") == 1
        assert running.hear("slept") == 1
        assert running.hear("count") == 2
        assert running.wait() == 0


@pytest.mark.slow
def test_an_interrupt_reaches_a_driver_whose_other_thread_reads(tmp_path):
    script = f"""
{BEGIN}
slow = counter.sleep.remote(1.0)
other = threading.Thread(target=lambda: say("thread", ray.get(slow)))
other.start()
threading.Event().wait(0.1)  # The thread reads by now, or else this tests the easy case.
threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()
try:
    ray.get(slow)
except KeyboardInterrupt:
    say("interrupted")
other.join()
say("count", ray.get(counter.add.remote()))
"""
    with driver(script, tmp_path) as running:
        running.hear("interrupted")
        assert running.hear("thread") == 1
        assert running.hear("count") == 2
        assert running.wait() == 0


@pytest.mark.slow
def test_fifty_interrupts_under_load_lose_nothing(tmp_path):
    script = f"""
import random
{BEGIN}
random.seed(1)
stop = threading.Event()
num_sent = 0

def disturb():
    global num_sent
    while num_sent < 50 and not stop.wait(random.uniform(0.002, 0.02)):
        num_sent += 1
        os.kill(os.getpid(), signal.SIGINT)
    stop.set()

disturber = threading.Thread(target=disturb)
num_caught, wrong, rounds, submitted, refs = 0, 0, 0, 0, []
disturber.start()
while True:
    try:
        while not stop.is_set():
            rounds += 1
            refs = [(i, counter.echo.remote(i)) for i in range(200)]
            refs += [(bytes(i), counter.echo.remote(bytes(i))) for i in (200_000, 10, 90_000)]
            values = ray.get([ref for _, ref in refs])
            wrong += values != [expected for expected, _ in refs]
        break
    except KeyboardInterrupt:
        num_caught += 1
        again = None
        while again is None:
            try:
                again = ray.get([ref for _, ref in refs], timeout=10)
            except KeyboardInterrupt:
                num_caught += 1
        wrong += again != [expected for expected, _ in refs]
disturber.join()
say("sent", num_sent)
say("caught", num_caught)
say("wrong", wrong)
say("rounds", rounds)
say("count", ray.get(counter.add.remote()))
"""
    with driver(script, tmp_path) as running:
        assert running.hear("sent") == 50
        assert running.hear("caught") > 25  # Two that come at once are one.
        assert running.hear("wrong") == 0
        assert running.hear("rounds") > 1
        assert running.hear("count") == 2
        assert running.wait() == 0


@pytest.mark.slow
def test_a_handler_of_the_users_own_is_called_and_the_wait_goes_on(tmp_path):
    script = f"""
signal.signal(signal.SIGINT, lambda number, frame: say("handled"))
{BEGIN}
threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
say("slept", ray.get(counter.sleep.remote(0.6)))
ray.shutdown()
signal.raise_signal(signal.SIGINT)
say("end")
"""
    with driver(script, tmp_path) as running:
        running.hear("handled")
        assert running.hear("slept") == 1
        running.hear("handled")
        running.hear("end")
        assert running.wait() == 0


@pytest.mark.slow
def test_an_interrupt_while_the_session_begins_leaves_none(tmp_path):
    script = """
from raylite._core.node import head_process
original = head_process.HeadProcess.wait_until_it_listens
def interrupted(head, *args):
    signal.raise_signal(signal.SIGINT)
    return original(head, *args)
head_process.HeadProcess.wait_until_it_listens = interrupted
try:
    ray.init()
except KeyboardInterrupt:
    say("interrupted")
head_process.HeadProcess.wait_until_it_listens = original
import psutil
say("children", len(psutil.Process().children(recursive=True)))
say("initialized", ray.is_initialized())
ray.init(num_cpus=1)
say("count", ray.get(Counter.remote().add.remote()))
"""
    with driver(script, tmp_path) as running:
        running.hear("interrupted")
        assert running.hear("children") == 0
        assert running.hear("initialized") is False
        assert running.hear("count") == 1
        assert running.wait() == 0
