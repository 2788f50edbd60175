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
    "make_dual_class",
    "member_names",
    "notebook_lines",
    "remote_call",
    "runtime_prefixes",
]

ErrorT = TypeVar("ErrorT", bound=Exception)

_OURS = f"{Path(__file__).parents[2]}/"
_RUNTIME_PACKAGES = ("loky", "cloudpickle", "multiprocessing")


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

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The user's own frames, outermost first."""
        return self.captured.frames if self.captured else ()

    def text(self) -> str:
        """The remote traceback."""
        lines = [self._header()]
        if self.in_argument:
            lines.append(
                "  At least one of the input arguments for this task could not be computed:"
            )
        elif self.captured:
            lines += _body(self.captured)
        if self.inner:
            lines.append(self.inner.text())
        elif self.captured:
            lines.append(self.captured.summary)
        return "\n".join(lines)

    def _header(self) -> str:
        facts = {"pid": self.pid, "actor_id": self.actor_id, "repr": self.actor_repr}
        known = ", ".join(f"{name}={value}" for name, value in facts.items() if value is not None)
        return f"ray::{self.function_name}()" + (f" ({known})" if known else "")


def _body(captured: CapturedError) -> list[str]:
    lines = []
    if captured.earlier:
        lines += [*_body(captured.earlier), captured.earlier.summary, "", captured.link, ""]
    frames = format_frames(captured.frames).rstrip("\n")
    return [*lines, frames] if frames else lines


def runtime_prefixes() -> tuple[str, ...]:
    """How the file names of raylite's frames, and of what it runs on, begin."""
    loaded = (sys.modules.get(name) for name in _RUNTIME_PACKAGES)
    files = (getattr(module, "__file__", None) for module in loaded)
    return (_OURS, *(f"{Path(file).parent}/" for file in files if file))


def remote_call(
    error: BaseException,
    *,
    function_name: str,
    pid: int | None,
    actor_id: str | None,
    actor_repr: str | None,
    inner: RemoteCall | None,
) -> RemoteCall:
    """What there is to tell of a call that raised ``error``."""
    captured = (
        CapturedError(frames=frames_of(error, runtime_prefixes()), summary="")
        if inner
        else capture(error, runtime_prefixes())
    )
    return RemoteCall(
        function_name=function_name,
        pid=pid,
        actor_id=actor_id,
        actor_repr=actor_repr,
        captured=captured,
        inner=inner,
    )


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


def notebook_lines(error: BaseException, summary: str, details: list[str]) -> list[str]:
    """The error in a line, the driver's own frames, and the details, for IPython to print."""
    name = type(error).__name__
    mine = [frame for frame in frames_of(error, runtime_prefixes()) if not _is_shell(frame)]
    here: list[Any] = [format_frames(mine).rstrip("\n")] if mine else []
    return [f"{name}: {summary}", *here, *(["", *details] if details else [])]


def _is_shell(frame: Frame) -> bool:
    return "/IPython/" in frame.filename or "/ipykernel/" in frame.filename
