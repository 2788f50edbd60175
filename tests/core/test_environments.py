"""The keys of environments: who shares workers, and what the head is told."""

import pytest

from raylite._core.common.environment import NO_ENVIRONMENT, Environment
from raylite._core.common.ids import JobID, NodeID
from raylite._core.core_worker.environments import Environments
from raylite._core.rpc.peer_messages import DefineEnvironment, Welcome


def process_of(
    job: str = "01000000", env_key: str = "", environment: Environment = NO_ENVIRONMENT
) -> tuple[Environments, list]:
    told: list[object] = []
    welcome = Welcome(
        job_id=JobID(job),
        node_id=NodeID("n"),
        namespace="",
        import_path=(),
        cwd="",
        num_cpus=1.0,
        env_key=env_key or job,
        environment=environment,
    )
    return Environments(welcome, told.append), told


def test_what_names_no_environment_is_of_the_processs_own() -> None:
    environments, told = process_of()
    assert environments.key_for({}) == "01000000"
    assert not told


def test_the_head_is_told_once_what_is_behind_a_key() -> None:
    environments, told = process_of()
    key = environments.key_for({"A": "1"})
    assert environments.key_for({"A": "1"}) == key
    assert told == [DefineEnvironment(env_key=key, environment=Environment(env_vars={"A": "1"}))]


def test_processes_of_a_job_give_one_environment_one_key() -> None:
    driver, _ = process_of()
    key = driver.key_for({"A": "1", "B": "2"})
    own = Environment(env_vars={"A": "1"})
    worker, _ = process_of(env_key=driver.key_for({"A": "1"}), environment=own)
    assert worker.key_for({"B": "2"}) == key
    other, _ = process_of(job="02000000")
    assert other.key_for({"A": "1", "B": "2"}) != key


@pytest.mark.parametrize("other", [{"A": "2"}, {"B": "1"}, {"A": "1", "B": "1"}, {"A1": ""}])
def test_different_environments_have_different_keys(other: dict[str, str]) -> None:
    environments, _ = process_of()
    assert environments.key_for({"A": "1"}) != environments.key_for(other)


def test_the_order_counts_since_a_variable_may_name_those_before_it() -> None:
    environments, _ = process_of()
    assert environments.key_for({"A": "1", "B": "${A}"}) != environments.key_for(
        {"B": "${A}", "A": "1"}
    )


def test_variables_that_are_there_already_make_no_other_environment() -> None:
    own = Environment(env_vars={"A": "1"})
    environments, told = process_of(env_key="01000000:x", environment=own)
    assert environments.key_for({"A": "1"}) == "01000000:x"
    assert not told


def test_a_driver_takes_the_environment_that_init_was_given() -> None:
    environments, told = process_of()
    environments.become(Environment())
    assert environments.own_key == "01000000"
    job = Environment(env_vars={"A": "1"}, working_dir="here", copied_to="there")
    environments.become(job)
    assert environments.own == job
    assert environments.key_for({}) == environments.own_key == told[0].env_key != "01000000"
    environments.key_for({"B": "2"})
    assert told[1].environment == job.with_variables({"B": "2"})
