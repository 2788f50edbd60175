"""What callers of an actor get for which there is no place."""

import pytest

from raylite._core.common.ids import ActorID
from raylite._core.common.scheduling_strategy import LeaseRejection
from raylite._core.common.states import ActorState
from raylite._core.core_worker.failures import actor_died
from raylite._core.rpc.peer_messages import ActorUpdate
from raylite.exceptions import ActorDiedError, ActorUnschedulableError


def news(rejection: LeaseRejection | None) -> ActorUpdate:
    return ActorUpdate(
        actor_id=ActorID("ab12"),
        state=ActorState.DEAD,
        worker_id=None,
        address="",
        num_restarts=0,
        error=b"",
        reason="The node is gone",
        class_name="Counter",
        name=None,
        pid=None,
        stderr_tail="",
        intended=True,
        rejection=rejection,
    )


@pytest.mark.parametrize(
    ("rejection", "error_class", "words"),
    [
        (LeaseRejection.NODE_GONE, ActorUnschedulableError, "The node is gone."),
        (LeaseRejection.GROUP_REMOVED, ActorUnschedulableError, "placement group was removed"),
        (LeaseRejection.ENVIRONMENT_GONE, ActorDiedError, "The node is gone."),
        (None, ActorDiedError, "The node is gone."),
    ],
)
def test_the_error_says_why_there_is_no_place(
    rejection: LeaseRejection | None, error_class: type[Exception], words: str
) -> None:
    error = actor_died(news(rejection), 0.0)
    assert type(error) is error_class
    assert words in str(error)
