"""The remote functions that a worker was told, by key.

In Ray: ``python/ray/_private/function_manager.py``.
"""

from collections.abc import Callable
from typing import Any

from raylite._core.core_worker.task_execution.executing_call import ExecutingCall
from raylite._core.core_worker.task_execution.task_interrupt import interruptible
from raylite._core.core_worker.task_submission.definitions import receive
from raylite._core.rpc.peer_messages import DefineFunction

__all__ = ["KnownFunctions"]


class KnownFunctions:
    """Unpacks each when it is first called, since its module may take long to import."""

    def __init__(self) -> None:
        self._functions: dict[str, DefineFunction | tuple[str, Callable[..., Any]]] = {}
        """With their names, once they are unpacked."""
        self._calls_left: dict[str, int] = {}
        """Of functions after so many calls of which the worker ends."""

    def __len__(self) -> int:
        return len(self._functions)

    def define(self, message: DefineFunction) -> None:
        """From now on it may be called."""
        self._functions[message.key] = message

    def forget(self, key: str) -> None:
        """Nobody can call it any more."""
        self._functions.pop(key, None)
        self._calls_left.pop(key, None)

    def fill_in(self, call: ExecutingCall, key: str) -> None:
        """Find what a call is to call, and whether the worker ends after it."""
        found = self._functions[key]
        if isinstance(found, DefineFunction):
            call.name = found.name  # First: to unpack it may fail.
            found = self._unpacked(found)
        call.name, call.function = found
        if key in self._calls_left:
            self._calls_left[key] -= 1
            call.is_last = self._calls_left[key] <= 0

    def _unpacked(self, message: DefineFunction) -> tuple[str, Callable[..., Any]]:
        function = receive(message.blob, message.source_files)
        found = message.name, interruptible(function)
        self._functions[message.key] = found
        if message.max_calls:
            self._calls_left[message.key] = message.max_calls
        return found
