"""What ``%%task`` does: the function of the cell becomes a remote function, and is called once.

In Ray: nothing like it; there the decorator and ``.remote`` are all. To run the cell again defines
the function anew; calls that were made before go on with the old one.
"""

# ruff: noqa: SLF001  # an API's own names, in the same package

import ast
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import raylite
from raylite._options import Target
from raylite.notebook.magics.cell_code import UsageError, function_names
from raylite.notebook.magics.cell_options import (
    accepts_options,
    checked_variable,
    evaluated_arguments,
    given_options,
    joined,
    parsed,
)
from raylite.object_ref import ObjectRef
from raylite.remote_function import RemoteFunction

__all__ = [
    "TaskArguments",
    "accepts_task_options",
    "call_task",
    "define_task",
    "read_task_arguments",
]

_TITLE: Final = "%%task"
_HELP: Final = {
    "max_calls": "a worker ends after so many calls of the function; 0: it stays",
    "max_retries": "how often a call is tried again after a crash; -1: without limit",
    "name": "what a call is called in tables and pictures",
    "num_cpus": "CPUs a call needs",
    "num_gpus": "GPUs a call needs",
    "num_returns": "how many refs a call gives",
    "resources": "other resources it needs, as {'camera': 1}",
    "retry_exceptions": "True: a call that raises is tried again, too",
}

accepts_task_options = accepts_options(Target.TASK, _HELP)
"""Decorates a magic with every option there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskArguments:
    """What was written behind ``%%task``."""

    function_name: str | None = None
    variable: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    run: str | None = None
    """The arguments of a call as Python text; None if there is to be none."""

    @property
    def runs(self) -> bool:
        """Whether a call is wanted."""
        return self.run is not None or self.variable is not None


def read_task_arguments(magic: Any, line: str, namespace: Mapping[str, Any]) -> TaskArguments:
    """Understand the line.

    Args:
        magic: the decorated method.
        line: what is behind ``%%task``.
        namespace: the user's, in which values are evaluated.

    Raises:
        UsageError: in one sentence.
    """
    told = parsed(magic, line, _TITLE)
    return TaskArguments(
        function_name=told["function_name"],
        variable=checked_variable(told["variable"], _TITLE, "ref"),
        options=given_options(told, Target.TASK, _TITLE, namespace),
        run=None if told["run"] is None else joined(told["run"]),
    )


def define_task(
    tree: ast.Module, told: TaskArguments, namespace: dict[str, Any]
) -> RemoteFunction[Any]:
    """Bind the function's name to a remote function.

    Args:
        tree: the cell, which has run.
        told: what was written behind the magic.
        namespace: the user's.

    Raises:
        UsageError: if there is no such function, or for an option that does not fit.
    """
    name = _chosen(function_names(tree), told.function_name)
    found = namespace.get(name)
    options = dict(told.options)
    if isinstance(found, RemoteFunction):
        # It was decorated already: what the line says goes on top of that.
        options = {**found._options, **options}
        found = found._function
    if not isinstance(found, types.FunctionType):
        msg = f"{_TITLE}: {name} is no function any more at the end of the cell, but {found!r}."
        raise UsageError(msg)
    try:
        made: RemoteFunction[Any] = (
            raylite.remote(**options)(found) if options else raylite.remote(found)
        )
    except (TypeError, ValueError) as error:
        msg = f"{_TITLE}: {error}"
        raise UsageError(msg) from None
    namespace[name] = made
    return made


def _chosen(names: list[str], wanted: str | None) -> str:
    if not names:
        msg = (
            f"{_TITLE} needs a function in its cell: write 'def square(x):' with what it does "
            f"below the line with {_TITLE}."
        )
        raise UsageError(msg)
    if wanted is not None and wanted not in names:
        msg = f"{_TITLE} --function {wanted}: the cell defines {', '.join(names)}."
        raise UsageError(msg)
    return wanted or names[-1]


def call_task(function: RemoteFunction[Any], told: TaskArguments, namespace: dict[str, Any]) -> str:
    """Call the function once and bind what the call gives; says so in a line.

    Raises:
        UsageError: if the arguments cannot be evaluated or do not fit.
    """
    name = function._name
    variable = told.variable or f"{name}_ref"
    held = namespace.get(variable)
    if told.variable is None and held is not None and not _holds_refs(held):
        msg = (
            f"{_TITLE} would bind the ref to {variable!r}, which holds {type(held).__name__} now: "
            "write --as NAME to choose another variable."
        )
        raise UsageError(msg)
    args, kwargs = evaluated_arguments(told.run or "", f"{_TITLE} --run", namespace)
    try:
        given = function.remote(*args, **kwargs)
    except (TypeError, ValueError) as error:
        msg = f"{_TITLE} --run {told.run or ''}: {error}"
        raise UsageError(msg) from None
    namespace[variable] = given
    return f"{name}: called; ray.get({variable}) waits for its value"


def _holds_refs(held: Any) -> bool:
    refs = held if isinstance(held, list) else [held]
    return all(isinstance(one, ObjectRef | raylite.ObjectRefGenerator) for one in refs)
