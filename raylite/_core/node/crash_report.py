"""What a crashing interpreter writes about itself, without the part that is ours.

In Ray: nothing; there the whole stack is printed.

A segmentation fault has Python's ``faulthandler`` write the stack to stderr, innermost frame first.
Below the user's frames are those of the runtime, which say nothing to the user, and would fill the
few last lines that go with the error.
"""

import re
from typing import Final

__all__ = ["without_runtime_frames"]

_FRAME: Final = re.compile(r'  File "(?P<file>[^"]*)", line \d+ in ')
"""Faulthandler's; in those of a traceback, a comma follows the number."""
_RUNTIME: Final = ("/raylite/_core/", "/loky/backend/", "/multiprocessing/", "<frozen runpy>")


def without_runtime_frames(lines: list[str]) -> list[str]:
    """The lines, save those in which faulthandler names a frame of the runtime."""
    return [line for line in lines if not _is_runtime_frame(line)]


def _is_runtime_frame(line: str) -> bool:
    frame = _FRAME.match(line)
    return frame is not None and any(part in frame["file"] for part in _RUNTIME)
