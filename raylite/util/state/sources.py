"""Where the rows come from: what the engine knows, in the fields that Ray gives them.

In Ray: ``python/ray/dashboard/state_aggregator.py``. What only a cluster has is None or empty.
"""

import json
from collections.abc import Sequence
from typing import Any

from raylite import _engine
from raylite._memory_rows import call_site_of, told_by_owners
from raylite.engines.base import Engine
from raylite.util.early_metrics import tell_early
from raylite.util.state.common import (
    ADDRESS,
    ActorState,
    JobState,
    MetricState,
    NodeState,
    ObjectState,
    PlacementGroupState,
    WorkerState,
)
from raylite.util.state.exception import RayStateApiException

__all__ = ["Source", "session"]


def session() -> Engine:
    """The engine of the session there is.

    Raises:
        ConnectionError: if there is none; to look at a session is not to start one.
    """
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        msg = (
            "Could not find any running session of raylite, so there is no state to look at. "
            "Call raylite.init() first."
        )
        raise ConnectionError(msg)
    return engine


class Source:
    """Makes rows of what an engine knows, at one moment.

    Args:
        engine: that is asked.
        complete: True makes it an error if a process that is asked does not answer in time.
    """

    def __init__(self, engine: Engine, *, complete: bool = False) -> None:
        self.engine = engine
        self._complete = complete
        self.began_ms = 1000 * float(engine.state("session")[0]["began_unix_s"])
        self.job_id = str(engine.facts().job_id)

    def ms(self, seconds: float | None) -> int | None:
        """Seconds since the session began as milliseconds since 1970; 0 for what is not over."""
        return None if seconds is None else round(self.began_ms + 1000 * seconds)

    def actors(self) -> list[ActorState]:
        """All actors that are remembered."""
        rows = self.engine.state("actors")
        if any(row["pid"] is None and row["worker_id"] for row in rows):
            pids = {row["worker_id"]: row["pid"] for row in self.engine.state("worker_history")}
            rows = [{**row, "pid": row["pid"] or pids.get(row["worker_id"])} for row in rows]
        return [self._actor(row) for row in rows]

    def _actor(self, row: dict[str, Any]) -> ActorState:
        return ActorState(
            actor_id=row["actor_id"],
            class_name=row["class_name"],
            state=row["state"],
            job_id=row["job_id"] or self.job_id,
            name=row["name"] or "",
            node_id=row["node_id"],
            pid=row["pid"],
            ray_namespace=row["ray_namespace"],
            serialized_runtime_env=json.dumps(row["runtime_env"]),
            required_resources=row["required_resources"],
            death_cause=_death_cause(row),
            is_detached=row["is_detached"],
            placement_group_id=row["placement_group_id"],
            repr_name=row.get("repr_name", ""),
            num_restarts=row["num_restarts"],
            num_restarts_due_to_lineage_reconstruction=0,
            num_restarts_due_to_node_preemption=0,
            label_selector={},
        )

    def workers(self) -> list[WorkerState]:
        """The drivers that are there, and the workers that are and were."""
        return [
            WorkerState(
                worker_id=row["worker_id"],
                is_alive=row["is_alive"],
                worker_type=row["worker_type"],
                exit_type=row.get("exit_type"),
                node_id=row["node_id"],
                pid=row["pid"],
                exit_detail=row.get("exit_detail"),
                worker_launch_time_ms=self.ms(row.get("launch_s")),
                worker_launched_time_ms=self.ms(row.get("start_s")),
                start_time_ms=self.ms(row.get("start_s")),
                end_time_ms=self.ms(row.get("end_s")) or 0,
            )
            for row in self.engine.state("worker_history")
        ]

    def nodes(self) -> list[NodeState]:
        """The nodes, the removed ones too."""
        return [
            NodeState(
                node_id=row["node_id"],
                node_ip=ADDRESS,
                is_head_node=row["is_head_node"],
                state=row["state"],
                node_name=ADDRESS,
                resources_total=row["resources_total"],
                labels=row["labels"],
                start_time_ms=self.ms(row["start_s"]),
                end_time_ms=self.ms(row["end_s"]) or 0,
            )
            for row in self.engine.state("node_history")
        ]

    def placement_groups(self) -> list[PlacementGroupState]:
        """The placement groups, the removed ones too."""
        job_ids = {row["driver_id"]: row["job_id"] for row in self.engine.state("jobs")}
        return [
            PlacementGroupState(
                placement_group_id=row["placement_group_id"],
                name=row["name"],
                creator_job_id=job_ids.get(row["owner_id"], self.job_id),
                state=row["state"],
                bundles=_bundles(row),
                is_detached=row["is_detached"],
                stats=row["stats"],
                topology_strategy={},
                topology_assignments={},
            )
            for row in self.engine.state("placement_groups")
        ]

    def jobs(self) -> list[JobState]:
        """The drivers of the session."""
        return [
            JobState(
                job_id=row["job_id"],
                status=row["status"],
                entrypoint=row["entrypoint"],
                driver_info={
                    "id": row["job_id"],
                    "node_ip_address": ADDRESS,
                    "pid": str(row["pid"]),
                },
                start_time=self.ms(row["start_s"]),
                end_time=self.ms(row["end_s"]) or 0,
                metadata={},
                runtime_env=row["runtime_env"],
            )
            for row in self.engine.state("jobs")
        ]

    def objects(self) -> list[ObjectState]:
        """The objects that the processes of the session have refs to.

        Raises:
            RayStateApiException: if a process does not answer, and all have to.
        """
        found = told_by_owners(self._report("objects"))
        rows = sorted(found, key=lambda row: -int(row["object_size"]))
        return [
            ObjectState(
                object_id=row["object_id"],
                object_size=row["object_size"],
                task_status=row["task_status"],
                reference_type=row["reference_type"],
                call_site=call_site_of(row["site"]),
                type=row["type"],
                pid=row["pid"],
                owner_pid=row["owner_pid"],
                borrower_pids=row["borrower_pids"],
                stored=row["stored"],
            )
            for row in rows
        ]

    def metrics(self) -> list[MetricState]:
        """What the processes of the session have counted and measured.

        Raises:
            RayStateApiException: if a process does not answer, and all have to.
        """
        tell_early(self.engine)
        return [_metric(row) for row in self._report("metrics")]

    def _report(self, what: str) -> list[dict[str, Any]]:
        rows, missing = self.engine.report(what)
        if missing and self._complete:
            msg = (
                f"{missing} of the session's processes did not say in time which {what} they have: "
                "they may be in a long call that does not let go of Python. Write "
                "raise_on_missing_output=False to see what the others have said."
            )
            raise RayStateApiException(msg)
        return rows


