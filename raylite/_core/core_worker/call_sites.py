"""The line of the user's program that has made an object.

In Ray: ``CallSiteRecordCallback`` in ``python/ray/_raylet.pyx``, which makes a text for each object
and is therefore off by default. Here a place is noted, a code object and an offset in it, which
takes 0.2 us; it becomes a text when somebody asks. ``RAY_record_ref_creation_sites=0`` turns it
off.
"""

import linecache
import os
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Final, TypeAlias

from raylite._core.common.frames import cell_name

__all__ = [
    "CallSite",
    "described",
    "origin_told",
    "site_of_actor",
    "site_of_call",
    "site_of_put",
    "site_of_task",
]

CallSite: TypeAlias = tuple[CodeType, int, str]
"""Where, and what was made there."""
_OURS: Final = f"{Path(__file__).parents[2]}/"
"""How the names of raylite's own files begin."""
PUT: Final = "put object"
TASK: Final = "task call"
ACTOR: Final = "actor creation"
METHOD: Final = "actor call"
_INNER: Final = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
_SOURCE_CHARS: Final = 60
_NOWHERE: Final = compile("", "", "exec")


class Noted:
    """Notes where something of one kind is made, by the user's line that is running.

    Args:
        kind: what is made.
    """

    __slots__ = ("_kind", "_last")

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._last: CallSite = (_NOWHERE, -1, kind)

    def place(self, frame: FrameType | None) -> CallSite | None:
        """The innermost place of the user's.

        Args:
            frame: where it may be; else it is further out.
        """
        # A loop makes its objects in one place: that is noted once, for all of them.
        last = self._last
        while frame is not None:
            code = frame.f_code
            if code is last[0] and frame.f_lasti == last[1]:
                return last
            if not code.co_filename.startswith(_OURS):
                self._last = found = code, frame.f_lasti, self._kind
                return found
            frame = frame.f_back
        return None


def _nowhere(_frame: FrameType | None) -> None:
    """Where it is turned off."""


def described(place: CallSite | None) -> tuple[str, str, int, str] | None:
    """What was made, and the file, or notebook cell, the line and the function where it was.

    None if that is not known.
    """
    if place is None:
        return None
    code, offset, kind = place
    line = code.co_firstlineno
    for start, end, number in code.co_lines():
        if start <= offset < end and number is not None:
            line = number
    function = code.co_qualname
    for part in _INNER:  # No function to a person.
        function = function.replace(f".<locals>.{part}", "").replace(part, "<module>")
    return kind, cell_name(code.co_filename) or code.co_filename, line, function


def origin_told(place: CallSite | None) -> str:
    """A sentence that names the line which has made something, with a line break behind it.

    Empty if that is not known.
    """
    found = described(place)
    if place is None or found is None:
        return ""
    kind, where, line, _function = found
    source = linecache.getline(place[0].co_filename, line).strip()
    quoted = f": {_cut(source)}" if source else "."
    return f"It comes from the {kind} in {where}, line {line}{quoted}\n"


def _cut(source: str) -> str:
    return source if len(source) <= _SOURCE_CHARS else f"{source[: _SOURCE_CHARS - 1]}…"


_switch = os.environ.get("RAY_record_ref_creation_sites", "1")  # noqa: SIM112  # Ray's name.
_is_on: Final = _switch.lower() not in {"0", "false"}
_Note: TypeAlias = Callable[[FrameType | None], CallSite | None]
site_of_call: Final[_Note] = Noted(METHOD).place if _is_on else _nowhere
site_of_task: Final[_Note] = Noted(TASK).place if _is_on else _nowhere
site_of_put: Final[_Note] = Noted(PUT).place if _is_on else _nowhere
site_of_actor: Final[_Note] = Noted(ACTOR).place if _is_on else _nowhere
