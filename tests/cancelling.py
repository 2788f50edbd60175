# mypy: disable-error-code="misc,no-untyped-def"
# A type checker does not follow a decorator that makes something else of a function.
"""Tasks to call off, and what is asked of them then."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.processes import wait_until

LONG_S = 60.0
"""Longer than any test may take: what waits for so long is never waited for."""


class Begun:
    """Files that tasks write when they have begun, and that are waited for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = self.at("begun")

    def at(self, name: str) -> Path:
        """Where a task of that name is to write."""
        return self._folder / name

    def wait(self, name: str = "begun") -> None:
        """Until the task of that name has written."""
        wait_until(lambda: self.at(name).exists() and self.at(name).read_text())


def cancellable_tasks(ray: Any) -> SimpleNamespace:
    """Remote functions that say in a file that they have begun."""

    @ray.remote
    def sleep(path, seconds=LONG_S):
        path.write_text("begun")
        time.sleep(seconds)
        return seconds

    @ray.remote
    def spin(path):
        path.write_text("begun")
        deadline_s = time.monotonic() + LONG_S
        while time.monotonic() < deadline_s:
            pass

    @ray.remote
    def catch(path):
        try:
            path.write_text("begun")
            time.sleep(LONG_S)
        except KeyboardInterrupt:
            return "caught", ray.get_runtime_context().is_canceled()

    @ray.remote
    def echo(value=None, *_):
        return value

    return SimpleNamespace(sleep=sleep, spin=spin, catch=catch, echo=echo)


def error_of(ray: Any, ref: Any) -> BaseException:
    """The exact class of what a ref raises, and the error."""
    with pytest.raises(ray.exceptions.TaskCancelledError) as raised:
        ray.get(ref, timeout=LONG_S / 2)
    return raised.value


def is_task_error(ray: Any, error: BaseException) -> bool:
    """Whether it is wrapped, as that of a task that ran."""
    return isinstance(error, ray.exceptions.RayTaskError)
