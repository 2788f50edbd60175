"""Ray's errors under raylite's names.

In Ray: ``python/ray/exceptions.py``. What the code of a task raised was put into raylite's words
where it was raised (:mod:`.in_worker`), and comes here inside an error of Ray's. What Ray itself
raises is made anew from what it says.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import ray.exceptions as of_ray
from ray.exceptions import RayError as RaysError

from raylite import exceptions as ours
from raylite._core.common.task_error import RayError, RayTaskError
from raylite.engines.ray.kept import kept_init_error

__all__ = ["mapped", "plain_text"]

_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_FACT: Final = re.compile(r"^\t(class_name|actor_id|pid|name|namespace|ip): (.*)$", re.MULTILINE)
_HEADER: Final = re.compile(r"ray::(?P<name>\S+)\(\) \(pid=(?P<pid>\d+)")
_IN_ARGUMENT: Final = re.compile(
    r"ray::(?P<name>\S+)\(\) \(pid=[^\n]*\n\s*At least one of the input arguments"
)
_SAID_TWICE: Final = ("The actor died unexpectedly before finishing this task.",)


_NOT_THERE: Final = "No module named 'raylite'"
_NOT_INSTALLED: Final = (
    "raylite is not installed where Ray's workers run, and they need it for functions and classes. "
    "Install it on each machine of the cluster, or send it along: init(engine='ray', "
    "runtime_env={'py_modules': [raylite]})."
)


def plain_text(error: BaseException) -> str:
    """What an error of Ray's says, without the colours of a terminal."""
    try:
        return _COLOURS.sub("", str(error))
    except Exception as failure:  # Ray's text may quote the user's.
        return f"(its text cannot be had: {type(failure).__name__})"


def mapped(error: BaseException) -> BaseException:
    """The error of raylite's that says what an error of Ray's says; any other as it is.

    Args:
        error: what a call of Ray's has raised.
    """
    if isinstance(error, of_ray.RayTaskError):
        return _of_task(error)
    for of_class, make in _MAKERS:
        if isinstance(error, of_class):
            return make(error)
    if isinstance(error, RaysError):
        return _by_name(error)
    return error


def _of_task(error: Any) -> BaseException:
    cause = error.cause
    if not isinstance(cause, RayTaskError):
        return _of_plain_task(error, cause)
    for function in reversed(_IN_ARGUMENT.findall(plain_text(error))):
        cause = cause.in_argument_of(function)
    return cause


def _of_plain_task(error: Any, cause: BaseException) -> BaseException:
    """What the code of a task raised where raylite was not, or did not see it."""
    inner = mapped(cause) if isinstance(cause, RaysError) else cause
    if isinstance(inner, RayTaskError):
        return inner
    text = plain_text(error)
    if _NOT_THERE in text:
        return ours.RuntimeEnvSetupError(_NOT_INSTALLED)
    found = _HEADER.search(text)
    name, pid = (found["name"], int(found["pid"])) if found else ("a task", 0)
    if "At least one of the input arguments" in text:
        return RayTaskError.of_argument(inner, name)
    return RayTaskError.from_exception(inner, function_name=name, pid=pid)


def _actor_died(error: Any) -> BaseException:
    actor_id = error.actor_id
    if _NOT_THERE in plain_text(error):
        return ours.ActorDiedError(reason=_NOT_INSTALLED, actor_id=actor_id)
    if error.actor_init_failed:
        cause = kept_init_error(actor_id)
        if cause is not None:
            return ours.ActorDiedError(cause, actor_id=actor_id)
    text = plain_text(error)
    facts = dict(_FACT.findall(text))
    reason = "\n".join(
        line
        for line in text.split("\n")
        if line and line not in _SAID_TWICE and not _FACT.match(line)
    )
    return ours.ActorDiedError(
        reason=reason,
        class_name=facts.get("class_name"),
        actor_id=actor_id,
        pid=int(facts["pid"]) if facts.get("pid", "").isdigit() else None,
        name=facts.get("name"),
        namespace=facts.get("namespace"),
    )


def _actor_unavailable(error: Any) -> BaseException:
    text = plain_text(error)
    told = re.search(r"is unavailable: (.*?)\.* The task may or", text, re.DOTALL)
    return ours.ActorUnavailableError(f"{told[1]}." if told else text, error.actor_id)


def _actor_failed(error: Any) -> BaseException:
    return ours.RayActorError(error.actor_id, plain_text(error))


def _cancelled(error: Any) -> BaseException:
    task_id: Any = getattr(error, "task_id", None)
    told = task_id.hex() if hasattr(task_id, "hex") else None
    return ours.TaskCancelledError(told, getattr(error, "error_message", None))


def _lost(error: Any) -> BaseException:
    made: type[BaseException] = getattr(ours, type(error).__name__, ours.ObjectLostError)
    return made(error.object_ref_hex, "", error.call_site or "")


def _by_name(error: BaseException) -> BaseException:
    """The class of the same name, or that of the next base that has one."""
    for base in type(error).__mro__:
        found = getattr(ours, base.__name__, None)
        if base.__module__ == of_ray.__name__ and found is not None:
            made: BaseException = found(plain_text(error))
            return made
    return RayError(plain_text(error))


_MAKERS: Final[tuple[tuple[Any, Callable[[Any], BaseException]], ...]] = (
    (of_ray.ActorDiedError, _actor_died),
    (of_ray.ActorUnavailableError, _actor_unavailable),
    (of_ray.RayActorError, _actor_failed),
    (of_ray.TaskCancelledError, _cancelled),
    (of_ray.ObjectLostError, _lost),
)
