# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class.
"""An asynchronous actor's event loop, which reads the process's sockets while it is idle."""

import asyncio
import os
import socket
import sys
import threading
from pathlib import Path

import pytest

import raylite
from tests.processes import wait_until

LONG_S = 60.0
"""Longer than any test may take: what waits for so long is never waited for."""


class Loop:
    """Whatever a program may do with an event loop."""

    def __init__(self, other=None):
        self.other = other
        self.log = []

    async def echo(self, value):
        return value

    async def number_of_loops(self):
        self.log.append((asyncio.get_running_loop(), threading.current_thread()))
        return len(set(self.log))

    async def touch_later(self, path):
        asyncio.get_running_loop().call_later(0.01, path.touch)

    async def serve(self, path):
        async def answer(reader, writer):
            writer.write((await reader.readline()).upper())
            writer.close()

        self.server = await asyncio.start_unix_server(answer, path)

    async def stop_serving(self):
        self.server.close()
        await self.server.wait_closed()

    async def run(self, *command):
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        return (await process.communicate())[0].decode().strip()

    async def in_a_thread(self, value):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, self._in_thread, value)

    def _in_thread(self, value):
        return None if self.other is None else self.other.echo.remote(value), value

    async def get(self, value):
        return raylite.get(self.other.echo.remote(value))

    async def sum_of(self, number):
        return sum(await asyncio.gather(*[self.other.echo.remote(n) for n in range(number)]))

    async def give_up_in_time(self):
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            return asyncio.current_task() in asyncio.all_tasks()

    async def leave_in_a_callback(self):
        asyncio.get_running_loop().call_soon(sys.exit, 3)

    async def stop_the_loop(self):
        asyncio.get_running_loop().stop()

    async def close_its_descriptors(self):
        os.close(asyncio.get_running_loop()._selector.fileno())

    async def block(self, here, gate):
        here.touch()
        wait_until(gate.exists, LONG_S)

    async def wait_for_ever(self, here):
        here.touch()
        await asyncio.Event().wait()

    async def note(self, value):
        self.log.append(value)
        await asyncio.sleep(0)

    async def noted(self):
        return self.log


def test_all_calls_run_on_one_loop_in_one_thread(ray):
    actor = ray.remote(Loop).remote()
    for _ in range(20):
        assert ray.get(actor.number_of_loops.remote()) == 1
    assert set(ray.get([actor.number_of_loops.remote() for _ in range(100)])) == {1}


def test_a_timer_rings_while_nobody_calls(ray, tmp_path):
    actor = ray.remote(Loop).remote()
    ray.get(actor.touch_later.remote(tmp_path / "late"))
    wait_until((tmp_path / "late").exists)


def test_a_server_of_the_users_is_served_while_nobody_calls(ray, tmp_path):
    actor = ray.remote(Loop).remote()
    path = str(tmp_path / "server")
    ray.get(actor.serve.remote(path))
    for _ in range(3):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            client.sendall(b"hello\n")
            assert client.recv(100) == b"HELLO\n"
        assert ray.get(actor.echo.remote(1)) == 1
    ray.get(actor.stop_serving.remote())


def test_a_subprocess_is_awaited_while_nobody_calls(ray):
    actor = ray.remote(Loop).remote()
    command = [sys.executable, "-c", "print('child')"]
    assert ray.get([actor.run.remote(*command) for _ in range(2)]) == ["child", "child"]


def test_another_thread_wakes_the_loop(ray):
    actor = ray.remote(Loop).remote()
    assert [ray.get(actor.in_a_thread.remote(n))[1] for n in range(20)] == list(range(20))


def test_another_thread_of_the_actor_may_call_other_actors(ray):
    actor = ray.remote(Loop).remote(ray.remote(Loop).remote())
    refs = [ref for ref, _ in ray.get([actor.in_a_thread.remote(n) for n in range(50)])]
    assert ray.get(refs) == list(range(50))


def test_a_coroutine_may_block_in_get(ray):
    actor = ray.remote(Loop).remote(ray.remote(Loop).remote())
    assert ray.get([actor.get.remote(n) for n in range(30)]) == list(range(30))


def test_many_refs_are_awaited_at_once(ray):
    actor = ray.remote(Loop).remote(ray.remote(Loop).remote())
    assert ray.get([actor.sum_of.remote(50) for _ in range(4)]) == [sum(range(50))] * 4


def test_a_timeout_ends_a_coroutine_that_is_a_task(ray):
    actor = ray.remote(Loop).remote()
    assert ray.get(actor.give_up_in_time.remote()) is True


