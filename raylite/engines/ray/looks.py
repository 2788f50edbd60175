"""The one who looks at Ray's tables: an actor of raylite's own, hidden from what is shown.

In Ray: ``StateHead`` in ``python/ray/dashboard/modules/state/state_head.py``, which is an own
process for the same reasons. Whoever asks a GCS that has gone away is kept waiting and then ended
by Ray, and the kernel of a notebook must not be; nor has it to unpack what is in the tables. The
actor takes no CPU of the cluster, and is there from the first look to the end of the session. It
serves programs that are Ray's clients as well.
"""

import contextlib
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

import ray

from raylite.engines.ray.connection import knock
from raylite.engines.ray.events_rows import Snapshot
from raylite.engines.ray.gcs_tables import GcsTables

__all__ = ["Looks"]

_ANSWER_S: Final = 5.0
_FIRST_ANSWER_S: Final = 30.0
"""The actor's process may have to be started."""


class _raylite_looks:  # noqa: N801  # What raylite itself runs is known by how its name begins.
    """Runs in a worker of Ray's.

    Args:
        began_unix_s: when the session began.
    """

    def __init__(self, began_unix_s: float) -> None:
        job_id = ray.get_runtime_context().get_job_id()
        self._tables = GcsTables(began_unix_s, job_id)

    def snapshot(self, with_tasks: bool) -> Snapshot:  # noqa: FBT001  # Ray takes it by position.
        """All tables."""
        return self._tables.snapshot(with_tasks=with_tasks)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """One table of the state API."""
        return self._tables.rows(table)

    def parents(self, task_ids: list[bytes]) -> dict[bytes, bytes]:
        """Who has submitted tasks."""
        return self._tables.parent_tasks(task_ids)


class Looks:
    """The driver's way to it, and to the tables.

    Args:
        began_s: when the session began, on the monotonic clock.
        is_client: whether the driver is a client of Ray's, outside of the cluster.
    """

    def __init__(self, began_s: float, *, is_client: bool) -> None:
        # The two clocks are compared once, so that a clock that is set does no harm.
        self._began_unix_s = time.time() - time.monotonic() + began_s
        self._is_client = is_client
        self._lock = threading.Lock()
        self._actor: Any = None
        self._has_answered = False
        self._own: GcsTables | None = None

    def snapshot(self, *, with_tasks: bool) -> Snapshot:
        """All tables at this moment."""
        seen: Snapshot = self._ask("snapshot", with_tasks)
        return seen

    def parents(self, task_ids: list[bytes]) -> Mapping[bytes, bytes]:
        """Which task has submitted each, as far as that is known."""
        found: Mapping[bytes, bytes] = self._ask("parents", task_ids)
        return found

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table of the state API.

        Raises:
            RaySystemError: if nobody answers.
        """
        if self._is_client:
            told: list[dict[str, Any]] = self._ask("rows", table)
            return told
        context = ray.get_runtime_context()
        knock(str(context.gcs_address))
        with self._lock:
            if self._own is None:
                self._own = GcsTables(self._began_unix_s, context.get_job_id())
        return self._own.rows(table)

    def _ask(self, method: str, argument: Any) -> Any:
        with self._lock:
            if self._actor is None:
                made = ray.remote(num_cpus=0, max_restarts=-1, enable_task_events=False)
                self._actor = made(_raylite_looks).remote(self._began_unix_s)
            asked = getattr(self._actor, method).remote(argument)
        longest_s = _ANSWER_S if self._has_answered else _FIRST_ANSWER_S
        answer = ray.get(asked, timeout=longest_s)
        self._has_answered = True
        return answer

    def close(self) -> None:
        """Ask nothing any more."""
        actor, self._actor = self._actor, None
        if actor is not None and ray.is_initialized():
            with contextlib.suppress(Exception):
                ray.kill(actor)
        if self._own is not None:
            self._own.close()
