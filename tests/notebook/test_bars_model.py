"""What a picture says of many bars, without a clock or a screen."""

from hypothesis import given
from hypothesis import strategies as st

from raylite._core.common.bars import BarState, BarsTold
from raylite._core.common.ids import WorkerID
from raylite.notebook.bars.bars_model import MAX_BLOCKS, BarTable, rate_text
from raylite.notebook.bars.model import MAX_BARS, Phase, ProgressView

ONE, OTHER = WorkerID("1"), WorkerID("2")


def told(*bars: BarState, worker: WorkerID = ONE, pid: int = 11) -> BarsTold:
    return BarsTold(worker_id=worker, pid=pid, bars=bars)


def only(table: BarTable, at_s: float = 10.0) -> ProgressView:
    (view,) = table.views(at_s)
    return view


def test_one_bar_is_one_block_without_lines() -> None:
    table = BarTable()
    table.fold(told(BarState(number=1, desc="Files: ", done=25, total=100, age_s=2)), at_s=2)
    view = only(table, at_s=2)
    assert (view.title, view.percent, view.bars) == ("Files", 25, ())
    assert view.facts == ("25 of 100", "12.5 it/s", "2.0 s")
    assert view.phase is Phase.RUNNING


def test_bars_with_the_same_text_are_added_up_with_a_line_for_each() -> None:
    table = BarTable()
    for worker, pid, done in ((ONE, 11, 10), (OTHER, 12, 50)):
        state = BarState(number=1, call=worker, who="fit", desc="Fit", done=done, total=100)
        table.fold(told(state, worker=worker, pid=pid), at_s=1)
    view = only(table)
    assert view.counts == "60 of 200"
    assert [(bar.label, bar.text) for bar in view.bars] == [
        ("fit · pid 11", "10 of 100"),
        ("fit · pid 12", "50 of 100"),
    ]


def test_a_loop_within_a_loop_has_one_line_for_all_its_turns() -> None:
    table = BarTable()
    table.fold(told(BarState(number=1, desc="epoch", done=1, total=3)), at_s=1)
    for turn in range(3):
        state = BarState(number=2 + turn, desc="batch", position=1, done=10, total=10)
        table.fold(told(state.replaced(ended=True)), at_s=2 + turn)
    epoch, batch = table.views(5)
    assert (epoch.title, batch.title) == ("epoch", "batch")
    assert (batch.counts, batch.note) == ("10 of 10", "turn 3")


def test_two_bars_of_a_task_that_move_at_the_same_time_have_two_lines() -> None:
    table = BarTable()
    for number in (1, 2):
        table.fold(told(BarState(number=number, desc="zip", done=5, total=10)), at_s=1)
    assert len(only(table).bars) == 2


def test_an_inner_bar_that_does_not_stay_goes_when_it_has_ended() -> None:
    table = BarTable()
    inner = BarState(number=2, desc="batch", done=3, total=9, keep=False)
    table.fold(told(BarState(number=1, desc="epoch", total=2), inner), at_s=1)
    assert len(table.views(1)) == 2
    table.fold(told(inner.replaced(done=9, ended=True)), at_s=2)
    assert only(table).title == "epoch"


def test_of_a_length_that_nobody_knows_there_is_no_percentage() -> None:
    table = BarTable()
    lines = BarState(number=1, desc="Lines", done=1234, unit="line", age_s=1)
    table.fold(told(lines), at_s=1)
    view = only(table, at_s=1)
    assert (view.percent_text, view.counts, view.remaining_s) == ("", "1,234 line", None)
    table.fold(told(lines.replaced(ended=True)), at_s=2)
    assert (only(table).percent_text, only(table).phase) == ("100 %", Phase.DONE)


def test_a_bar_that_ends_early_says_so() -> None:
    table = BarTable()
    table.fold(told(BarState(number=1, done=3, total=10, ended=True)), at_s=1)
    view = only(table)
    assert (view.phase, view.percent) == (Phase.STOPPED, 30)
    assert view.note == "ended before all was done"
    assert table.is_over


def test_bars_of_a_dead_worker_end_and_say_why() -> None:
    table = BarTable()
    table.fold(told(BarState(number=1, who="fit", desc="a", done=3, total=10)), at_s=1)
    other = BarState(number=1, desc="b", done=1, total=1, ended=True)
    table.fold(told(other, worker=OTHER), at_s=1)
    table.fold(BarsTold(worker_id=ONE, gone="killed by SIGKILL"), at_s=3)
    dead, fine = table.views(9)
    assert dead.facts[0] == "✗ 1 failed"
    assert dead.note == "Ended without a last word (fit, pid 11): killed by SIGKILL."
    assert dead.elapsed_s == 2
    assert dead.failed_fraction == dead.fraction == 0.3
    assert fine.phase is Phase.DONE


