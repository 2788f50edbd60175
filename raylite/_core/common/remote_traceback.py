"""What a ``RayTaskError`` is made of: where a call failed, as data, and its two classes in one.

In Ray: ``RayTaskError`` in ``python/ray/exceptions.py``, which keeps a text. Here the text is
made when it is shown, see :mod:`raylite._core.common.frames`.
"""

import sys
import types
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from raylite._core.common.frames import CapturedError, Frame, capture, format_frames, frames_of
from raylite._core.common.record import Record

__all__ = [
    "RemoteCall",
    "driver_frames",
    "make_dual_class",
    "member_names",
    "notebook_lines",
    "remote_call",
    "runtime_prefixes",
    "text_lines",
]

ErrorT = TypeVar("ErrorT", bound=Exception)

_OURS = f"{Path(__file__).parents[2]}/"
_REPR_CHARS = 80
_LINE_CHARS = 10_000
"""So much of a line is shown."""
_HALF_LINES = 500
"""So many lines of a text are shown from its beginning, and from its end."""
_RUNTIME_PACKAGES = ("loky", "cloudpickle", "multiprocessing", "ray")


class RemoteCall(Record):
    """A call that failed, and how."""

    function_name: str
    pid: int | None = None
    actor_id: str | None = None
    actor_repr: str | None = None
    captured: CapturedError | None = None
    """What it raised; None if it never ran."""
    inner: "RemoteCall | None" = None
    """The call it had waited for, where that one's error passed through this one."""
    in_argument: bool = False
    """True if it never ran, because ``inner`` was to give it an argument."""
    called_as: str | None = None
    """The call with its arguments, as they were when it failed, each in a few characters."""
    actor_told: str | None = None
    """Which actor it was, and how it was."""

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The user's own frames, outermost first."""
        return self.captured.frames if self.captured else ()

    def text(self) -> str:
        """The remote traceback."""
        lines = [self._header()]
        if self.called_as is not None:
            lines.append(f"  called as {self.called_as}")
        if self.actor_told is not None:
            lines.append(f"  in the actor {self.actor_told}")
        if self.in_argument:
            lines.append(
                "  At least one of the input arguments for this task could not be computed:"
            )
        elif self.captured:
            lines += _body(self.captured)
        if self.inner:
            lines.append(self.inner.text())
        elif self.captured:
            lines += _end(self.captured)
        return "\n".join(lines)

    def _header(self) -> str:
        facts = {"pid": self.pid, "actor_id": self.actor_id, "repr": _telling(self.actor_repr)}
        known = ", ".join(f"{name}={value}" for name, value in facts.items() if value is not None)
        return f"ray::{self.function_name}()" + (f" ({known})" if known else "")


def _telling(actor_repr: str | None) -> str | None:
    """What a user's ``__repr__`` says, in one line; Python's own says nothing but an address."""
    if actor_repr is None or " object at 0x" in actor_repr:
        return None
    line = " ".join(actor_repr[: 2 * _REPR_CHARS].split())
    return line if len(line) <= _REPR_CHARS else f"{line[: _REPR_CHARS - 1]}…"


def _body(captured: CapturedError) -> list[str]:
    lines = []
    if captured.earlier:
        lines += [*_body(captured.earlier), *_end(captured.earlier), "", captured.link, ""]
    frames = format_frames(captured.frames).rstrip("\n")
    return [*lines, frames] if frames else lines


def _end(captured: CapturedError) -> list[str]:
    """Type and text; of a group, the same of each member, and where that was raised."""
    lines = [captured.summary]
    for number, member in enumerate(captured.members, start=1):
        lines.append(f"  +-- {number} of {len(captured.members)}")
        inner = "\n".join([*_body(member), *_end(member)])
        lines += [f"  | {line}" for line in inner.split("\n")]
    return lines


def runtime_prefixes() -> tuple[str, ...]:
    """How the file names of raylite's frames, and of what it runs on, begin."""
    loaded = (sys.modules.get(name) for name in _RUNTIME_PACKAGES)
    files = (getattr(module, "__file__", None) for module in loaded)
    return (_OURS, *(f"{Path(file).parent}/" for file in files if file))


def remote_call(error: BaseException, inner: RemoteCall | None, **facts: Any) -> RemoteCall:
    """What there is to tell of a call that raised ``error``.

    Args:
        error: with its traceback.
        inner: the call that had raised it before, if this one had waited for it.
        facts: the other fields of a :class:`RemoteCall`.
    """
    captured = (
        CapturedError(frames=frames_of(error, runtime_prefixes()), summary="")
        if inner
        else capture(error, runtime_prefixes())
    )
    return RemoteCall(captured=captured, inner=inner, **facts)


@lru_cache(maxsize=256)
def make_dual_class(
    task_error: type[ErrorT], cause_class: type[BaseException]
) -> type[ErrorT] | None:
    """A class that is both, named ``RayTaskError(ValueError)``; None where there can be none."""
    name = f"{task_error.__name__}({cause_class.__name__})"
    namespace = {"__module__": task_error.__module__, "__qualname__": name}
    try:
        return types.new_class(
            name, (task_error, cause_class), exec_body=lambda ns: ns.update(namespace)
        )
    except Exception:
        # A class that is final, or whose metaclass or __init_subclass__ wants more.
        return None


@lru_cache(maxsize=256)
def member_names(error_class: type[BaseException]) -> tuple[str, ...]:
    """Attributes that live outside ``__dict__``, such as ``errno``: they have to be copied."""
    members = (types.MemberDescriptorType, types.GetSetDescriptorType)
    return tuple(
        name
        for base in error_class.__mro__
        if base not in (BaseException, object)
        for name, value in vars(base).items()
        if isinstance(value, members) and not name.startswith("__")
    )


def driver_frames(error: BaseException) -> list[Frame]:
    """The user's own frames in the driver, outermost first, without the notebook's."""
    mine = [frame for frame in frames_of(error, runtime_prefixes()) if not _is_shell(frame)]
    remote: RemoteCall | None = getattr(error, "__dict__", {}).get("_remote")
    if remote is not None and remote.frames and remote.frames[0] in mine:
        # In one process the traceback goes on into the call, which is told of by itself.
        del mine[mine.index(remote.frames[0]) :]
    return mine


def notebook_lines(error: BaseException, summary: str, details: list[str]) -> list[str]:
    """The error in a line, the driver's own frames, and the details, for IPython to print."""
    name = type(error).__name__
    mine = driver_frames(error)
    here: list[Any] = [format_frames(mine).rstrip("\n")] if mine else []
    return [f"{name}: {summary}", *here, *(["", *details] if details else [])]


def text_lines(error: BaseException) -> list[str]:
    """What an error says, as much of it as anybody reads, line by line; at least one.

    Args:
        error: its ``__str__`` may be the user's, and do anything.
    """
    try:
        lines = str(error).split("\n")
    except Exception as failure:
        return [f"(its text cannot be had: {type(failure).__name__})"]
    hidden = len(lines) - 2 * _HALF_LINES
    if hidden > 1:
        lines[_HALF_LINES:-_HALF_LINES] = [f"... ({hidden:,} lines more)"]
    return [_cut(line) for line in lines]


def _cut(line: str) -> str:
    more = len(line) - _LINE_CHARS
    return line if more <= 0 else f"{line[:_LINE_CHARS]} ... (and {more:,} characters more)"


def _is_shell(frame: Frame) -> bool:
    return "/IPython/" in frame.filename or "/ipykernel/" in frame.filename
