"""What workers print: every line reaches the driver, with who has printed it and for which cell.

A cell is a number here, as the notebook layer gives them; what it shows is tested there.
"""

import os
import sys
import threading
import time
from typing import Any

import pytest

from raylite import _engine
from raylite.engines.base import OutputLines
from tests.processes import wait_until
from tests.seen_output import Seen


@pytest.fixture
def talker(ray):
    class Talker:
        def __init__(self) -> None:
            print("made")

        def say(self, text: str) -> None:
            print(text)

        def say_through(self, other: Any, text: str) -> None:
            ray.get(other.say.remote(text))

    return ray.remote(Talker)


def lines_of(seen: Seen, cell: int) -> list[str]:
    return [line for number, _, line in seen.of() if number == cell]


def test_a_line_knows_the_cell_that_made_the_call(ray, seen, talker):
    seen.cell(1)
    actor = talker.remote()
    ray.get(actor.say.remote("one"))
    seen.cell(2)
    ray.get(actor.say.remote("two"))
    assert seen.of() == [(1, "Talker", "made"), (1, "Talker", "one"), (2, "Talker", "two")]


def test_tasks_and_what_they_call_belong_to_the_cell_as_well(ray, seen, talker):
    @ray.remote
    def task() -> None:
        print("a task")
        ray.get(talker.remote().say.remote("an actor of a task"))

    for cell in (1, 2):
        seen.cell(cell)
        ray.get(task.remote())
        assert lines_of(seen, cell) == ["a task", "made", "an actor of a task"]


def test_an_actor_called_by_another_one_prints_for_the_first_cell(ray, seen, talker):
    seen.cell(1)
    inner, outer = talker.remote(), talker.remote()
    seen.cell(2)
    ray.get(outer.say_through.remote(inner, "deep"))
    assert lines_of(seen, 2) == ["deep"]


def test_calls_that_wait_keep_the_cell_they_were_made_in(ray, seen, talker):
    @ray.remote
    def later(signal: Any) -> str:
        return str(ray.get(signal.wait.remote()))

    gate = ray.remote(Gate).options(max_concurrency=2).remote()
    actor = talker.remote()
    seen.cell(1)
    text = later.remote(gate)
    first = actor.say.remote(text)
    seen.cell(2)
    second = actor.say.remote("second")
    ray.get(gate.open.remote())
    ray.get([first, second])
    assert lines_of(seen, 1) == ["opened"]
    assert lines_of(seen, 2) == ["second"]


class Gate:
    def __init__(self) -> None:
        self.event = threading.Event()

    def open(self) -> None:
        self.event.set()

    def wait(self) -> str:
        self.event.wait()
        return "opened"


def test_a_call_that_is_tried_again_keeps_its_cell(ray, seen, tmp_path):
    class Fragile:
        def __init__(self) -> None:
            print("made")

        def work(self) -> None:
            if not (tmp_path / "died").exists():
                (tmp_path / "died").touch()
                sys.stdout.flush()
                os._exit(1)
            print("worked")

    seen.cell(1)
    call = ray.remote(max_restarts=1, max_task_retries=1)(Fragile).remote().work.remote()
    seen.cell(2)
    ray.get(call)
    assert lines_of(seen, 1) == ["made", "made", "worked"]
    assert lines_of(seen, 2) == []


def test_threads_of_an_actor_know_their_own_cells(ray, seen):
    class Pair:
        def __init__(self) -> None:
            self.barrier = threading.Barrier(2)

        def say(self, text: str) -> None:
            for part in text:
                print(part, end="")
                self.barrier.wait()
            print()

    pair = ray.remote(max_concurrency=2)(Pair).remote()
    seen.cell(1)
    first = pair.say.remote("abc")
    seen.cell(2)
    ray.get([first, pair.say.remote("xyz")])
    assert sorted(seen.of()) == [(1, "Pair", "abc"), (2, "Pair", "xyz")]


def test_coroutines_do_not_mix_what_they_have_begun(ray, seen):
    class Pair:
        async def say(self, text: str) -> None:
            import asyncio

            for part in text:
                print(part, end="")
                await asyncio.sleep(0)

    pair = ray.remote(Pair).remote()
    seen.cell(1)
    first = pair.say.remote("abc")
    seen.cell(2)
    ray.get([first, pair.say.remote("xyz")])
    assert sorted(seen.of()) == [(1, "Pair", "abc"), (2, "Pair", "xyz")]


def test_a_thread_that_outlives_its_call_prints_for_the_newest_one(ray, seen):
    class Background:
        def begin(self) -> None:
            self.event = threading.Event()
            self.thread = threading.Thread(target=self.body)
            self.thread.start()

        def body(self) -> None:
            self.event.wait()
            print("from the background")

        def end(self) -> None:
            self.event.set()
            self.thread.join()

    actor = ray.remote(Background).remote()
    seen.cell(1)
    ray.get(actor.begin.remote())
    seen.cell(2)
    ray.get(actor.end.remote())
    assert seen.of() == [(2, "Background", "from the background")]


def test_what_a_child_process_prints_is_the_callers(ray, seen):
    @ray.remote
    def shell() -> None:
        import subprocess

        subprocess.run(["echo", "from a child"], check=True)

    seen.cell(3)
    call = shell.remote()
    ray.get(call)
    _engine.current().fetch_output(5.0)
    assert seen.of() == [(3, "shell", "from a child")]


