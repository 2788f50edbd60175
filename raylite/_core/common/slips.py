"""Slips that Python's own words do not explain: recognised by them, and answered in a sentence.

In Ray: nothing like it. What raylite's own classes can say themselves, they do, see
:mod:`.promise`; here is what Python or a library says of them.
"""

import re
from typing import Any, Final

from raylite._core.common.promise import StandsForValue

__all__ = ["hint_for"]

_KINDS: Final = {
    "ObjectRef": (
        "An ObjectRef is the promise of a value. Write ray.get(ref) where the value is meant."
    ),
    "ObjectRefGenerator": (
        "Go through an ObjectRefGenerator with a for loop: for ref in generator: ray.get(ref)."
    ),
    "ActorHandle": (
        "A handle is the way to an actor. Call its methods: ray.get(handle.method.remote(...))."
    ),
    "ActorMethod": "Call the method, and get its value: ray.get(handle.method.remote(...)).",
    "RemoteFunction": "Call the function, and get its value: ray.get(function.remote(...)).",
}
_KIND: Final = re.compile(rf"\b(?:raylite\.)?({'|'.join(sorted(_KINDS, key=len, reverse=True))})\b")
_LOOP: Final = (
    "In a notebook the event loop runs already: write await at the beginning\nof the line instead "
    "of asyncio.run(...)."
)
_AWAIT: Final = (
    "await belongs in async def methods and functions. Elsewhere write ray.get(ref) to wait."
)
_LOOP_WORDS: Final = ("cannot be called from a running event loop", "event loop is already running")


def hint_for(error: BaseException) -> str | None:
    """What to write instead, if the error is a well-known slip and does not say so itself.

    Args:
        error: any; nothing of it is changed.
    """
    try:
        return _hint(error, str(error))
    except Exception:  # The user's __str__ may do anything.
        return None


def _hint(error: BaseException, text: str) -> str | None:
    if isinstance(error, SyntaxError) and "'await' outside" in text:
        return _AWAIT
    if isinstance(error, RuntimeError) and any(words in text for words in _LOOP_WORDS):
        return _LOOP
    if isinstance(error, TypeError | AttributeError) and "ray.get(" not in text:
        return _of_thing(error, text)
    return None


def _of_thing(error: TypeError | AttributeError, text: str) -> str | None:
    """Where something that stands for a value was taken for it."""
    thing: Any = getattr(error, "obj", None)
    if type(thing).__name__ == "ActorHandle":  # It has said so.
        return None
    if isinstance(thing, StandsForValue):
        told: str = thing._ray_told()  # noqa: SLF001  # What it is there for.
        return told
    found = _KIND.search(text)
    if found is None:
        return None
    if found[1] != "ObjectRef" and "'await'" in text:
        return _awaited(found[1])
    return _KINDS[found[1]]


def _awaited(kind: str) -> str:
    if kind == "ActorHandle":
        return "What can be awaited is the ref of a call: await handle.method.remote(...)."
    if kind == "ObjectRefGenerator":
        return "Write async for ref in generator, and await each ref."
    return "What can be awaited is what .remote(...) returns: write that behind it."
