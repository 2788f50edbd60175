"""Threads take turns sooner while there are live views, and as before afterwards."""

import sys
from collections.abc import Iterator

import pytest

from raylite.notebook.live.hand_over import HandOver


@pytest.fixture(autouse=True)
def interval() -> Iterator[None]:
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(0.005)
    yield
    sys.setswitchinterval(before_s)


def test_it_is_sooner_and_then_as_it_was() -> None:
    hand_over = HandOver()
    hand_over.hurry()
    assert sys.getswitchinterval() == pytest.approx(0.001)
    hand_over.restore()
    assert sys.getswitchinterval() == pytest.approx(0.005)


def test_twice_is_as_good_as_once() -> None:
    hand_over = HandOver()
    hand_over.hurry()
    hand_over.hurry()
    hand_over.restore()
    hand_over.restore()
    assert sys.getswitchinterval() == pytest.approx(0.005)


def test_who_wants_it_sooner_still_is_left_alone() -> None:
    sys.setswitchinterval(0.0002)
    hand_over = HandOver()
    hand_over.hurry()
    assert sys.getswitchinterval() == pytest.approx(0.0002)
    hand_over.restore()
    assert sys.getswitchinterval() == pytest.approx(0.0002)


def test_what_somebody_has_set_meanwhile_stays() -> None:
    hand_over = HandOver()
    hand_over.hurry()
    sys.setswitchinterval(0.02)
    hand_over.restore()
    assert sys.getswitchinterval() == pytest.approx(0.02)


def test_where_news_follows_news_it_is_as_before_and_sooner_again_when_it_is_rare() -> None:
    hand_over = HandOver()
    seen_s = []
    for number in range(20):
        hand_over.adapt(10.0 + number / 15, has_drawn=True)
        seen_s.append(sys.getswitchinterval())
    assert seen_s == pytest.approx([0.001] * 7 + [0.005] * 13)
    hand_over.adapt(11.4, has_drawn=False)
    assert sys.getswitchinterval() == pytest.approx(0.005)
    hand_over.adapt(12.0, has_drawn=False)
    assert sys.getswitchinterval() == pytest.approx(0.001)


def test_two_drawings_a_second_are_rare() -> None:
    hand_over = HandOver()
    for number in range(20):
        hand_over.adapt(10.0 + number / 2, has_drawn=True)
        assert sys.getswitchinterval() == pytest.approx(0.001)