def test_late_news_do_not_wake_a_bar_that_has_ended() -> None:
    table = BarTable()
    table.fold(told(BarState(number=1, done=10, total=10, ended=True)), at_s=1)
    table.fold(told(BarState(number=1, done=9, total=10)), at_s=2)
    assert only(table).phase is Phase.DONE


def test_sums_of_short_bars_grow() -> None:
    table = BarTable()
    for bars in (40, 90):
        state = BarState(number=-7, desc="x", done=bars * 3, total=bars * 3, bars=bars, ended=True)
        table.fold(told(state), at_s=bars)
    assert only(table).counts == "270 of 270"


def test_of_many_tasks_those_that_are_done_are_summed_up() -> None:
    table = BarTable()
    for number in range(1, 1001):
        state = BarState(number=number, call=str(number), desc="x", done=10, total=10, ended=True)
        table.fold(told(state), at_s=number)
    running = BarState(number=2000, call="last", who="f", desc="x", done=1, total=10)
    table.fold(told(running), at_s=1001)
    view = only(table, at_s=1001)
    assert view.counts == "10,001 of 10,010"
    assert "f · pid 11" in {bar.label for bar in view.bars}
    assert sum(len(block.lines) for block in table._blocks.values()) <= 130
    assert len(table._keys) <= 130


def test_many_texts_are_lines_of_one_block() -> None:
    table = BarTable()
    for number in range(40):
        state = BarState(number=number + 1, call=str(number), desc=f"task {number}", total=10)
        table.fold(told(state.replaced(done=10, ended=True) if number < 10 else state), at_s=1)
    view = only(table)
    assert (view.title, view.counts, view.percent) == ("Progress", "10 of 40 bars", 25)
    assert len(view.bars) == MAX_BARS > MAX_BLOCKS
    assert view.bars[0].label == "task 10"
    assert view.more == "and 24 others, 41 % done"


def test_a_bar_may_be_given_another_text() -> None:
    table = BarTable()
    table.fold(told(BarState(number=1, desc="loading", total=2)), at_s=1)
    table.fold(told(BarState(number=1, desc="training", total=2)), at_s=2)
    assert only(table).title == "training"


def test_busy_is_the_time_in_which_a_bar_could_move() -> None:
    table = BarTable()
    table.fold(told(BarState(number=1, total=1, done=1, age_s=0.1, ended=True)), at_s=1.0)
    table.fold(told(BarState(number=2, total=1, done=1, age_s=0.1, ended=True)), at_s=1.0)
    assert round(table.busy_s(50.0), 6) == 0.1
    table.fold(told(BarState(number=3, total=1, age_s=0.2)), at_s=50.0)
    assert round(table.busy_s(50.3), 6) == 0.6


def test_what_was_done_before_does_not_make_it_fast() -> None:
    table = BarTable()
    state = BarState(number=1, done=920, total=1000, initial=900, age_s=10)
    table.fold(told(state), at_s=10)
    assert only(table, at_s=10).rate == "2 it/s"


def test_rates_are_told_in_whatever_is_more_than_one() -> None:
    assert rate_text(0, 5, "it") == ""
    assert rate_text(10, 25, "file") == "2.5 s/file"
    assert rate_text(3_000_000, 2, "it") == "1,500,000 it/s"
    assert rate_text(3_000_000, 2, "B", scaled=True) == "1.5M B/s"


STATES = st.builds(
    BarState,
    number=st.integers(-2, 5),
    call=st.sampled_from(["", "a", "b"]),
    desc=st.sampled_from(["", "x", "y: ", "<script>"]),
    done=st.floats(-5, 1e9),
    total=st.none() | st.floats(0, 1e9),
    scaled=st.booleans(),
    position=st.integers(0, 2),
    age_s=st.floats(0, 100),
    keep=st.booleans(),
    ended=st.booleans(),
    bars=st.integers(1, 4),
)
NEWS = st.builds(
    BarsTold,
    worker_id=st.sampled_from([ONE, OTHER]),
    bars=st.lists(STATES, max_size=4).map(tuple),
    gone=st.sampled_from(["", "", "killed"]),
)


@given(st.lists(NEWS, max_size=12))
def test_whatever_is_told_can_be_drawn(news: list[BarsTold]) -> None:
    table = BarTable()
    for at_s, one in enumerate(news):
        table.fold(one, float(at_s))
        for view in table.views(at_s + 0.5):
            assert 0 <= view.failed_fraction <= 1
            assert 0 <= view.fraction <= 1
            assert all(0 <= bar.fraction <= 1 for bar in view.bars)
            assert view.to_dict()["facts"]
    assert table.busy_s(99.0) >= 0
    table.end("over", 99.0)
    assert table.is_over