def _death_cause(row: dict[str, Any]) -> dict[str, Any] | None:
    if row["death_cause"] is None:
        return None
    about = {
        "error_message": row["death_cause"],
        "owner_id": row["owner_id"],
        "owner_ip_address": ADDRESS,
        "node_ip_address": ADDRESS,
        "pid": row["pid"] or 0,
        "ray_namespace": row["ray_namespace"],
        "class_name": row["class_name"],
        "actor_id": row["actor_id"],
        "name": row["name"] or "",
    }
    kind = "creation_task_failure" if row["constructor_raised"] else "actor_died_error"
    return {f"{kind}_context": about}


def _bundles(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "bundle_id": {"placement_group_id": row["placement_group_id"], "bundle_index": index},
            "unit_resources": resources,
            "node_id": row["bundles_to_node_id"][index] or None,
            "label_selector": labels,
        }
        for (index, resources), labels in zip(
            row["bundles"].items(), row["label_selectors"], strict=True
        )
    ]


def _metric(row: dict[str, Any]) -> MetricState:
    counts: Sequence[int] = row["counts"]
    total, amount = sum(counts), row["amount"]
    is_histogram = row["type"] == "histogram"
    return MetricState(
        name=row["name"],
        type=row["type"],
        tags=row["tags"],
        value=amount / total if is_histogram and total else amount,
        count=total if is_histogram else None,
        worker_id=row["worker_id"],
        description=row["description"],
        sum=amount if is_histogram else None,
        buckets=_buckets(row["boundaries"], counts) if is_histogram else None,
    )


def _buckets(boundaries: Sequence[float], counts: Sequence[int]) -> dict[str, int]:
    """How many are not above each boundary: the buckets of Prometheus, each with those below."""
    so_far, found = 0, {}
    for boundary, count in zip([*map(str, boundaries), "+Inf"], counts, strict=True):
        so_far += count
        found[boundary] = so_far
    return found
