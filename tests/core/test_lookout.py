"""When the background thread looks whether anybody reads, and what it then does."""

from hypothesis import given
from hypothesis import strategies as st

from raylite._core.rpc.lookout import LONGEST_S, OFTEN, TICK_S, Lookout, Seen


def test_the_role_is_taken_when_nobody_has_read_since_the_look_before():
    lookout = Lookout()
    assert lookout.look(7, is_read=False) is Seen.OTHERS_READ
    assert lookout.look(7, is_read=False) is Seen.NOBODY_READS


def test_whoever_has_just_read_is_given_a_tick_to_come_back():
    lookout = Lookout()
    for turns in range(5):
        assert lookout.look(turns, is_read=False) is Seen.OTHERS_READ
        assert lookout.tick_s == TICK_S


def test_while_others_read_the_looks_become_rarer():
    lookout = Lookout()
    ticks = []
    for turns in range(8):
        assert lookout.look(turns, is_read=True) is Seen.OTHERS_READ
        ticks.append(lookout.tick_s)
    assert ticks == [0.004, 0.008, 0.016, 0.016, 0.016, 0.016, 0.016, 0.016]


def test_who_reads_very_often_is_looked_at_rarely_wherever_he_is_just_then():
    lookout = Lookout()
    for look in range(8):
        assert lookout.look(look * (OFTEN + 1), is_read=look % 2 == 0) is Seen.OTHERS_READ
    assert lookout.tick_s == LONGEST_S


def test_one_wait_is_rest_and_a_long_one_needs_no_further_look():
    lookout = Lookout()
    lookout.look(1, is_read=True)
    found = list[Seen]()
    while not found or found[-1] is Seen.REST:
        found.append(lookout.look(1, is_read=True))
    assert found[-1] is Seen.LONG_REST
    assert set(found[:-1]) == {Seen.REST}


def test_who_is_to_look_soon_does_not_take_the_role_at_once():
    lookout = Lookout()
    for turns in range(8):
        lookout.look(turns, is_read=True)
    lookout.look_soon()
    assert lookout.tick_s == TICK_S
    assert lookout.look(7, is_read=False) is Seen.OTHERS_READ
    assert lookout.look(7, is_read=False) is Seen.NOBODY_READS


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans())))
def test_whoever_stops_reading_is_followed_within_the_longest_time_and_a_tick(steps):
    lookout, turns = Lookout(), 0
    for more, is_read in steps:
        turns += more
        lookout.look(turns, is_read=is_read)
        assert TICK_S <= lookout.tick_s <= LONGEST_S
    waited_s = lookout.tick_s
    while lookout.look(turns, is_read=False) is not Seen.NOBODY_READS:
        waited_s += lookout.tick_s
    assert waited_s <= 2 * LONGEST_S
