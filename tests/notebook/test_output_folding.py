"""What is shown of what workers print, and what is counted: together, all that came."""

from hypothesis import given
from hypothesis import strategies as st

from raylite.notebook.output.folding import LONGEST, CellOutput, Row

ONE, OTHER = ("Accounting", 11), ("Accounting", 12)
STREAMS = ("stdout", "stderr")

Came = list[tuple[str, tuple[str, int], str]]


def shown_as(rows: list[Row], came: Came, *, picture: object = None) -> list[str]:
    """Walk along what came and what is shown of it; what differs is an error, listed."""
    wrong = []
    left = {name: [(who, line) for stream, who, line in came if stream == name] for name in STREAMS}
    for row in rows:
        if row.kind == "picture":
            continue
        here = left[row.stream][: row.number]
        del left[row.stream][: row.number]
        if len(here) < row.number:
            wrong.append(f"{row} stands for more than came")
        if row.kind in {"line", "repeat"} and set(here) != {(row.who, row.text)}:
            wrong.append(f"{row} stands for {here}")
        if row.kind == "gap" and row.who is not None and {who for who, _ in here} - {row.who}:
            wrong.append(f"{row} stands for {here}")
    return wrong + [f"{name} lost {lines}" for name, lines in left.items() if lines]


def printed(output: CellOutput, *lines: str, now_s: float = 0.0, who=ONE) -> None:
    output.add("stdout", who, lines, now_s)


def texts(rows: list[Row]) -> list[str]:
    return [row.text if row.kind == "line" else f"{row.kind} {row.number}" for row in rows]


def test_the_first_line_is_due_at_once() -> None:
    output = CellOutput()
    printed(output, "one", now_s=5.0)
    due_s = output.due_s()
    assert due_s is not None
    assert due_s <= 5.0


def test_a_line_behind_it_is_due_a_tenth_of_a_second_later() -> None:
    output = CellOutput()
    printed(output, "one", now_s=5.0)
    output.take(5.0)
    printed(output, "two", now_s=5.01)
    assert output.due_s() == 5.1


def test_nothing_is_due_where_all_is_shown() -> None:
    output = CellOutput()
    printed(output, "one")
    output.take(0.0)
    assert output.due_s() is None
    assert output.take(1.0) == []


def test_a_line_that_comes_42_times_is_shown_once() -> None:
    output = CellOutput()
    printed(output, *["tick"] * 42)
    assert texts(output.take(0.0)) == ["tick", "repeat 41"]


def test_two_equal_lines_are_simply_shown() -> None:
    output = CellOutput()
    printed(output, "tick", "tick", "tock")
    assert texts(output.take(0.0)) == ["tick", "tick", "tock"]


def test_the_same_line_of_another_process_is_another_line() -> None:
    output = CellOutput()
    printed(output, "ready")
    printed(output, "ready", who=OTHER)
    assert [row.who for row in output.take(0.0)] == [ONE, OTHER]


def test_more_of_a_line_that_is_shown_is_held_for_a_while() -> None:
    output = CellOutput()
    printed(output, "tick")
    output.take(0.0)
    printed(output, *["tick"] * 9, now_s=0.01)
    assert output.due_s() == 1.01
    assert texts(output.take(1.01)) == ["repeat 9"]
    printed(output, "tock", now_s=1.2)
    assert texts(output.take(1.3)) == ["tock"]


def test_it_is_held_no_longer_than_until_another_line_comes() -> None:
    output = CellOutput()
    printed(output, "tick")
    output.take(0.0)
    printed(output, *["tick"] * 9, now_s=0.01)
    printed(output, "tock", now_s=0.02)
    assert output.due_s() == 0.1
    assert texts(output.take(0.1)) == ["repeat 9", "tock"]


def test_a_line_that_comes_again_after_a_second_is_news() -> None:
    output = CellOutput()
    for second in range(3):
        printed(output, "still there", now_s=float(second))
        assert texts(output.take(float(second))) == ["still there"]


