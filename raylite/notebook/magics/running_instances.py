"""The instances that ``%%actor`` cells have started, so that running a cell again replaces its own.

In Ray: nothing like it; a cell that starts a named actor fails when it is run again. Only ids are
kept here: a handle would keep an actor alive that its user has let go.
"""

# ruff: noqa: SLF001  # an API's own names, in the same package

import re
from dataclasses import dataclass
from typing import Any, Final

import raylite
from raylite import _engine
from raylite._core.common.states import ActorState
from raylite.actor import ActorClass, ActorHandle
from raylite.notebook.magics.cell_code import UsageError, raise_as_text

__all__ = ["Instance", "RunningInstances", "default_variable"]

PATIENCE_S: Final = 5.0
"""How long a cell waits for the new instance to be there before it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One that was started, and is alive as far as is known."""

    actor_id: str
    class_name: str
    pid: int | None


def default_variable(class_name: str) -> str:
    """Where a handle goes that was given no variable: ``LinearModel`` to ``linear_model``."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()
    return apart if apart != class_name else f"{apart}_actor"


class RunningInstances:
    """Starts instances, and knows which one a variable's cell has started before."""

    def __init__(self) -> None:
        self._by_variable: dict[str, str] = {}

    def start(
        self,
        actor_class: ActorClass[Any],
        variable: str,
        arguments: tuple[tuple[Any, ...], dict[str, Any]],
        options: dict[str, Any],
        namespace: dict[str, Any],
    ) -> str:
        """Start an instance in the place of the one before, and bind it.

        Args:
            actor_class: whose.
            variable: to be bound; it says which instance is replaced.
            arguments: of the constructor.
            options: the instance's, such as its name.
            namespace: the user's.

        Returns:
            A line that says what happened.

        Raises:
            RayError: if the constructor raised.
            TypeError: if the arguments do not fit it.
        """
        description = actor_class._ray_description
        args, kwargs = arguments
        # First, so that a slip in the new call does not cost the old instance.
        description.init.check(description.class_name, args, kwargs)
        old = [] if options.get("get_if_exists") else self._replaced_by(variable, options)
        for instance in old:
            _engine.current().kill_actor(_id(instance), no_restart=True)
        others = [name for one in old for name in _names_of(one, namespace) if name != variable]
        handle = actor_class.options(**options).remote(*args, **kwargs)
        self._by_variable[variable] = handle._ray_actor_id
        namespace[variable] = handle
        now = _look_at(handle, description.class_name)
        return _sentence(now, old, variable, others)

    def _replaced_by(self, variable: str, options: dict[str, Any]) -> list[Instance]:
        """Those that have the variable or the name, and live."""
        engine = _engine.get_or_none()
        if engine is None:
            return []
        name = options.get("name")
        where = options.get("namespace") or engine.facts().namespace
        found = []
        for row in engine.state("actors"):
            same_name = name is not None and (row["name"], row["ray_namespace"]) == (name, where)
            same_place = row["actor_id"] == self._by_variable.get(variable)
            if (same_name or same_place) and row["state"] != ActorState.DEAD.name:
                found.append(_instance(row))
        return found


def check_variable(variable: str, namespace: dict[str, Any]) -> None:
    """Refuse to bind a handle, unasked, over something else.

    Raises:
        UsageError: if the variable holds anything but a handle.
    """
    held = namespace.get(variable)
    if held is not None and not isinstance(held, ActorHandle):
        msg = (
            f"%%actor would bind the handle to {variable!r}, which holds "
            f"{type(held).__name__} now: write --as NAME to choose another variable."
        )
        raise UsageError(msg)


def _look_at(handle: ActorHandle, class_name: str) -> Instance:
    """Wait until the instance is there; raises what its constructor raised."""
    ready = handle.__ray_ready__.remote()
    done, _ = raylite.wait([ready], timeout=PATIENCE_S)
    if done:
        try:
            raylite.get(ready)
        except raylite.exceptions.RayError as error:
            raise_as_text(error)
    actor_id = handle._ray_actor_id
    rows = _engine.current().state("actors")
    row = next((row for row in rows if row["actor_id"] == actor_id), None)
    if row is None or not done:
        return Instance(actor_id=actor_id, class_name=class_name, pid=None)
    return _instance(row)


def _instance(row: dict[str, Any]) -> Instance:
    return Instance(
        actor_id=str(row["actor_id"]), class_name=str(row["class_name"]), pid=row["pid"]
    )


def _id(instance: Instance) -> Any:
    return instance.actor_id


def _names_of(instance: Instance, namespace: dict[str, Any]) -> list[str]:
    """The user's variables that hold a handle of the instance."""
    return [
        name
        for name, value in namespace.items()
        if not name.startswith("_")
        and isinstance(value, ActorHandle)
        and value._ray_actor_id == instance.actor_id
    ]


def _sentence(now: Instance, old: list[Instance], variable: str, others: list[str]) -> str:
    pid = "still starting" if now.pid is None else f"pid {now.pid}"
    if not old:
        return f"{now.class_name}: started an instance ({pid}), bound to {variable}"
    was = ", ".join(str(one.pid) if one.pid is not None else "not started" for one in old)
    new_pid = "still starting" if now.pid is None else str(now.pid)
    text = f"{now.class_name}: replaced the running instance (pid {was} → {new_pid})"
    if others:
        verb = "refers" if len(others) == 1 else "refer"
        text += f"; {', '.join(others)} still {verb} to the old one, which is dead"
    return text
