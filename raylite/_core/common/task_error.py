"""The error of a task: everything about it that is not merely a name.

In Ray: ``RayTaskError`` in ``python/ray/exceptions.py``. Users find both classes in
:mod:`raylite.exceptions`, which has the tree they belong to.
"""

from typing import Any, Self

from raylite._core.common.frames import capture
from raylite._core.common.remote_traceback import (
    RemoteCall,
    make_dual_class,
    member_names,
    notebook_lines,
    remote_call,
    text_lines,
)

__all__ = ["RayError", "RayTaskError"]

_HOME = "raylite.exceptions"


class RayError(Exception):
    """Whatever raylite raises about tasks, actors and objects."""

    __module__ = _HOME

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the line of the cell, and none of the runtime's own."""
        first, *rest = text_lines(self)
        return notebook_lines(self, first, rest)


class RayTaskError(RayError):
    """The code of a task or of an actor's method raised.

    ``str()`` is the remote traceback: where it ran, the user's own frames with their source
    lines, and at the end the exception itself. Attributes that are not found here are looked up
    on :attr:`cause`.

    Attributes:
        cause: the user's exception.
    """

    __module__ = _HOME

    cause: BaseException
    _remote: RemoteCall

    def __new__(cls, *_: Any) -> Self:
        """Without arguments: a base such as OSError would make something of them."""
        return super().__new__(cls)

    def __init__(self, cause: BaseException, remote: RemoteCall) -> None:
        # No call of the other base's __init__: it is the user's, and may do anything.
        own_class: Any = type(self)
        for name in member_names(own_class):
            value = getattr(cause, name, None)
            if value is not None:
                object.__setattr__(self, name, value)
        self.args = (cause,)
        self.cause = cause
        self._remote = remote

    @classmethod
    def from_exception(
        cls,
        error: BaseException,
        *,
        function_name: str,
        pid: int,
        actor_id: str | None = None,
        actor_repr: str | None = None,
        called_as: str | None = None,
        actor_told: str | None = None,
    ) -> "RayTaskError":
        """Wrap what a task raised, there where it was raised.

        Args:
            error: with its traceback. An error of an inner task is not wrapped twice: its cause
                stays the cause, and its traceback follows that of this task.
            function_name: ``f`` or ``Accounting.withdraw``.
            pid: of the worker.
            actor_id: in hexadecimal digits, for a method.
            actor_repr: the actor's ``repr()``, for a method.
            called_as: the call with its arguments, in short.
            actor_told: which actor it was, and how it was.

        Returns:
            An instance of both this class and the class of the cause.
        """
        inner = error if isinstance(error, RayTaskError) else None
        remote = remote_call(
            error,
            inner._remote if inner else None,  # noqa: SLF001  # of the same class
            function_name=function_name,
            pid=pid,
            actor_id=actor_id,
            actor_repr=actor_repr,
            called_as=called_as,
            actor_told=actor_told,
        )
        return cls(inner.cause if inner else error, remote).as_instanceof_cause()

    def in_argument_of(self, function_name: str) -> "RayTaskError":
        """The error of a task that could not run because this one was to give it a value.

        Args:
            function_name: the task or method that did not run.
        """
        remote = RemoteCall(function_name=function_name, inner=self._remote, in_argument=True)
        return RayTaskError(self.cause, remote).as_instanceof_cause()

    @classmethod
    def of_argument(cls, error: BaseException, function_name: str) -> "RayTaskError":
        """The error of a task that could not run because an argument has an error for a value.

        Args:
            error: that one, raised by no task.
            function_name: the task or method that did not run.
        """
        captured = capture(error, ())
        remote = RemoteCall(function_name=function_name, captured=captured, in_argument=True)
        return cls(error, remote).as_instanceof_cause()

    def as_instanceof_cause(self) -> "RayTaskError":
        """This error as an instance of the class of its cause, too.

        A class that cannot be derived from gives this error as it is.
        """
        cause_class: Any = type(self.cause)
        if issubclass(type(self), cause_class):
            return self
        dual: type[RayTaskError] | None = make_dual_class(RayTaskError, cause_class)
        try:
            return dual(self.cause, self._remote) if dual else self
        except Exception:
            return self

    def __getattr__(self, name: str) -> Any:
        """Ask the cause, and then what is known of the call."""
        if name in {"cause", "_remote"} or (name.startswith("__") and name.endswith("__")):
            # Not there yet (while unpickling), or one of Python's own protocols.
            raise AttributeError(name)
        try:
            return getattr(self.cause, name)
        except AttributeError:
            if name in {"pid", "actor_id", "actor_repr", "frames"}:
                return getattr(self._remote, name)
            raise

    def __str__(self) -> str:
        return self._remote.text()

    def __repr__(self) -> str:
        try:
            told = repr(self.cause)
        except Exception as failure:  # The user's __repr__ may do anything.
            told = f"<{type(self.cause).__name__}, whose __repr__ raised {type(failure).__name__}>"
        return f"{type(self).__name__}({told})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_task_error, (self.cause, self._remote)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the line of the cell, and then what happened in the worker."""
        from raylite._core.common.slips import hint_for  # noqa: PLC0415  # No start pays for it.

        # The rest of a longer text stands below, with where it was raised.
        first = text_lines(self.cause)[0]
        hint = hint_for(self.cause)
        told = [*text_lines(self), *(["", f"Hint: {hint}"] if hint else [])]
        return notebook_lines(self, first, told)


def _rebuild_task_error(cause: BaseException, remote: RemoteCall) -> RayTaskError:
    return RayTaskError(cause, remote).as_instanceof_cause()