def test_errors_warnings_and_logging_go_to_stderr(ray, seen):
    @ray.remote
    def complain() -> None:
        import logging
        import warnings

        print("an error", file=sys.stderr)
        warnings.warn("a warning", stacklevel=1)
        logging.getLogger("of the user").warning("a log record")

    ray.get(complain.remote())
    text = "\n".join(line for _, _, line in seen.of("stderr"))
    assert seen.of() == []
    for word in ("an error", "UserWarning: a warning", "a log record"):
        assert word in text


def test_of_a_line_of_a_megabyte_the_beginning_is_kept(ray, seen):
    @ray.remote
    def long_lines() -> None:
        print("x" * 1_000_000)
        print("behind it")

    ray.get(long_lines.remote())
    first, second = (line for _, _, line in seen.of())
    assert first == "x" * 100_000 + " ... (900,000 more characters of this line are left out)"
    assert second == "behind it"


def test_fifty_megabytes_without_an_end_of_line_stop_nobody(ray, seen):
    @ray.remote
    def endless() -> None:
        for _ in range(50):
            print("x" * 1_000_000, end="")
        for _ in range(50):
            os.write(2, b"y" * 1_000_000)
        os.write(2, b"\n")

    ray.get(endless.remote())
    _engine.current().fetch_output(10.0)
    ((_, _, printed),) = seen.of()
    ((_, _, written),) = seen.of("stderr")
    assert printed.endswith(" ... (49,900,000 more characters of this line are left out)")
    assert written.endswith(" ... (49,900,000 more characters of this line are left out)")


def test_the_last_words_of_a_process_are_seen_though_the_line_has_no_end(ray, seen):
    @ray.remote(max_retries=0)
    def dies() -> None:
        os.write(1, b"half a li")
        os._exit(1)

    with pytest.raises(ray.exceptions.WorkerCrashedError):
        ray.get(dies.remote())
    assert seen.of() == [(0, "dies", "half a li")]


def test_a_bar_that_is_written_over_is_seen_as_it_ends(ray, seen):
    @ray.remote
    def bar() -> None:
        for number in range(101):
            sys.stderr.write(f"\r{number} %")
            sys.stderr.flush()
        sys.stderr.write("\n")

    ray.get(bar.remote())
    lines = [line for _, _, line in seen.of("stderr")]
    assert lines[-1] == "100 %"
    assert len(lines) < 100


def test_bytes_and_separators_do_no_harm(ray, seen):
    @ray.remote
    def odd() -> None:
        sys.stdout.buffer.write("bytes ü\n".encode())
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        print("\x1eff Mallory\nme")

    seen.cell(1)
    ray.get(odd.remote())
    assert seen.of() == [
        (1, "odd", "bytes ü"),
        (1, "odd", "\N{SYMBOL FOR RECORD SEPARATOR}ff Mallory"),
        (1, "odd", "me"),
    ]


def test_a_forked_child_prints_as_well(ray, seen):
    @ray.remote
    def forks() -> None:
        print("not yet ended", end="")
        pid = os.fork()
        if not pid:
            print("child")
            os._exit(0)
        os.waitpid(pid, 0)
        print(", parent")

    ray.get(forks.remote())
    assert [line for _, _, line in seen.of()] == ["child", "not yet ended, parent"]


def test_a_flood_reaches_the_driver_whole(ray, seen):
    @ray.remote
    def flood() -> None:
        for number in range(100_000):
            print(number)

    ray.get(flood.remote())
    shown = [int(line) for _, _, line in seen.of()]
    left_out = sum(
        message.left_out for message in seen.messages if isinstance(message, OutputLines)
    )
    assert shown == sorted(shown)
    assert len(shown) + left_out == 100_000


def test_one_look_is_enough_for_many_replies(ray, seen, monkeypatch):
    @ray.remote
    def say(number: int) -> None:
        print(number)

    engine: Any = _engine.current()
    looks: list[float] = []
    refs = [say.remote(number) for number in range(50)]
    ray.wait(refs, num_returns=len(refs))
    engine.output.when_fetched = lambda: looks.append(time.monotonic())
    ray.get(refs)
    assert len(looks) == 1
    assert sorted(int(line) for _, _, line in seen.of()) == list(range(50))


def test_no_line_is_lost_where_workers_end_and_begin_at_the_same_time(ray, seen):
    class Short:
        def __init__(self, number: int) -> None:
            print(number)
            raise ValueError(number)

    for number in range(30):
        with pytest.raises(ray.exceptions.ActorDiedError):
            ray.get(ray.remote(Short).remote(number).__ray_ready__.remote())
    _engine.current().fetch_output(10.0)
    assert [int(line) for _, _, line in seen.of()] == list(range(30))


def test_half_a_line_of_a_coroutine_that_was_cancelled_is_seen(ray, seen):
    class Waiter:
        async def wait(self) -> None:
            import asyncio

            print("half a li", end="")
            await asyncio.sleep(60)

        async def hi(self) -> None:
            print("hi")

    waiter = ray.remote(Waiter).remote()
    call = waiter.wait.remote()
    ray.get(waiter.hi.remote())
    ray.cancel(call)
    with pytest.raises(ray.exceptions.RayTaskError):
        ray.get(call)
    ray.get(waiter.hi.remote())
    # Whoever cancels is answered at once; the coroutine, and its line, end in their own time.
    wait_until(lambda: len(seen.of()) == 3)
    assert [line for _, _, line in seen.of()] in (
        ["hi", "half a li", "hi"],
        ["hi", "hi", "half a li"],
    )
