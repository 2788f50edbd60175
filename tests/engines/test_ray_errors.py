"""Ray's errors come back under raylite's names: each class of Ray's, and what it says."""

import inspect
import pickle
from typing import Any

import pytest

pytest.importorskip("ray", reason="Ray is not installed here: see `make engines`")

import ray
from ray import exceptions as of_ray
from ray._raylet import ActorID

from raylite import exceptions as ours
from raylite.engines.ray.errors import mapped

RAYS: dict[str, Any] = {
    name: found
    for name, found in vars(of_ray).items()
    if inspect.isclass(found) and issubclass(found, of_ray.RayError)
}
MADE_OF = {
    "ActorDiedError": (),
    "ActorUnavailableError": ("restarting", b"\1" * 16),
    "RayTaskError": ("f", "Traceback (most recent call last):\nValueError: 3", ValueError(3)),
}


def made(name: str) -> Any:
    """An error of Ray's, of whatever its class wants to be told."""
    cls = RAYS[name]
    if name in MADE_OF:
        return cls(*MADE_OF[name])
    if issubclass(cls, of_ray.ObjectLostError):
        error = cls.__new__(cls)
        of_ray.ObjectLostError.__init__(error, "ab" * 28, b"", "program.py:7")
        return error
    return cls("a reason")


@pytest.mark.parametrize("name", sorted(RAYS))
def test_every_class_of_rays_has_one_of_the_same_name(name: str) -> None:
    if name == "CrossLanguageError":
        pytest.skip("it is made of a message of another language's")
    found = mapped(made(name))
    assert type(found).__name__.partition("(")[0] == name
    assert isinstance(found, getattr(ours, name))
    assert not isinstance(found, of_ray.RayError)


@pytest.mark.parametrize("name", sorted(RAYS))
def test_it_has_the_bases_that_rays_has(name: str) -> None:
    expected = {base.__name__ for base in RAYS[name].__mro__}
    assert expected <= {base.__name__ for base in getattr(ours, name).__mro__} | {"Generic"}


@pytest.mark.parametrize("name", sorted(RAYS))
def test_it_travels(name: str) -> None:
    if name == "CrossLanguageError":
        pytest.skip("it is made of a message of another language's")
    found = mapped(made(name))
    copy = pickle.loads(pickle.dumps(found))
    assert (type(copy).__name__, str(copy)) == (type(found).__name__, str(found))


def test_what_ray_says_is_kept() -> None:
    assert "a reason" in str(mapped(of_ray.RaySystemError("a reason")))
    assert "a reason" in str(mapped(of_ray.RuntimeEnvSetupError("a reason")))
    lost: Any = mapped(made("OwnerDiedError"))
    assert lost.object_ref_hex == "ab" * 28
    assert "program.py:7" in str(lost)


def test_no_colour_of_a_terminal_comes_with_it() -> None:
    assert "\x1b" not in str(mapped(of_ray.RaySystemError("\x1b[36mray::f()\x1b[39m")))


def test_of_a_dead_actor_the_facts_are_told() -> None:
    context = of_ray.ActorDiedErrorContext(
        error_message="The actor is dead because it was killed by `ray.kill`.",
        class_name="Counter",
        actor_id=ActorID.from_random().binary(),
        pid=17,
        name="count",
    )
    found: Any = mapped(of_ray.ActorDiedError(context))
    for words in ("class_name: Counter", "pid: 17", "name: count", "killed by `ray.kill`"):
        assert words in str(found)
    assert found.actor_id == ray.ActorID(context.actor_id).hex()


def test_what_is_no_error_of_rays_is_left_as_it_is() -> None:
    error = KeyError("k")
    assert mapped(error) is error


def test_a_cluster_without_raylite_is_told_in_one_sentence() -> None:
    told = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'raylite'"
    found = mapped(of_ray.RayTaskError("f", told, RuntimeError("The remote function failed")))
    assert isinstance(found, ours.RuntimeEnvSetupError)
    assert "py_modules" in str(found)
    assert "\n" not in str(found)
