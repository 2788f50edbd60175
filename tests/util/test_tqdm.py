# mypy: disable-error-code="attr-defined"
"""``raylite.util.tqdm`` in the driver, in tasks and in actors: what is counted, told and seen."""

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import raylite
from raylite import _bar_ticker
from raylite._bar_ticker import BarTicker
from raylite._core.common.bars import BarState
from raylite.experimental import tqdm_ray
from raylite.notebook.bars import bar_board
from raylite.notebook.bars.bar_places import Place
from raylite.notebook.bars.model import Phase, ProgressView
from raylite.util import tqdm, trange
from tests.processes import wait_until

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[BarState]:
    """What bars of this process tell, instead of being told."""
    found: list[BarState] = []
    monkeypatch.setattr(_bar_ticker, "tell", found.extend)
    return found


class Screen:
    """Remembers what was drawn last."""

    def __init__(self) -> None:
        self.views: tuple[ProgressView, ...] = ()
        self.is_finished = False

    def show(self, *views: ProgressView) -> None:
        self.views, self.is_finished = views, False

    def finish(self, *views: ProgressView) -> None:
        self.views, self.is_finished = views, True


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    """Shows bars from the beginning, so that no test has to take half a second."""
    screen = Screen()
    monkeypatch.setattr(bar_board, "place_of", lambda _: Place(screen))
    monkeypatch.setattr(bar_board, "QUIET_S", 0.0)
    bar_board.BOARD.end()
    yield screen
    bar_board.BOARD.end()


def titles(screen: Screen) -> dict[str, ProgressView]:
    return {view.title: view for view in screen.views}


# Without a session: the bar itself.


def test_a_loop_gives_what_it_is_given_and_counts(told) -> None:
    bar = tqdm("abc", desc="letters")
    assert list(bar) == ["a", "b", "c"]
    (last,) = told
    assert (last.desc, last.done, last.total, last.ended) == ("letters", 3, 3, True)


def test_an_iterable_without_a_length_has_no_total(told) -> None:
    assert list(tqdm(iter(range(2)))) == [0, 1]
    assert told[-1].total is None


def test_leaving_a_loop_early_ends_the_bar_where_it_is(told) -> None:
    for number in tqdm(range(10)):
        if number == 4:
            break
    gc.collect()
    assert not told or told[-1].done == 4


def test_an_error_in_the_loop_is_the_programs_and_ends_the_bar(told) -> None:
    def stumble() -> None:
        with tqdm(range(3)) as bar:
            for number in bar:
                1 / (1 - number)

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert (told[-1].done, told[-1].ended) == (1, True)


def test_steps_may_be_told_by_hand(told) -> None:
    with tqdm(total=10, desc="by hand", unit="file", initial=2) as bar:
        bar.update()
        bar.update(4)
        bar.set_description("further")
        bar.set_postfix(loss=0.12345, epoch=3)
        assert (bar.n, len(bar), bool(bar)) == (7, 10, True)
        bar.refresh()
        bar.close()
    assert len(told) == 1
    last = told[0]
    assert (last.desc, last.unit, last.initial) == ("further", "file", 2)
    assert last.postfix == "loss=0.123, epoch=3"


def test_a_bar_may_begin_anew(told) -> None:
    bar = tqdm(total=3)
    bar.update(3)
    bar.close()
    bar.reset(total=5)
    bar.update()
    bar.close()
    assert [(one.done, one.total) for one in told] == [(3, 3), (1, 5)]


def test_trange_and_the_name_of_ray_are_the_same(told) -> None:
    assert list(trange(2, 5)) == [2, 3, 4]
    assert tqdm_ray.tqdm is tqdm
    assert tqdm.__module__ == "raylite.util"


def test_what_is_disabled_tells_nothing(told) -> None:
    for _ in tqdm(range(3), disable=True):
        pass
    tqdm(total=1, disable=True).close()
    assert told == []


def test_what_tqdm_takes_for_drawing_is_taken_and_other_words_are_not(told) -> None:
    tqdm(total=1, ncols=80, mininterval=0.5, ascii=True, colour="green", flush_interval_s=1).close()
    with pytest.raises(TypeError, match="no keyword 'descr'"):
        tqdm(total=1, descr="x")
    with pytest.raises(TypeError, match="number of steps"):
        tqdm(total="many")  # type: ignore[call-overload]  # that is what is refused
    with pytest.raises(ValueError, match="0 or more"):
        tqdm(total=-1)
    with pytest.raises(TypeError, match="nothing to loop over"):
        iter(tqdm(total=3)).__next__()


def test_a_bar_that_nobody_has_any_more_ends(told) -> None:
    ticker_bars = _bar_ticker.TICKER._bars
    before = set(ticker_bars)
    bar = tqdm(total=3)
    bar.update()
    (number,) = set(ticker_bars) - before
    del bar
    gc.collect()
    assert number not in ticker_bars


@given(st.lists(st.integers(0, 5), max_size=200))
def test_short_bars_are_summed_up_and_nothing_is_lost(lengths: list[int]) -> None:
    found: list[BarState] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_bar_ticker, "tell", found.extend)
        ticker = BarTicker()
        for number, length in enumerate(lengths, start=1):
            state = BarState(number=number, desc="tiny", done=length, total=length, ended=True)
            ticker.dropped(state) if number % 2 else ticker.ended(state)
            if number % 50 == 0:
                ticker.look()
        ticker.look()
    newest = {state.number: state for state in found}
    assert sum(state.done for state in newest.values()) == sum(lengths)
    assert sum(state.bars for state in newest.values()) == len(lengths)
    assert len(found) <= 2 * _bar_ticker._WORDS + len(lengths) // 2