@pytest.mark.parametrize("slip", ["leave_in_a_callback", "stop_the_loop"])
def test_the_loop_goes_on_after_a_slip_of_the_user(ray, slip):
    actor = ray.remote(Loop).remote()
    ray.get(getattr(actor, slip).remote())
    assert ray.get([actor.echo.remote(n) for n in range(5)], timeout=20) == list(range(5))


def test_an_actor_ends_whose_loop_cannot_go_on(ray):
    actor = ray.remote(Loop).remote()
    ref = actor.close_its_descriptors.remote()
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get([ref, actor.wait_for_ever.remote(Path("/dev/null"))], timeout=20)


def test_a_reply_leaves_although_the_next_coroutine_blocks_the_loop(ray, tmp_path):
    actor = ray.remote(Loop).remote()
    gate = tmp_path / "gate"
    quick = [actor.echo.remote(n) for n in range(3)]
    blocked = actor.block.remote(tmp_path / "here", gate)
    assert ray.get(quick, timeout=20) == [0, 1, 2]
    gate.touch()
    ray.get(blocked)


def test_more_calls_than_one_turn_begins_start_in_order(ray):
    actor = ray.remote(Loop).remote()
    ray.get([actor.note.remote(n) for n in range(500)])
    assert ray.get(actor.noted.remote()) == list(range(500))


@pytest.mark.parametrize("first", ["", "one"])
def test_a_loop_that_is_blocked_does_not_hold_up_that_of_another_group(ray, tmp_path, first):
    actor = ray.remote(concurrency_groups={"one": 2, "two": 2})(Loop).remote()
    gate = tmp_path / "gate"
    blocked = (actor.block.options(concurrency_group="one") if first else actor.block).remote(
        tmp_path / "here", gate
    )
    wait_until((tmp_path / "here").exists)
    for n in range(20):
        other = actor.echo.options(concurrency_group="two").remote(n)
        assert ray.get(other, timeout=20) == n
    gate.touch()
    ray.get(blocked)
    assert ray.get(actor.echo.remote(1), timeout=20) == 1


def test_calls_to_one_group_and_then_to_another(ray):
    actor = ray.remote(concurrency_groups={"one": 2, "two": 2})(Loop).remote()
    for group in ("one", "two", "one"):
        echo = actor.echo.options(concurrency_group=group)
        for n in range(30):
            assert ray.get(echo.remote(n), timeout=20) == n
    groups = [actor.echo.options(concurrency_group=group) for group in ("one", "two")]
    assert ray.get([groups[n % 2].remote(n) for n in range(100)]) == list(range(100))
    assert ray.get(actor.echo.remote(1), timeout=20) == 1


def test_a_constructor_awaits_another_actors_answer(ray):
    @ray.remote
    class Late:
        async def __init__(self, other):
            self.number = await other.sum_of.remote(4) + await other.echo.remote(1)

        async def get(self):
            return self.number

    other = ray.remote(Loop).remote(ray.remote(Loop).remote())
    assert ray.get(Late.remote(other).get.remote()) == 7


def test_killing_an_actor_ends_the_calls_that_wait_in_it(ray, tmp_path):
    actor = ray.remote(Loop).remote()
    refs = [actor.wait_for_ever.remote(tmp_path / str(n)) for n in range(3)]
    wait_until(lambda: len(list(Path(tmp_path).iterdir())) == len(refs))
    ray.kill(actor)
    for ref in refs:
        with pytest.raises(ray.exceptions.ActorDiedError):
            ray.get(ref, timeout=20)


def test_leaving_ends_the_calls_that_wait_and_those_that_come(ray, tmp_path):
    @ray.remote
    class Leaving(Loop):
        async def leave(self):
            ray.actor.exit_actor()

    actor = Leaving.remote()
    refs = [actor.wait_for_ever.remote(tmp_path / "here")]
    wait_until((tmp_path / "here").exists)
    refs.append(actor.leave.remote())
    refs += [actor.wait_for_ever.remote(tmp_path / "late") for _ in range(50)]
    for ref in refs:
        with pytest.raises(ray.exceptions.ActorDiedError):
            ray.get(ref, timeout=20)


def test_the_instance_is_deleted_at_the_end(ray, tmp_path):
    class Mortal(Loop):
        def __del__(self):
            (tmp_path / "deleted").touch()

    actor = ray.remote(Mortal).remote()
    assert ray.get([actor.echo.remote(n) for n in range(10)]) == list(range(10))
    del actor
    wait_until((tmp_path / "deleted").exists)
