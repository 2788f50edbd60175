"""What a worker process is started with: environment variables, and a working directory.

In Ray: ``python/ray/_private/runtime_env``. Left out here: packages, containers and everything
else that takes more than the process itself.

A job has an environment, which is that of all its processes unless a task or an actor names one of
its own; that one is laid over the environment of whoever submits it. A worker process belongs to
one environment from its first moment to its last.
"""

from collections.abc import Mapping
from typing import Any, Final

from raylite._core.common.record import Record

__all__ = ["NO_ENVIRONMENT", "NO_VARIABLES", "Environment"]

NO_VARIABLES: Final[Mapping[str, str]] = {}


class Environment(Record):
    """One environment, as it is told."""

    env_vars: Mapping[str, str] = NO_VARIABLES
    """As the user wrote them: ``${X}`` is replaced in the worker, one after the other."""
    working_dir: str = ""
    """The directory as the user named it; empty: workers are where the driver is."""
    copied_to: str = ""
    """Where its copy is, in which workers find themselves."""

    def with_variables(self, env_vars: Mapping[str, str]) -> "Environment":
        """This environment and further variables, which win."""
        return self.replaced(env_vars={**self.env_vars, **env_vars})

    def to_dict(self) -> dict[str, Any]:
        """As ``get_runtime_context().runtime_env`` shows it."""
        shown: dict[str, Any] = {}
        if self.env_vars:
            shown["env_vars"] = dict(self.env_vars)
        if self.working_dir:
            shown["working_dir"] = self.working_dir
        return shown


NO_ENVIRONMENT: Final = Environment()
