"""What can be written behind ``%%actor``: every option an actor has, and a few of the magic's own.

In Ray: nothing like it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from IPython.core.error import UsageError

from raylite._options import Target
from raylite.notebook.magics.cell_options import (
    accepts_options,
    checked_variable,
    flag,
    given_options,
    joined,
    parsed,
)

__all__ = ["ActorArguments", "accepts_actor_options", "read_arguments"]

_TITLE: Final = "%%actor"
_ONLY_WHEN_STARTED: Final = ("name", "namespace", "lifetime", "get_if_exists")
"""Options of one instance; a class that had them could be started once only."""

_HELP: Final = {
    "get_if_exists": "with --name: take the running instance instead of replacing it",
    "lifetime": "detached: the instance lives until it is killed",
    "max_restarts": "how often it is started again after a crash; -1: without limit",
    "max_task_retries": "how often a call is tried again after a crash; -1: without limit",
    "name": "the name by which ray.get_actor finds the instance; starts one",
    "namespace": "in which the name is to be found",
    "num_cpus": "CPUs an instance holds while it lives",
    "num_gpus": "GPUs an instance holds while it lives",
    "resources": "other resources it holds, as {'camera': 1}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorArguments:
    """What was written behind ``%%actor``."""

    class_name: str | None = None
    variable: str | None = None
    class_options: Mapping[str, Any] = field(default_factory=dict)
    start_options: Mapping[str, Any] = field(default_factory=dict)
    start: str | None = None
    """The constructor's arguments as Python text; None if nothing is to be started."""

    @property
    def starts(self) -> bool:
        """Whether an instance is wanted."""
        return self.start is not None or self.variable is not None or "name" in self.start_options


accepts_actor_options = accepts_options(Target.ACTOR, _HELP)
"""Decorates a magic with every option there is."""


def read_arguments(magic: Any, line: str, namespace: Mapping[str, Any]) -> ActorArguments:
    """Understand the line.

    Args:
        magic: the decorated method.
        line: what is behind ``%%actor``.
        namespace: the user's, in which values are evaluated.

    Raises:
        UsageError: in one sentence.
    """
    told = parsed(magic, line, _TITLE)
    options = given_options(told, Target.ACTOR, _TITLE, namespace)
    early = {name: one for name, one in options.items() if name not in _ONLY_WHEN_STARTED}
    late = {name: one for name, one in options.items() if name in _ONLY_WHEN_STARTED}
    made = ActorArguments(
        class_name=told["class_name"],
        variable=checked_variable(told["variable"], _TITLE, "counter"),
        class_options=early,
        start_options=late,
        start=None if told["start"] is None else joined(told["start"]),
    )
    if late and not made.starts:
        msg = f"{_TITLE} {flag(next(iter(late)))} is about one instance: add --start to start it."
        raise UsageError(msg)
    return made
