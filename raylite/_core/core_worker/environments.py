"""The environments of what a process submits: its own, and those laid over it.

In Ray: ``JobConfig.runtime_env`` and ``OverrideTaskOrActorRuntimeEnvInfo`` in
``src/ray/core_worker/core_worker.cc``. An environment is known by a key, which is made of what is
in it, so that all processes of a job that want the same share the workers that have it.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from raylite._core.common.environment import Environment
from raylite._core.common.ids import JobID
from raylite._core.rpc.peer_messages import DefineEnvironment, Welcome

__all__ = ["Environments"]

_DIGEST_BYTES: Final = 12


class Environments:
    """Names environments, and tells the head what is behind a name before it is used.

    Args:
        welcome: says what the process was started with.
        send_to_head: sends a message ahead of those that will name the environment.
    """

    def __init__(self, welcome: Welcome, send_to_head: Callable[[object], None]) -> None:
        self._job_id: JobID = welcome.job_id
        self._send_to_head = send_to_head
        self.own: Environment = welcome.environment
        self.own_key: str = welcome.env_key
        """What the process submits is of this environment, where it does not say otherwise."""
        self._told: set[str] = set()

    def become(self, environment: Environment) -> None:
        """From now on this is the process's own: what ``init(runtime_env=...)`` gives a driver."""
        if environment != self.own:
            self.own_key = self._define(environment)
            self.own = environment

    def key_for(self, env_vars: Mapping[str, str]) -> str:
        """The key of the own environment with further variables."""
        if not env_vars:
            return self.own_key
        wanted = self.own.with_variables(env_vars)
        return self.own_key if wanted == self.own else self._define(wanted)

    def _define(self, environment: Environment) -> str:
        text = repr((environment.copied_to, list(environment.env_vars.items())))
        digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_DIGEST_BYTES)
        key = f"{self._job_id}:{digest.hexdigest()}"
        if key not in self._told:
            self._send_to_head(DefineEnvironment(env_key=key, environment=environment))
            self._told.add(key)
        return key
