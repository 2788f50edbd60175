"""What can go wrong: Ray's exceptions, under Ray's names.

In Ray: ``python/ray/exceptions.py``. Left out here: nothing by name, so that ``except`` clauses
written for Ray keep their meaning; some classes are never raised on a single machine.

::

    RayError
    ├── RayTaskError                    the code of a task or method raised
    ├── RayActorError
    │   ├── ActorDiedError              it is dead, and stays so
    │   └── ActorUnavailableError       it restarts; whether the call ran is not known
    ├── WorkerCrashedError              the process of a task died, and its retries are used up
    ├── TaskCancelledError
    ├── GetTimeoutError                 (TimeoutError)
    ├── UnserializableException         an exception that could not be unpickled
    ├── UserCodeException
    ├── ObjectLostError
    │   ├── OwnerDiedError              the process that could tell the value is gone
    │   ├── ObjectFetchTimedOutError
    │   ├── ObjectFreedError
    │   ├── ObjectReconstructionFailedError
    │   └── ReferenceCountingAssertionError    (AssertionError)
    ├── ActorAlreadyExistsError         (ValueError) the name is taken
    ├── ActorHandleNotFoundError        (ValueError) the actor belongs to another session
    ├── PendingCallsLimitExceeded
    ├── RaySystemError                  the runtime cannot do what was asked
    │   ├── RayChannelError
    │   │   └── RayChannelTimeoutError  (TimeoutError)
    │   └── RayCgraphCapacityExceeded, RayDirectTransportError,
    │       StreamingGeneratorReplayInconsistentError
    ├── OutOfMemoryError, ObjectStoreFullError, OutOfDiskError, PlasmaObjectNotAvailable
    ├── TaskUnschedulableError, TaskPlacementGroupRemoved
    ├── ActorUnschedulableError, ActorPlacementGroupRemoved
    ├── NodeDiedError, LocalRayletDiedError, RpcError, AuthenticationError
    ├── ObjectRefStreamEndOfStreamError, OufOfBandObjectRefSerializationException
    └── RuntimeEnvSetupError, CrossLanguageError, AsyncioActorExit

A failed task raises a class that is two at once, ``RayTaskError(ValueError)``: ``except
ValueError`` works as in a program without processes, ``except RayTaskError`` as Ray teaches it.
"""

from typing import Any

from raylite._core.common.task_error import RayError, RayTaskError

__all__ = [
    "ActorAlreadyExistsError",
    "ActorDiedError",
    "ActorHandleNotFoundError",
    "ActorPlacementGroupRemoved",
    "ActorUnavailableError",
    "ActorUnschedulableError",
    "AsyncioActorExit",
    "AuthenticationError",
    "CrossLanguageError",
    "GetTimeoutError",
    "LocalRayletDiedError",
    "NodeDiedError",
    "ObjectFetchTimedOutError",
    "ObjectFreedError",
    "ObjectLostError",
    "ObjectReconstructionFailedError",
    "ObjectRefStreamEndOfStreamError",
    "ObjectStoreFullError",
    "OufOfBandObjectRefSerializationException",
    "OutOfDiskError",
    "OutOfMemoryError",
    "OwnerDiedError",
    "PendingCallsLimitExceeded",
    "PlasmaObjectNotAvailable",
    "RayActorError",
    "RayCgraphCapacityExceeded",
    "RayChannelError",
    "RayChannelTimeoutError",
    "RayDirectTransportError",
    "RayError",
    "RaySystemError",
    "RayTaskError",
    "ReferenceCountingAssertionError",
    "RpcError",
    "RuntimeEnvSetupError",
    "StreamingGeneratorReplayInconsistentError",
    "TaskCancelledError",
    "TaskPlacementGroupRemoved",
    "TaskUnschedulableError",
    "UnserializableException",
    "UserCodeException",
    "WorkerCrashedError",
]


_INIT_RAISED = "The actor died because its creation task, __init__, raised an error:"


class ActorExit(BaseException):
    """Raised by ``exit_actor``; the worker ends the actor on purpose, so there is no restart.

    No ``SystemExit``: a method that catches that is not to survive its own wish.
    """