def test_what_has_not_changed_is_not_told_again(told) -> None:
    ticker = BarTicker()
    bar = tqdm(total=3)
    ticker._bars[1] = weakref.ref(bar)
    assert ticker.look()
    assert not ticker.look()
    bar.update()
    assert ticker.look()
    bar.close()


def test_what_goes_wrong_on_the_way_is_not_the_programs_business(monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("no way")

    monkeypatch.setattr(bar_board.BOARD, "take", broken)
    monkeypatch.setattr(bar_board, "take", broken)
    assert list(tqdm(range(3))) == [0, 1, 2]


def test_the_drivers_own_bars_need_no_session(screen) -> None:
    for _ in tqdm(range(7), desc="mine"):
        pass
    bar_board.BOARD.look()
    assert titles(screen)["mine"].counts == "7 of 7"
    assert not raylite.is_initialized()


def test_the_end_of_a_cell_finishes_the_picture(screen) -> None:
    list(tqdm(range(7), desc="mine"))
    bar_board.BOARD.cell_ended()
    assert screen.is_finished
    assert screen.views[0].phase is Phase.DONE


def test_a_screen_that_fails_at_the_end_fails_nothing_else(screen, monkeypatch) -> None:
    list(tqdm(range(7), desc="mine"))
    bar_board.BOARD.look()
    monkeypatch.setattr(screen, "finish", None)
    bar_board.BOARD.end()


# In a session.


@raylite.remote
def work(steps, desc="work"):
    for _ in raylite.util.tqdm(range(steps), desc=desc):
        pass
    return steps


@raylite.remote
class Worker:
    def __init__(self):
        self.bar = raylite.util.tqdm(disable=True)

    def begin(self, total, done):
        self.bar = raylite.util.tqdm(total=total, desc="held")
        self.bar.update(done)

    def step(self):
        self.bar.update()

    def nested(self):
        for _ in raylite.util.trange(2, desc="epoch"):
            for _ in raylite.util.trange(3, desc="batch", position=1, leave=False):
                pass

    def fall(self):
        os._exit(3)


@pytest.mark.slow
def test_bars_of_several_tasks_are_added_up(ray, screen) -> None:
    ray.get([work.remote(30), work.remote(40)])
    wait_until(lambda: "work" in titles(screen) and titles(screen)["work"].counts == "70 of 70")
    view = titles(screen)["work"]
    assert view.phase is Phase.DONE
    assert all(bar.label.startswith("work · pid ") for bar in view.bars)


@pytest.mark.slow
def test_a_loop_within_a_loop_leaves_only_the_outer_one(ray, screen) -> None:
    worker = Worker.remote()
    ray.get(worker.nested.remote())
    wait_until(lambda: "epoch" in titles(screen) and titles(screen)["epoch"].counts == "2 of 2")
    wait_until(lambda: set(titles(screen)) == {"epoch"})


@pytest.mark.slow
def test_a_bar_lives_as_long_as_the_actor_holds_it(ray, screen) -> None:
    worker = Worker.remote()
    ray.get(worker.begin.remote(10, 4))
    wait_until(lambda: "held" in titles(screen) and titles(screen)["held"].counts == "4 of 10")
    ray.get(worker.step.remote())
    wait_until(lambda: titles(screen)["held"].counts == "5 of 10")
    assert titles(screen)["held"].phase is Phase.RUNNING


@pytest.mark.slow
def test_the_bar_of_a_dead_worker_ends_and_says_so(ray, screen) -> None:
    worker = Worker.remote()
    ray.get(worker.begin.remote(10, 4))
    wait_until(lambda: "held" in titles(screen))
    with pytest.raises(ray.exceptions.RayActorError):
        ray.get(worker.fall.remote())
    wait_until(lambda: titles(screen)["held"].phase is Phase.FAILED)
    assert titles(screen)["held"].note.startswith("Ended without a last word (Worker.begin, pid ")


@pytest.mark.slow
def test_a_picture_that_cannot_be_drawn_stops_nothing(ray, monkeypatch) -> None:
    said: list[str] = []

    class Broken:
        def show(self, *_: object) -> None:
            raise RuntimeError("no screen")

        finish = show

    monkeypatch.setattr(bar_board, "place_of", lambda _: Place(Broken()))
    monkeypatch.setattr(bar_board, "QUIET_S", 0.0)
    monkeypatch.setattr(bar_board._logger, "exception", said.append)
    assert ray.get(work.remote(3)) == 3
    wait_until(lambda: said)
    assert "could not be drawn" in said[0]
    bar_board.BOARD.cell_ended()
    assert ray.get(work.remote(4)) == 4


@pytest.mark.slow
def test_programs_for_ray_find_it_where_ray_has_it() -> None:
    code = (
        "import ray\nfrom ray.experimental import tqdm_ray\nfrom ray.experimental.tqdm_ray import "
        "tqdm\nray.init(num_cpus=1)\n@ray.remote\ndef f():\n    from ray.experimental import "
        "tqdm_ray\n    return sum(tqdm_ray.tqdm(range(4), desc='x'))\nprint(ray.get(f.remote()))"
    )
    done = subprocess.run(
        [sys.executable, "-m", "raylite", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout == "6\n"
    assert done.stderr == ""
