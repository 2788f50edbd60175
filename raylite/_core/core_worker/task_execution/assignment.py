"""What the code in a worker was given: resources, numbered GPUs, a place in a placement group.

In Ray: ``python/ray/_private/accelerators`` and ``WorkerContext`` in
``src/ray/core_worker/context.h``. Left out here: accelerators of other makers.

A leased worker is told with the lease, and only where it is not an ordinary one; an actor is told
once, before its constructor runs.
"""

import os
from collections.abc import MutableMapping
from typing import Final

from raylite._core.common.call_options import RuntimeFacts
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY, SchedulingStrategy
from raylite._core.rpc.peer_messages import ORDINARY, LeaseContext

__all__ = ["VISIBLE", "Assignment"]

VISIBLE: Final = "CUDA_VISIBLE_DEVICES"
_ALSO_NONE: Final = "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"
_LEAVE_IT: Final = "RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES"


class Assignment:
    """The share of the process in the session's resources.

    Args:
        environ: the process's environment variables.
    """

    def __init__(self, environ: MutableMapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._original = environ.get(VISIBLE)
        self._context = ORDINARY
        self.told: LeaseContext | None = None
        """What was said of the lease; None: nothing, since it is an ordinary one."""
        if environ.get(_ALSO_NONE, "0").lower() in {"1", "true"}:
            self._show_gpus()

    def change(self, told: LeaseContext | None) -> None:
        """Work under another lease from now on; None: an ordinary one."""
        self.told = told
        self._context = told or ORDINARY
        self._show_gpus()

    def gpu_ids(self) -> tuple[int | str, ...]:
        """The GPUs as CUDA counts them, or as the variable called them when the process began."""
        ids = self._context.gpu_ids
        if self._original is None:
            return ids
        names = [name for name in self._original.split(",") if name]
        if all(number < len(names) for number in ids):
            return tuple(names[number] for number in ids)
        return tuple(names)

    def facts(self, base: RuntimeFacts) -> RuntimeFacts:
        """What the running code may know of it."""
        context = self._context
        return base.replaced(
            assigned_resources=context.resources,
            gpu_ids=self.gpu_ids(),
            strategy=context.strategy,
        )

    def place_of_child(
        self, strategy: SchedulingStrategy | None, *, joins_group: bool | None
    ) -> SchedulingStrategy | None:
        """Where something is to run that the code here starts.

        Args:
            strategy: what was said of it.
            joins_group: see ``TaskOptions``.
        """
        own = self._context.strategy
        captured = own.captures_children if joins_group is None else joins_group
        if own.group_id is None or not captured:
            return strategy
        wish = strategy or DEFAULT_STRATEGY
        group_id = wish.group_id or own.group_id
        return wish.replaced(group_id=group_id, captures_children=True)

    def _show_gpus(self) -> None:
        environ = self._environ
        if environ.get(_LEAVE_IT, "0").lower() in {"1", "true"}:
            return
        shown = ",".join(str(one) for one in self.gpu_ids())
        if shown or environ.get(_ALSO_NONE, "0").lower() in {"1", "true"}:
            environ[VISIBLE] = shown
        elif self._original is not None:
            environ[VISIBLE] = self._original
        else:
            environ.pop(VISIBLE, None)