class RayActorError(RayError):
    """An actor could not answer a call.

    Args:
        actor_id: in hexadecimal digits.
        error_msg: what happened, as whole sentences.
    """

    base_text = "The actor failed before it could finish this call."

    def __init__(self, actor_id: str | None = None, error_msg: str | None = None) -> None:
        super().__init__(actor_id, error_msg)
        self.actor_id = actor_id
        self.error_msg = error_msg or self.base_text

    def __str__(self) -> str:
        return self.error_msg


class ActorDiedError(RayActorError):
    """The actor is dead, and will not come back.

    Args:
        cause: what its ``__init__`` raised, if that is why.
        reason: why it died, as a whole sentence.
        class_name: of the actor.
        actor_id: in hexadecimal digits.
        pid: of the process it lived in.
        name: under which it was to be found.
        namespace: in which.
    """

    base_text = "The actor died unexpectedly before finishing this call."

    def __init__(
        self,
        cause: RayTaskError | None = None,
        *,
        reason: str = "",
        class_name: str | None = None,
        actor_id: str | None = None,
        pid: int | None = None,
        name: str | None = None,
        namespace: str | None = None,
    ) -> None:
        facts = {
            "class_name": class_name,
            "actor_id": actor_id,
            "pid": pid,
            "name": name,
            "namespace": namespace,
        }
        if cause is not None:
            text = f"{_INIT_RAISED}\n{cause}"
        else:
            known = [f"\t{key}: {value}" for key, value in facts.items() if value is not None]
            text = "\n".join([self.base_text, *known, *([reason] if reason else [])])
        super().__init__(actor_id, text)
        self.cause = cause

    def __str__(self) -> str:
        """The cause is put into words by the process that shows it: that one knows its cells."""
        return self.error_msg if self.cause is None else f"{_INIT_RAISED}\n{self.cause}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_plainly, (type(self), self.args, self.__dict__)


