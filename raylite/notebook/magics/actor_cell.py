"""What ``%%actor`` does once its cell has run: find the class, make it an actor's, start one.

In Ray: nothing like it; there the decorator and ``.remote`` are all.
"""

# ruff: noqa: SLF001  # an API's own names, in the same package

import ast
from typing import Any

import raylite
from raylite.actor import ActorClass
from raylite.notebook.magics.actor_arguments import ActorArguments
from raylite.notebook.magics.cell_code import UsageError, class_names
from raylite.notebook.magics.cell_options import evaluated_arguments
from raylite.notebook.magics.running_instances import (
    RunningInstances,
    check_variable,
    default_variable,
)

__all__ = ["define_actor", "start_actor"]


def define_actor(
    tree: ast.Module, told: ActorArguments, namespace: dict[str, Any]
) -> ActorClass[Any]:
    """Bind the class's name to an actor class.

    Args:
        tree: the cell, which has run.
        told: what was written behind the magic.
        namespace: the user's.

    Raises:
        UsageError: if there is no such class, or for an option that does not fit.
    """
    name = _chosen(class_names(tree), told.class_name)
    found = namespace.get(name)
    options = dict(told.class_options)
    if isinstance(found, ActorClass):
        # It was decorated already: what the line says goes on top of that.
        options = {**found._ray_options, **options}
        found = found._ray_class
    if not isinstance(found, type):
        msg = f"%%actor: {name} is no class any more at the end of the cell, but {found!r}."
        raise UsageError(msg)
    try:
        made: ActorClass[Any] = (
            raylite.remote(**options)(found) if options else raylite.remote(found)
        )
        made.options(**told.start_options)  # Only to have them checked.
    except (TypeError, ValueError) as error:
        msg = f"%%actor: {error}"
        raise UsageError(msg) from None
    namespace[name] = made
    return made


def _chosen(names: list[str], wanted: str | None) -> str:
    if not names:
        msg = (
            "%%actor needs a class in its cell: write 'class Counter:' with its methods below the "
            "line with %%actor."
        )
        raise UsageError(msg)
    if wanted is not None and wanted not in names:
        msg = f"%%actor --class {wanted}: the cell defines {', '.join(names)}."
        raise UsageError(msg)
    return wanted or names[-1]


def start_actor(
    actor_class: ActorClass[Any],
    told: ActorArguments,
    namespace: dict[str, Any],
    instances: RunningInstances,
) -> str:
    """Start an instance, and say so in a line.

    Raises:
        UsageError: if the arguments cannot be evaluated or do not fit.
        RayError: if the constructor raised.
    """
    class_name = actor_class._ray_description.class_name
    arguments = evaluated_arguments(told.start or "", "%%actor --start", namespace)
    variable = told.variable
    if variable is None:
        variable = default_variable(class_name)
        check_variable(variable, namespace)
    try:
        return instances.start(
            actor_class, variable, arguments, dict(told.start_options), namespace
        )
    except (TypeError, ValueError) as error:
        msg = f"%%actor --start {told.start or ''}: {error}"
        raise UsageError(msg) from None
