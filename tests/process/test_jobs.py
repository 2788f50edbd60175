"""The table of jobs: their ids are Ray's, and those that are over are forgotten in the end."""

from raylite._core.common.environment import NO_ENVIRONMENT
from raylite._core.common.ids import WorkerID
from raylite._core.node.jobs import FIRST_JOB, Job, Jobs
from raylite._core.rpc.peer_messages import Hello


def begin(jobs: Jobs, number: int = 1) -> Job:
    hello = Hello(
        key=b"", worker_id=WorkerID(f"driver {number}"), pid=number, role="driver", namespace="n"
    )
    return jobs.begin(hello, float(number))


def test_a_job_is_numbered_as_rays_are():
    jobs = Jobs()
    ids = [begin(jobs, number).job_id for number in range(1, 258)]
    assert ids[0] == FIRST_JOB == "01000000"
    assert ids[1] == "02000000"
    assert ids[255:] == ["00010000", "01010000"]


def test_a_worker_that_names_no_environment_is_the_first_jobs():
    jobs = Jobs()
    assert jobs.of_environment("") is None
    first = begin(jobs)
    assert jobs.of_environment("") is first
    assert jobs.of_environment("02000000") is None


def test_a_further_environment_belongs_to_its_job_as_long_as_that_is_not_over():
    jobs = Jobs()
    job = begin(jobs)
    jobs.define("further", job, NO_ENVIRONMENT)
    assert jobs.of_environment("further") is job
    assert jobs.end(job.driver_id, 2.0) is job
    assert jobs.of_driver(job.driver_id) is None
    assert jobs.of_environment("further") is job
    jobs.close(job)
    assert jobs.of_environment("further") is None
    assert jobs.of_environment(job.job_id) is None


def test_a_driver_leaves_once():
    jobs = Jobs()
    job = begin(jobs)
    jobs.end(job.driver_id, 2.0)
    assert jobs.end(job.driver_id, 3.0) is None
    assert job.ended_s == 2.0


def test_the_oldest_that_are_over_are_forgotten_and_no_other():
    jobs = Jobs()
    kept = begin(jobs, 1)
    for number in range(2, 302):
        job = begin(jobs, number)
        jobs.end(job.driver_id, 0.0)
        jobs.close(job)
    assert jobs.all()[0] is kept
    assert len(jobs.all()) == 257
    assert jobs.all()[-1].pid == 301
