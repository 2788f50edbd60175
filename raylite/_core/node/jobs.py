"""The jobs of a runtime: one for each driver, and what its workers have to know of it.

In Ray: ``src/ray/gcs/gcs_job_manager.h``. Left out here: jobs submitted over HTTP.

A job begins with its driver's hello and is *ended* when the driver has left. It is *over* when,
besides, no actor of it lives: a detached actor keeps its job, which says where its modules are
found should it be restarted.
"""

from dataclasses import dataclass, field
from typing import Final

from raylite._core.common.environment import NO_ENVIRONMENT, Environment
from raylite._core.common.ids import JobID, WorkerID
from raylite._core.rpc.peer_messages import Hello

__all__ = ["FIRST_JOB", "Job", "Jobs"]

FIRST_JOB: Final = JobID("01000000")
"""The job of a session's first driver, and of the workers that are ready before he is."""
_MAX_OVER: Final = 256
"""How many jobs are remembered that are over."""
_ID_BYTES: Final = 4


@dataclass(slots=True, eq=False)
class Job:
    """A driver, and what belongs to it."""

    job_id: JobID
    driver_id: WorkerID
    pid: int
    namespace: str
    import_path: tuple[str, ...]
    cwd: str
    entrypoint: str
    """The driver's command line."""
    as_ray: bool
    """Whether ``import ray`` gives raylite in its workers."""
    began_s: float
    ended_s: float | None = None
    is_over: bool = False
    environments: dict[str, Environment] = field(default_factory=dict)
    """Those that are its, by key: the default one, which is called like the job, and others."""


class Jobs:
    """All jobs, also those whose driver has left, in the order they came."""

    def __init__(self) -> None:
        self._jobs: dict[JobID, Job] = {}
        self._by_driver: dict[WorkerID, Job] = {}
        self._by_environment: dict[str, Job] = {}
        self._num_begun = 0

    def begin(self, hello: Hello, at_s: float) -> Job:
        """A driver has said hello."""
        self._num_begun += 1
        job_id = JobID(self._num_begun.to_bytes(_ID_BYTES, "little").hex())
        job = Job(
            job_id=job_id,
            driver_id=hello.worker_id,
            pid=hello.pid,
            namespace=hello.namespace,
            import_path=hello.import_path,
            cwd=hello.cwd,
            entrypoint=hello.entrypoint,
            as_ray=hello.as_ray,
            began_s=at_s,
        )
        self._jobs[job_id] = job
        self._by_driver[hello.worker_id] = job
        self.define(job_id, job, NO_ENVIRONMENT)
        return job

    def define(self, env_key: str, job: Job, environment: Environment) -> None:
        """An environment belongs to a job from now on."""
        job.environments[env_key] = environment
        self._by_environment[env_key] = job

    def end(self, driver_id: WorkerID, at_s: float) -> Job | None:
        """A driver has left; its job, if he had one that has not ended before."""
        job = self._by_driver.pop(driver_id, None)
        if job is not None:
            job.ended_s = at_s
        return job

    def close(self, job: Job) -> None:
        """Nothing of an ended job is left."""
        job.is_over = True
        job.import_path = ()
        for env_key in job.environments:
            self._by_environment.pop(env_key, None)
        over = [job.job_id for job in self._jobs.values() if job.is_over]
        for job_id in over[:-_MAX_OVER]:
            del self._jobs[job_id]

    def of_driver(self, driver_id: WorkerID) -> Job | None:
        """The job of a driver that has not left."""
        return self._by_driver.get(driver_id)

    def of_environment(self, env_key: str) -> Job | None:
        """The job that an environment belongs to; None before its driver has said hello."""
        return self._by_environment.get(env_key or FIRST_JOB)

    def all(self) -> list[Job]:
        """Every job that is remembered."""
        return list(self._jobs.values())
