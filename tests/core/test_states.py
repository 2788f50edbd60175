from collections.abc import Mapping
from enum import Enum

import pytest

from raylite._core.common.states import (
    ACTOR_TRANSITIONS,
    LEASE_TRANSITIONS,
    TASK_TRANSITIONS,
    WORKER_TRANSITIONS,
    ActorState,
    InvalidTransitionError,
    LeaseState,
    TaskState,
    WorkerState,
    check_transition,
)

Table = Mapping[Enum, frozenset[Enum]]

STARTS_AND_TABLES = [
    pytest.param(ActorState.DEPENDENCIES_UNREADY, ACTOR_TRANSITIONS, id="actor"),
    pytest.param(WorkerState.STARTING, WORKER_TRANSITIONS, id="worker"),
    pytest.param(LeaseState.PENDING, LEASE_TRANSITIONS, id="lease"),
    pytest.param(TaskState.PENDING_ARGS_AVAIL, TASK_TRANSITIONS, id="task"),
]


def reachable(start: Enum, table: Table) -> set[Enum]:
    found, new = {start}, {start}
    while new:
        new = {after for state in new for after in table[state]} - found
        found |= new
    return found


@pytest.mark.parametrize(("start", "table"), STARTS_AND_TABLES)
def test_every_state_has_a_row_and_can_be_reached(start: Enum, table: Table):
    assert set(table) == set(type(start))
    assert reachable(start, table) == set(type(start))


@pytest.mark.parametrize(("start", "table"), STARTS_AND_TABLES)
def test_an_end_can_be_reached_from_every_state(start: Enum, table: Table):
    ends = {state for state, after in table.items() if not after}
    assert ends
    assert all(reachable(state, table) & ends for state in table), start


@pytest.mark.parametrize(("start", "table"), STARTS_AND_TABLES)
def test_exactly_the_moves_in_the_table_are_allowed(start: Enum, table: Table):
    for old in type(start):
        for new in type(start):
            if new in table[old]:
                check_transition(old, new)
            else:
                with pytest.raises(InvalidTransitionError):
                    check_transition(old, new)


def test_a_refused_move_says_what_would_be_allowed():
    with pytest.raises(
        InvalidTransitionError, match=r"a worker cannot go from LEASED to ACTOR; .* DEAD, IDLE"
    ):
        check_transition(WorkerState.LEASED, WorkerState.ACTOR)
    with pytest.raises(InvalidTransitionError, match="no other state"):
        check_transition(ActorState.DEAD, ActorState.ALIVE)


def test_an_actor_may_be_restarted_before_it_was_ever_alive():
    check_transition(ActorState.PENDING_CREATION, ActorState.RESTARTING)


def test_a_worker_that_held_an_actor_is_never_idle_again():
    assert WORKER_TRANSITIONS[WorkerState.ACTOR] == {WorkerState.DEAD}
