"""Why something has died, in raylite's words. Pure.

In Ray: ``ActorDeathCause`` and ``WorkerExitType`` in ``src/ray/protobuf/common.proto``, whose texts
are long and name files of the machine.
"""

from typing import Any, Final

__all__ = ["death_words", "exit_words"]

_KILLED: Final = "it was killed by `ray.kill`"
_OUT_OF_SCOPE: Final = "all references to the actor were removed: no handle is left"
_DETAIL: Final = "Worker exit detail:"
_LONGEST: Final = 300
_OWNER_DIED: Final = 2
_NODE_DIED: Final = 3
_RAY_KILL: Final = 4
_NO_HANDLE: Final = frozenset({5, 6})
"""Numbers of Ray's ``ActorDiedErrorContext.Reason``."""


def death_words(cause: Any) -> str:
    """Why an actor has died.

    Args:
        cause: Ray's ``ActorDeathCause``.
    """
    match cause.WhichOneof("context"):
        case "creation_task_failure_context":
            return _raised(cause.creation_task_failure_context.formatted_exception_string)
        case "runtime_env_failed_context":
            told = cause.runtime_env_failed_context.error_message
            return f"its environment could not be made: {_short(told)}"
        case "actor_unschedulable_context":
            told = cause.actor_unschedulable_context.error_message
            return f"there is no place for it: {_short(told)}"
        case "oom_context":
            return f"its node had too little memory: {_short(cause.oom_context.error_message)}"
        case "actor_died_error_context":
            return _died(cause.actor_died_error_context)
        case _:
            return ""


def _died(context: Any) -> str:
    if context.reason == _RAY_KILL:
        return _KILLED
    if context.reason in _NO_HANDLE:
        return _OUT_OF_SCOPE
    if context.reason == _OWNER_DIED:
        return "its owner has ended, and the actor with it"
    if context.reason == _NODE_DIED:
        told = context.node_death_info.reason_message
        return f"its node died: {_short(told)}" if told else "its node died"
    return _process(context.error_message)


def _process(told: str) -> str:
    if "exit_actor" in told or "INTENDED_USER_EXIT" in told:
        return "it ended itself with `exit_actor`"
    detail = told.partition(_DETAIL)[2] or told
    return f"its process died: {_short(detail)}" if detail else "its process died"


def _raised(told: str) -> str:
    lines = [line for line in told.strip().splitlines() if line.strip()]
    return f"its constructor raised {_short(lines[-1])}" if lines else "its constructor raised"


def exit_words(kind: str, detail: str) -> str:
    """Why a worker has ended.

    Args:
        kind: the name of Ray's ``WorkerExitType``.
        detail: what Ray says of it.
    """
    if kind == "NODE_OUT_OF_MEMORY":
        return "its node had too little memory"
    return _short(detail)


def _short(told: str) -> str:
    """The first sentence of a text, in one line."""
    line = " ".join(told.split())
    first, dot, _ = line.partition(". ")
    found = first + dot.strip()
    return found if len(found) <= _LONGEST else f"{found[: _LONGEST - 1]}…"
