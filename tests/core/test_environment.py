"""What a worker process is started with, as it is told and merged."""

from raylite._core.common.environment import NO_ENVIRONMENT, Environment


def test_further_variables_win_and_the_rest_stays() -> None:
    job = Environment(env_vars={"A": "job", "B": "job"}, working_dir="here", copied_to="there")
    laid_over = job.with_variables({"B": "task", "C": "task"})
    assert laid_over.env_vars == {"A": "job", "B": "task", "C": "task"}
    assert (laid_over.working_dir, laid_over.copied_to) == ("here", "there")
    assert job.env_vars == {"A": "job", "B": "job"}


def test_without_further_variables_it_is_the_same() -> None:
    job = Environment(env_vars={"A": "job"})
    assert job.with_variables({}) == job
    assert NO_ENVIRONMENT.with_variables({}) == NO_ENVIRONMENT


def test_it_is_shown_as_the_user_wrote_it() -> None:
    assert NO_ENVIRONMENT.to_dict() == {}
    job = Environment(env_vars={"A": "${B}"}, working_dir="here", copied_to="there")
    assert job.to_dict() == {"env_vars": {"A": "${B}"}, "working_dir": "here"}