class ActorUnavailableError(RayActorError):
    """The actor cannot be reached at the moment: it restarts. The call may or may not have run.

    Args:
        error_message: what is known.
        actor_id: in hexadecimal digits.
    """

    def __init__(
        self, error_message: str = "The actor is restarting.", actor_id: str | None = None
    ) -> None:
        super().__init__(
            actor_id,
            f"The actor{f' {actor_id}' if actor_id else ''} is unavailable: {error_message}\n"
            "The call may or may not have been executed. Call again later, or let raylite do it:\n"
            "@ray.remote(max_restarts=-1, max_task_retries=-1).",
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_plainly, (type(self), self.args, self.__dict__)


def _rebuild_plainly(
    error_class: type[RayActorError], args: tuple[Any, ...], state: dict[str, Any]
) -> RayActorError:
    """Without ``__init__``, whose text is made already."""
    error = error_class.__new__(error_class, *args)
    error.__dict__.update(state)
    return error


class WorkerCrashedError(RayError):
    """The process that ran a task died, and the task's retries are used up."""

    default_text = (
        "The worker process died while it ran this task, and max_retries is used up. It left by "
        "sys.exit or os._exit, was killed, or ran out of memory."
    )

    def __str__(self) -> str:
        return super().__str__() or self.default_text


class TaskCancelledError(RayError):
    """The task was cancelled.

    Args:
        task_id: of the task, in hexadecimal digits.
        error_message: why, if more is known.
    """

    def __init__(self, task_id: str | None = None, error_message: str | None = None) -> None:
        super().__init__(task_id, error_message)
        self.task_id = task_id
        self.error_message = error_message

    def __str__(self) -> str:
        text = f"{f'Task {self.task_id}' if self.task_id else 'This task'} was cancelled."
        return f"{text} {self.error_message}" if self.error_message else text


class GetTimeoutError(RayError, TimeoutError):
    """``get`` gave up waiting. Nothing is cancelled: the value may still come."""


class UnserializableException(RayError):
    """A task raised an exception that cannot be unpickled here. Its text is this one's text."""


class UserCodeException(RayError):
    """The user's code failed where raylite ran it for its own ends."""


class ObjectLostError(RayError):
    """The value of an ObjectRef cannot be had any more.

    Args:
        object_ref_hex: the ref, in hexadecimal digits.
        owner_address: the process that owns the object, in words.
        call_site: what has made it, and where.
    """

    default_text = (
        "The object is lost: the file with its value is gone. Make it again, by another "
        "call or put."
    )

    def __init__(
        self, object_ref_hex: str = "", owner_address: str = "", call_site: str = ""
    ) -> None:
        super().__init__(object_ref_hex, owner_address, call_site)
        self.object_ref_hex, self.owner_address, self.call_site = self.args

    def __str__(self) -> str:
        made = f", made by {self.call_site}" if self.call_site else ""
        which = f"ObjectRef({self.object_ref_hex}){made}: " if self.object_ref_hex else ""
        owner = f" Its owner is {self.owner_address}." if self.owner_address else ""
        return f"{which}{self.default_text}{owner}"


class OwnerDiedError(ObjectLostError):
    """The process that owned the object is gone, and with it the knowledge of where it is."""

    default_text = (
        "The object's owner, the process that made its ObjectRef, has died, and the object with "
        "it. Keep what is to outlive an actor in the driver: return the value, or put it there."
    )


class ObjectFetchTimedOutError(ObjectLostError):
    """The object exists, but could not be fetched in time."""


class ObjectFreedError(ObjectLostError):
    """The object was freed by hand."""


class ObjectReconstructionFailedError(ObjectLostError):
    """The object was lost, and its task could not be run again."""


class ReferenceCountingAssertionError(ObjectLostError, AssertionError):
    """The object was let go of before this reference to it arrived."""

    default_text = "It is gone: keep a ref where it was made until its receiver has his own."


class ActorAlreadyExistsError(ValueError, RayError):
    """The name is taken by a living actor."""


class ActorHandleNotFoundError(ValueError, RayError):
    """The handle names an actor of which this session knows nothing."""


class PendingCallsLimitExceeded(RayError):
    """The actor has ``max_pending_calls`` calls in its queue already."""


class RaySystemError(RayError):
    """The runtime cannot do what was asked: the session is over, or something in it is broken."""


class RayChannelError(RaySystemError):
    """A channel between compiled graphs is broken. Never raised by raylite."""


class RayChannelTimeoutError(RayChannelError, TimeoutError):
    """A channel's time was up. Never raised by raylite."""


class RayCgraphCapacityExceeded(RaySystemError):
    """A compiled graph has too many runs pending. Never raised by raylite."""


class RayDirectTransportError(RaySystemError):
    """A transfer between GPUs failed. Never raised by raylite."""


class StreamingGeneratorReplayInconsistentError(RaySystemError):
    """A generator that was run again gave other values."""


class OutOfMemoryError(RayError):
    """The process was ended because the machine ran out of memory."""


class ObjectStoreFullError(RayError):
    """There is no room left for large objects."""


class OutOfDiskError(RayError):
    """There is no room left on the disk."""


class PlasmaObjectNotAvailable(RayError):
    """A large object is not on this machine."""


class TaskUnschedulableError(RayError):
    """The task can never run where it has to."""


class TaskPlacementGroupRemoved(RayError):
    """The task's placement group was removed."""


class ActorUnschedulableError(RayError):
    """The actor can never be placed where it has to."""


class ActorPlacementGroupRemoved(RayError):
    """The actor's placement group was removed."""


class NodeDiedError(RayError):
    """The node is gone."""


class LocalRayletDiedError(RayError):
    """The raylet, which hands out workers, is gone."""


class RpcError(RayError):
    """A message between processes of the runtime failed."""


class AuthenticationError(RayError):
    """The other side did not show the session's key."""


class ObjectRefStreamEndOfStreamError(RayError):
    """The generator has no further values."""


class OufOfBandObjectRefSerializationException(RayError):
    """An ObjectRef was pickled outside of raylite, where its life cannot be counted."""


class RuntimeEnvSetupError(RayError):
    """The environment of a task or actor could not be made."""


class CrossLanguageError(RayError):
    """Code of another language failed. Never raised by raylite."""


class AsyncioActorExit(RayError):
    """An asynchronous actor asked to end."""
