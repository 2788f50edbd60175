"""Lesson 4: four replicas of a model on four GPUs, and requests that are shared out among them."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import raylite as ray
from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import require_value
from raylite.exercises.function_trial import answered
from raylite.exercises.trial import NotYet, shown
from raylite.util.state import get_actor, list_tasks

__all__ = ["model_servers"]

STUB = '''\
@ray.remote
class ModelServer:
    """A model, which takes a GPU for itself."""

    def infer(self, x):
        return x * 2


servers = ...  # a list of four actors of your class, each with a GPU of its own


def ask(numbers):
    """What the model makes of the numbers, in their order. Each server has its share of them."""
    return ...
'''

SOLUTION = '''\
@ray.remote(num_gpus=1)
class ModelServer:
    """A model, which takes a GPU for itself."""

    def infer(self, x):
        return x * 2


servers = [ModelServer.remote() for _ in range(4)]


def ask(numbers):
    """What the model makes of the numbers, in their order. Each server has its share of them."""
    return ray.get([servers[n % 4].infer.remote(x) for n, x in enumerate(numbers)])
'''

HINTS = (
    "What an actor needs stands above its class: `@ray.remote(num_gpus=1)`.",
    (
        "Number the requests: `for n, x in enumerate(numbers)`. The remainder `n % 4` goes round: "
        "0, 1, 2, 3, 0, 1 and so on."
    ),
    (
        "Send all calls first, and then wait for all: "
        "`ray.get([servers[n % 4].infer.remote(x) for n, x in enumerate(numbers)])`."
    ),
)

_FOUR: Final = 4
_REQUESTS: Final = 80
_LEAST: Final = 2
_POLL_S: Final = 0.05
_GPUS: Final[Mapping[bool, str]] = {
    False: (
        "Nobody knows that it needs a GPU, or a whole one. Say so above the class: "
        "`@ray.remote(num_gpus=1)`."
    ),
    True: "One for each is enough: `@ray.remote(num_gpus=1)`. Four times more is not there.",
}


def _has_gpus(things: Mapping[str, Any], limit_s: float) -> None:
    del things, limit_s
    if not ray.is_initialized():
        advice = "Run the cell with `ray.init(num_cpus=4, num_gpus=4)`, and your own cell again."
        raise NotYet(came="no session is running", advice=advice, is_final=True)
    found = ray.cluster_resources().get("GPU", 0)
    if found < _FOUR:
        came = f"this session has {found:g} GPUs"
        advice = (
            "No real GPU is needed, they are only counted. Begin again with `ray.shutdown()` and "
            "`ray.init(num_cpus=4, num_gpus=4)`, and run your cell once more."
        )
        raise NotYet(came=came, advice=advice, is_final=True)


def _four_on_four(things: Mapping[str, Any], limit_s: float) -> None:
    servers = things["servers"]
    _require_four_handles(servers)
    until_s = time.monotonic() + limit_s
    for server in servers:
        known = _once_settled(server, until_s)
        gpus = (known.required_resources or {}).get("GPU", 0)
        if gpus != 1:
            came = f"a server that was made with {gpus:g} GPUs"
            raise NotYet(came=came, advice=_GPUS[gpus > 1], is_final=True)
        if known.state == "DEAD":
            advice = "It was ended, or its `__init__` raised an error. Run your cell again."
            raise NotYet(came="a server that is dead", advice=advice, is_final=True)
        if known.state != "ALIVE":
            advice = (
                "All GPUs, or CPUs, are taken by others: servers you have made before, perhaps "
                "under other names? `%raylite status` shows who is there; `ray.kill(handle)` ends "
                "one. Or restart the kernel."
            )
            raise NotYet(came="a server that waits for its GPU", advice=advice, is_final=True)


def _require_four_handles(servers: Any) -> None:
    require_value(servers, "a list of four actors", "server.infer.remote(1)")
    if not isinstance(servers, list | tuple):
        advice = "A list is wanted: `servers = [... for _ in range(4)]`."
        raise NotYet(came=shown(servers), advice=advice, is_final=True)
    strange = [server for server in servers if not isinstance(server, ray.ActorHandle)]
    if strange:
        came = f"{shown(strange[0])} in the list"
        advice = "An actor of the class is made by `ModelServer.remote()`."
        raise NotYet(came=came, advice=advice, is_final=True)
    if len({_id_of(server) for server in servers}) < len(servers):
        came = "the same server several times"
        advice = (
            "`[ModelServer.remote()] * 4` repeats one handle. "
            "`[ModelServer.remote() for _ in range(4)]` makes four."
        )
        raise NotYet(came=came, advice=advice, is_final=True)
    if len(servers) != _FOUR:
        advice = "Four: one for each GPU. A fifth would wait for ever."
        raise NotYet(came=f"{len(servers)} servers", advice=advice, is_final=True)


def _id_of(server: Any) -> str:
    found: str = server._actor_id.hex()  # noqa: SLF001  # Ray's own name for it.
    return found


def _once_settled(server: Any, until_s: float) -> Any:
    """What is known of a server, as soon as it is there, or when there is no more time."""
    while True:
        known = get_actor(_id_of(server))
        if known is None:
            advice = "It belongs to a session that is over. Run your cell again."
            raise NotYet(came="a server nobody knows", advice=advice, is_final=True)
        if known.state in {"ALIVE", "DEAD"} or time.monotonic() > until_s:
            return known
        time.sleep(_POLL_S)


def _answers_in_order(things: Mapping[str, Any], limit_s: float) -> None:
    with _asked(things["ask"], [3, 1, 2], limit_s) as found:
        pass
    expected = [6, 2, 4]
    if found == expected:
        return
    if isinstance(found, list) and any(isinstance(one, ray.ObjectRef) for one in found):
        advice = "These are promises of values. `ray.get(list_of_refs)` waits for all of them."
    elif isinstance(found, list) and sorted(map(str, found)) == sorted(map(str, expected)):
        advice = "In the order of the numbers, whichever server is done first."
    elif not isinstance(found, list):
        advice = "A list is wanted: an answer for each of the numbers."
    else:
        advice = "For each number what `infer` answers: twice as much."
    raise NotYet(came=f"{shown(found)} for `[3, 1, 2]`", advice=advice, is_final=True)


def _are_balanced(things: Mapping[str, Any], limit_s: float) -> None:
    servers = things["servers"]
    before = [_num_tasks(server) for server in servers]
    with _asked(things["ask"], list(range(_REQUESTS)), limit_s) as found:
        shares = [_num_tasks(server) - was for server, was in zip(servers, before, strict=True)]
    if found != [2 * number for number in range(_REQUESTS)]:
        came = f"other answers than with three numbers, for {_REQUESTS}"
        raise NotYet(came=came, advice="As with three numbers: an answer for each, in order.")
    came = f"{', '.join(map(str, shares))} of {_REQUESTS} requests"
    if not sum(shares):
        advice = (
            "The answers are right, but no server was asked. Each number is to be a call: "
            "`server.infer.remote(x)`, of one of the actors in `servers`."
        )
    elif sum(shares) < _REQUESTS:
        advice = "Each number is to be one call of one of the four `servers`."
    elif max(shares) == sum(shares):
        advice = (
            "One server does it all, and three GPUs are idle. Go round: `servers[n % 4]` for the "
            "n-th number."
        )
    elif min(shares) < _LEAST:
        advice = "All four are to have their share. `servers[n % 4]`, for the n-th number, does it."
    else:
        return
    raise NotYet(came=came, advice=advice)


def _num_tasks(server: Any) -> int:
    return len(list_tasks(filters=[("actor_id", "=", _id_of(server))], limit=10_000))


@contextmanager
def _asked(ask: Any, numbers: list[int], limit_s: float) -> Iterator[Any]:
    how = "server.infer.remote(x)"
    with answered(ask, "ask", numbers, limit_s=limit_s, how=how) as found:
        yield found


model_servers = Exercise(
    name="model_servers",
    title="Model servers",
    task=(
        "Place four replicas of `ModelServer` on four GPUs, one on each, in a list `servers`. "
        "`ask(numbers)` returns what `infer` makes of the numbers, in their order, and shares them "
        "out among the four."
    ),
    lesson="04_resources_and_placement",
    minutes=10,
    asks_for={"servers": "the list of your four actors", "ask": "your function"},
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    checks=(
        Check(
            name="the session has four GPUs to count with",
            expected="a session that was begun with `num_gpus=4`",
            run=_has_gpus,
        ),
        Check(
            name="there are four servers, each with a GPU of its own",
            expected="four actors that are alive and hold one GPU each",
            run=_four_on_four,
        ),
        Check(
            name="`ask` returns the answers in order",
            expected="`[6, 2, 4]` for `[3, 1, 2]`",
            run=_answers_in_order,
        ),
        Check(
            name="the requests are shared out among the four",
            expected=f"{_REQUESTS} calls for {_REQUESTS} numbers, and some for each server",
            run=_are_balanced,
        ),
    ),
)
