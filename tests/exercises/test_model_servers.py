"""The exercise of lesson 4: what students write, and what each of them is told."""

import gc
from collections.abc import Iterator

import pytest

import raylite
from raylite.exercises.lesson_04 import model_servers
from raylite.util.state import list_actors
from tests.exercises.written import advice_of, not_yet, written
from tests.processes import wait_until

GPUS, SERVERS, ORDER, BALANCED = range(4)
BEFORE = "from itertools import cycle\nfrom raylite.util import ActorPool\n"
FOUR = "[ModelServer.remote() for _ in range(4)]"
ROUND = "return ray.get([servers[n % 4].infer.remote(x) for n, x in enumerate(numbers)])"


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=8, num_gpus=4)
    yield
    raylite.shutdown()


@pytest.fixture(autouse=True)
def _servers_end_with_their_test() -> Iterator[None]:
    """A cell's function and its names hold each other: handles go when that cycle is found."""
    yield
    gc.collect()


def servers(made: str = FOUR, head: str = "@ray.remote(num_gpus=1)", ask: str = ROUND) -> str:
    return "\n".join([
        head, "class ModelServer:", "    def infer(self, x):", "        return x * 2",
        f"servers = {made}", "def ask(numbers):", *(f"    {line}" for line in ask.splitlines()),
    ])  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [
        model_servers.solution_source,
        servers(ask="pool = ActorPool(servers)\n"
                    "return list(pool.map(lambda one, x: one.infer.remote(x), numbers))"),
        servers(head="@ray.remote", made="tuple(ModelServer.options(num_gpus=1).remote() "
                                         "for _ in range(4))\nturns = cycle(servers)",
                ask="return tuple(ray.get([next(turns).infer.remote(x) for x in numbers]))"),
    ],
    ids=["solution", "a-pool", "a-cycle"],
)  # fmt: skip
def test_right_answers_pass(source: str) -> None:
    report = written(model_servers, source, BEFORE)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(model_servers.stub_source, [SERVERS], "Replace the dots", id="stub"),
        pytest.param(servers(head="@ray.remote"), [SERVERS], "needs a GPU", id="no-gpus"),
        pytest.param(
            servers(head="@ray.remote(num_gpus=0.25)"), [SERVERS], "a whole one", id="all-on-one"
        ),
        pytest.param(
            servers(made="[ModelServer.options(num_gpus=2).remote()] + [ModelServer.remote() "
                         "for _ in range(3)]"),
            [SERVERS], "One for each is enough", id="two-gpus",
        ),
        pytest.param(
            servers(made="[ModelServer.remote()] * 4"), [SERVERS], "repeats one handle",
            id="one-server-four-times",
        ),
        pytest.param(
            servers(made="[ModelServer.remote() for _ in range(5)]"), [SERVERS],
            "A fifth would wait", id="five",
        ),
        pytest.param(
            servers(made="[ModelServer] * 4"), [SERVERS], "`ModelServer.remote()`", id="the-class"
        ),
        pytest.param(
            servers(made="ModelServer.remote()"), [SERVERS], "A handle is the way", id="one-handle"
        ),
        pytest.param(
            servers(made=f"{FOUR}\nray.kill(servers[2])\ntry:\n"
                         "    ray.get(servers[2].infer.remote(1))\nexcept Exception:\n    pass"),
            [SERVERS], "Run your cell again", id="a-dead-one",
        ),
        pytest.param(
            servers(ask="return [servers[n % 4].infer.remote(x) for n, x in enumerate(numbers)]"),
            [ORDER], "`ray.get(list_of_refs)`", id="forgot-get",
        ),
        pytest.param(
            servers(ask=ROUND.replace("return ", "")), [ORDER], "`return`", id="forgot-return"
        ),
        pytest.param(
            servers(ask=f"{ROUND}[::-1]"), [ORDER], "whichever server", id="another-order"
        ),
        pytest.param(
            servers(ask="return [servers[0].infer(x) for x in numbers]"), [ORDER],
            "Read the message", id="forgot-remote",
        ),
        pytest.param(servers(ask="return [2 * x for x in numbers]"), [BALANCED],
                     "no server was asked", id="computed-here"),
        pytest.param(
            servers(ask=ROUND.replace("n % 4", "0")), [BALANCED], "three GPUs are idle",
            id="one-does-it-all",
        ),
        pytest.param(
            servers(ask=ROUND.replace("n % 4", "n % 3")), [BALANCED], "All four", id="one-is-idle"
        ),
        pytest.param(f"{servers()}\nask = 3", [ORDER], "is to be a function", id="no-function"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str
) -> None:
    report = written(model_servers, source, BEFORE)
    assert not_yet(report) == failed, repr(report)
    assert words in advice_of(report), repr(report)


def test_servers_for_which_no_gpu_is_left_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_servers, "time_limit_s", 0.5)
    before = f"{BEFORE}@ray.remote(num_gpus=2)\nclass Other: pass\nother = Other.remote()\n"
    before += "ray.get(other.__ray_ready__.remote(), timeout=20)\n"
    report = written(model_servers, servers(), before)
    assert not_yet(report) == [SERVERS], repr(report)
    assert "taken by others" in advice_of(report)


def test_a_function_that_never_returns_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    source = servers(
        made=f"{FOUR}\nray.get([one.infer.remote(1) for one in servers])",
        ask="return ray.get(ModelServer.options(num_gpus=100).remote().infer.remote(1))",
    )
    monkeypatch.setattr(model_servers, "time_limit_s", 1.0)
    report = written(model_servers, source, BEFORE)
    assert not_yet(report) == [ORDER], repr(report)
    assert "never comes" in advice_of(report)
    wait_until(lambda: living() == ["ModelServer"] * 4, 5.0)


def living() -> list[str]:
    return [one.class_name for one in list_actors(filters=[("state", "!=", "DEAD")])]


def test_a_session_without_gpus_is_told_how_to_begin() -> None:
    raylite.shutdown()
    none = model_servers.check([], len)
    raylite.init(num_cpus=2)
    too_few = model_servers.check([], len)
    assert not_yet(none) == not_yet(too_few) == [GPUS]
    assert "`ray.init(num_cpus=4, num_gpus=4)`" in advice_of(none)
    assert "they are only counted" in advice_of(too_few)
