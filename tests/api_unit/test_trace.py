"""A trace is well-formed, whatever has happened."""

from hypothesis import given
from hypothesis import strategies as st

from raylite._core.common.events import ActorStateChanged, MessageSent
from raylite._core.common.ids import ActorID
from raylite._core.common.states import ActorState
from raylite._trace_actors import add_actors
from raylite._trace_format import TraceFormat
from raylite._trace_messages import add_messages
from tests.trace_format import check_format

PARTIES = st.sampled_from(["gcs", "raylet:" + "n" * 56, "d" * 56, "w" * 56])
SECONDS = st.integers(0, 50).map(lambda ticks: ticks / 1e6)


@st.composite
def messages(draw):
    source, target = draw(st.lists(PARTIES, min_size=2, max_size=2, unique=True))
    sent_s = draw(SECONDS)
    return MessageSent(
        kind="Any",
        source_id=source,
        target_id=target,
        about="",
        size_bytes=7,
        sent_s=sent_s,
        at_s=sent_s + draw(SECONDS),
    )


@given(told=st.lists(messages(), max_size=30))
def test_messages_at_any_times_do_not_overlap_in_a_row(told):
    trace = TraceFormat(began_unix_s=1.0)
    add_messages(trace, told, lambda party: {"pid": "node", "tid": party})
    pieces = trace.trace()
    check_format(pieces)
    assert sum(piece["ph"] == "X" for piece in pieces) == 2 * len(told)


@given(
    lives=st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(ActorState), SECONDS), max_size=20
    )
)
def test_lives_of_actors_are_rows_of_states(lives):
    events = [
        ActorStateChanged(
            actor_id=ActorID(letter * 32),
            class_name="A",
            name=None,
            old=None,
            new=state,
            worker_id=None,
            num_restarts=0,
            at_s=at_s,
            why="",
        )
        for letter, state, at_s in sorted(lives, key=lambda one: one[2])
    ]
    trace = TraceFormat(began_unix_s=1.0)
    add_actors(trace, events, end_s=1.0)
    check_format(trace.trace())
