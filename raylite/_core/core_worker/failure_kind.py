"""What kind of failure an error is, in Ray's words, as tables and timelines show it.

In Ray: ``ErrorType`` in ``src/ray/protobuf/common.proto``.

It is read from the error's bytes: to unpack an error is to run code of the user's. A pickle names
the class at its beginning.
"""

from typing import Final

__all__ = ["failure_kind"]

_BEGINNING: Final = 200
_KINDS: Final = (
    (b"TaskCancelledError", "TASK_CANCELLED"),
    (b"ActorUnavailableError", "ACTOR_UNAVAILABLE"),
    (b"ActorDiedError", "ACTOR_DIED"),
    (b"WorkerCrashedError", "WORKER_DIED"),
    (b"OwnerDiedError", "OWNER_DIED"),
)


def failure_kind(payload: bytes) -> str:
    """The kind of the error in a payload."""
    beginning = payload[:_BEGINNING]
    for name, kind in _KINDS:
        if name in beginning:
            return kind
    return "TASK_EXECUTION_EXCEPTION"