def test_of_a_flood_the_first_and_the_last_lines_are_shown() -> None:
    output = CellOutput()
    printed(output, *map(str, range(100_000)))
    rows = output.take(0.0)
    (gap,) = [row for row in rows if row.kind == "gap"]
    assert len(rows) < 600
    assert texts(rows)[0] == "0"
    assert texts(rows)[-1] == "99999"
    assert gap.number == 100_000 - (len(rows) - 1)
    assert gap.who == ONE


def test_a_flood_that_goes_on_is_shown_once_a_second() -> None:
    output = CellOutput()
    printed(output, *map(str, range(100_000)))
    output.take(0.0)
    printed(output, *map(str, range(100_000)), now_s=0.01)
    assert output.due_s() == 1.0
    assert len(output.take(1.0)) < 40


def test_after_a_flood_there_is_room_again_with_time() -> None:
    output = CellOutput()
    printed(output, *map(str, range(100_000)))
    output.take(0.0)
    printed(output, "quiet", now_s=20.0)
    assert texts(output.take(20.0)) == ["quiet"]


def test_at_the_end_of_a_cell_the_last_lines_of_a_flood_are_shown() -> None:
    output = CellOutput()
    printed(output, *map(str, range(100_000)))
    output.take(0.0)
    printed(output, *map(str, range(1000)), "the end", now_s=0.01)
    assert output.take(0.02) == []
    assert texts(output.take(0.02, is_last=True))[-1] == "the end"


def test_long_lines_use_up_the_room_of_many() -> None:
    output = CellOutput()
    printed(output, *(f"{number}{'x' * LONGEST}" for number in range(100)))
    assert len(output.take(0.0)) < 20


def test_lines_that_never_came_are_counted_where_they_were_missing() -> None:
    output = CellOutput()
    printed(output, "before")
    output.add("stdout", ONE, ["after"], 0.0, left_out=1000)
    assert texts(output.take(0.0)) == ["before", "gap 1000", "after"]


def test_a_picture_keeps_its_place_between_lines() -> None:
    output = CellOutput()
    printed(output, "before")
    output.add_picture(ONE, "the picture", 0.0, "Figure")
    printed(output, "after")
    rows = output.take(0.0)
    assert [row.kind for row in rows] == ["line", "picture", "line"]
    assert (rows[1].picture, rows[1].text) == ("the picture", "Figure")


def test_of_a_thousand_pictures_most_are_counted() -> None:
    output = CellOutput()
    for number in range(1000):
        output.add_picture(ONE, number, 0.0)
    rows = output.take(0.0)
    assert 1 < len(rows) < 60
    assert sum(row.pictures for row in rows) == 1000
    assert sum(row.number for row in rows) == 0


steps = st.lists(
    st.tuples(
        st.sampled_from(STREAMS),
        st.sampled_from([ONE, OTHER]),
        st.lists(st.sampled_from(["a", "b", "c" * 3000]), max_size=8),
        st.sampled_from([1, 1, 1, 300]),
        st.floats(0.0, 3.0),
        st.sampled_from(["", "", "due", "fetched", "ends"]),
    ),
    max_size=30,
)


@given(steps)
def test_no_line_is_lost_or_changes_its_order(story) -> None:
    output, came, rows, now_s = CellOutput(), Came(), list[Row](), 0.0
    for stream, who, lines, times, passed_s, then in story:
        now_s += passed_s
        output.add(stream, who, lines * times, now_s)
        came += [(stream, who, line) for line in lines * times]
        due_s = output.due_s()
        if then == "fetched" or (then == "due" and due_s is not None and due_s <= now_s):
            rows += output.take(now_s)
        elif then == "ends":
            rows += output.take(now_s, is_last=True)
            assert output.due_s() is None
    rows += output.take(now_s, is_last=True)
    assert not shown_as(rows, came)


@given(steps)
def test_what_is_shown_at_once_has_an_end(story) -> None:
    output = CellOutput()
    for stream, who, lines, times, _passed_s, _then in story:
        output.add(stream, who, lines * times * 10, 0.0)
        rows = output.take(0.0)
        assert sum(1 + min(len(row.text), LONGEST) // 200 for row in rows) < 700
