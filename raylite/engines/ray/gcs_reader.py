"""Reads Ray's tables from where Ray keeps them, the GCS, as the bytes they are.

In Ray: ``GlobalStateAccessor`` in ``src/ray/gcs_rpc_client/global_state_accessor.h``. This needs
neither the dashboard nor its packages, and a table takes half a millisecond. The log of tasks grows
to 100,000; with ``grpcio`` (it comes with ``ray[default]``) the GCS chooses those that are wanted,
without it all are fetched, which is done less often.
"""

import contextlib
import importlib
import threading
import time
from typing import Any, Final

import ray

from raylite._core.common.record import Record

__all__ = ["NEWEST", "GcsReader", "RawTables", "RawTasks"]

NEWEST: Final = 1000
"""Tasks that have ended, of which a look asks for; more where that were too few."""
_MOST: Final = 20_000
_OPEN: Final = 2000
"""Tasks that have not ended."""
_TIMEOUT_S: Final = 10.0
_NOT_EQUAL: Final = 1
_EQUAL: Final = 0


class RawTables(Record):
    """The tables but for tasks: a message of Ray's for each row."""

    nodes: tuple[dict[str, Any], ...]
    workers: tuple[bytes, ...]
    actors: tuple[bytes, ...]
    groups: tuple[bytes, ...]


class RawTasks(Record):
    """What the GCS remembers of tasks."""

    open: tuple[bytes, ...]
    """Those that have not finished, the failed ones among them."""
    ended: tuple[bytes, ...]
    """The newest that have."""
    num_stored: int
    """How many it has in all."""
    cost_s: float
    """How long it took to read them."""


class GcsReader:
    """The way to the GCS of the cluster this process belongs to."""

    def __init__(self) -> None:
        state: Any = importlib.import_module("ray._private.state")
        self._accessor = state.state._connect_and_get_accessor()  # noqa: SLF001  # Ray has no other door to it.
        self._channel: Any = None
        self._stub: Any = None
        self._requests: Any = None
        self._lock = threading.Lock()
        self._asked = False

    def tables(self) -> RawTables:
        """All but the tasks."""
        accessor = self._accessor
        actors = tuple(accessor.get_actor_table(None, None))
        # Workers and nodes after the actors, so that whoever an actor names is there.
        return RawTables(
            actors=actors,
            groups=tuple(accessor.get_placement_group_table()),
            workers=tuple(accessor.get_worker_table()),
            nodes=tuple(accessor.get_node_table()),
        )

    def tasks(self, job_id: bytes, newest: int = NEWEST) -> RawTasks:
        """The tasks of a job.

        Args:
            job_id: of the job.
            newest: how many of those that have ended.
        """
        began_s = time.perf_counter()
        self._connect()
        if self._stub is None:
            found = tuple(self._accessor.get_task_events())
            cost_s = time.perf_counter() - began_s
            return RawTasks(open=(), ended=found, num_stored=len(found), cost_s=cost_s)
        unfinished = self._ask(job_id, _OPEN, unfinished=True)
        ended = self._ask(job_id, min(newest, _MOST), unfinished=False)
        return RawTasks(
            open=_packed(unfinished),
            ended=_packed(ended),
            num_stored=int(ended.num_total_stored),
            cost_s=time.perf_counter() - began_s,
        )

    def parents(self, task_ids: list[bytes]) -> list[bytes]:
        """The rows of certain tasks, as far as they are known.

        Args:
            task_ids: of Ray.
        """
        self._connect()
        if self._stub is None:
            return []
        request = self._requests.GetTaskEventsRequest(limit=len(task_ids))
        for task_id in task_ids:
            wanted = request.filters.task_filters.add()
            wanted.task_id, wanted.predicate = task_id, _EQUAL
        return list(_packed(self._stub.GetTaskEvents(request, timeout=_TIMEOUT_S)))

    def _ask(self, job_id: bytes, limit: int, *, unfinished: bool) -> Any:
        request = self._requests.GetTaskEventsRequest(limit=limit)
        request.filters.exclude_driver = True
        wanted = request.filters.job_filters.add()
        wanted.job_id, wanted.predicate = job_id, _EQUAL
        state = request.filters.state_filters.add()
        state.state, state.predicate = "FINISHED", _NOT_EQUAL if unfinished else _EQUAL
        return self._stub.GetTaskEvents(request, timeout=_TIMEOUT_S)

    def _connect(self) -> None:
        with self._lock:
            if self._asked:
                return
            self._asked = True
            with contextlib.suppress(ImportError):
                self._requests = importlib.import_module("ray.core.generated.gcs_service_pb2")
                stubs: Any = importlib.import_module("ray.core.generated.gcs_service_pb2_grpc")
                grpc_utils: Any = importlib.import_module("ray._private.grpc_utils")
                address = ray.get_runtime_context().gcs_address
                self._channel = grpc_utils.init_grpc_channel(address)
                self._stub = stubs.TaskInfoGcsServiceStub(self._channel)

    def close(self) -> None:
        """Ask nothing any more."""
        channel, self._channel, self._stub = self._channel, None, None
        if channel is not None:
            channel.close()


def _packed(reply: Any) -> tuple[bytes, ...]:
    return tuple(one.SerializeToString() for one in reply.events_by_task)
