"""What probably led to an error, or to the end of a process, in a student's class.

In Ray: nothing like it. Each answer is a sentence or two, and ends in what to try.
"""

import re
from typing import Final

from raylite.exceptions import RayError, TaskCancelledError

__all__ = ["advice_on", "how_it_died", "named"]

_LONGEST: Final = 300
_HOW: Final = re.compile(r"(?:because|used up:) (.+?)\.?$", re.MULTILINE)
_MEMORY: Final = "It asks for more memory than there is. The answer needs next to none."
_EXITED: Final = (
    "Look for `exit`, `sys.exit` or `os._exit` in what you wrote: they end the whole process."
)
_NO_COPY: Final = (
    "What a method returns goes to another process as a copy, and this has none: a lock, a "
    "generator, an open file or a connection. Return plain values, as numbers, texts or lists."
)
_NO_SELF: Final = (
    "Each method takes `self` first, and then what stands in the brackets of the call: "
    "`def method(self, value):`. Count the parameters."
)

_BY_KIND: Final[dict[type[BaseException], str]] = {
    AttributeError: (
        "What `__init__` is to keep has to be assigned to `self`, as in `self.w1 = w1`, and to be "
        "read with `self.` in front in the methods."
    ),
    NameError: (
        "The method uses a name that its process does not know. What belongs to the actor is read "
        "through `self`; what comes with the call is a parameter."
    ),
    MemoryError: _MEMORY,
    RecursionError: "The method calls itself, and never stops. It needs no call at all.",
    NotImplementedError: "The stub's line is still there. Replace it with your own.",
    TaskCancelledError: (
        "The method raised a KeyboardInterrupt, or was called off. Let it end by itself."
    ),
    RayError: "A call that it made came to nothing. Read the message: it says which, and why.",
}
"""The first that fits: a special kind stands before the general one."""
_OTHERWISE: Final = "Read the message as in any Python program: it is your method that raised it."


def named(error: BaseException) -> str:
    """The error's class and what it says, in one line and not too long."""
    text = " ".join(str(error).split())
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def how_it_died(error: RayError) -> tuple[str, str]:
    """How the process of an actor or a task ended, and what probably led to it.

    Args:
        error: what a call was answered with.
    """
    found = _HOW.search(str(error))
    how = found.group(1) if found else named(error)
    if "SIGKILL" in how:
        return how, f"{_MEMORY} (Or it has killed its own process.)"
    if "exited with code" in how:
        return how, _EXITED
    if "was killed by" in how:
        return how, "Something written in C has crashed: what was called last, and with what?"
    return how, f"Its process ended. {_EXITED}"


def advice_on(cause: BaseException) -> str:
    """What probably led to an error that a method raised."""
    text = str(cause)
    if isinstance(cause, TypeError) and ("serialize" in text or "pickle" in text):
        return _NO_COPY
    if isinstance(cause, TypeError) and ("positional" in text or "multiple values" in text):
        return _NO_SELF
    return next(
        (advice for kind, advice in _BY_KIND.items() if isinstance(cause, kind)), _OTHERWISE
    )
