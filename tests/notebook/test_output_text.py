"""How lines of workers look: names in colours that can be read, and sentences that need none."""

import pytest

from raylite.notebook.output.folding import LONGEST, Row
from raylite.notebook.output.text import GROUNDS, LETTERS, NameColours, in_streams, text_of
from tests.notebook.colours import Colour, contrast

WHO = ("Accounting", 123)
PLAIN = NameColours(on=False)


def line(text: str, stream: str = "stdout") -> Row:
    return Row("line", stream, WHO, text)


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_name_can_be_read_on_its_ground(ground) -> None:
    assert contrast(Colour(*LETTERS), Colour(*ground)) >= 4.5


def test_a_process_keeps_its_colour() -> None:
    colours = NameColours(on=True)
    first, other = colours.name(WHO), colours.name(("Accounting", 124))
    assert first != other.replace("124", "123")
    assert colours.name(WHO) == first
    assert "(Accounting pid=123)" in first


def test_there_is_a_colour_for_every_process() -> None:
    colours = NameColours(on=True)
    names = [colours.name(("worker", pid)) for pid in range(100)]
    assert all("\x1b[" in name for name in names)


def test_without_colours_the_text_is_the_same() -> None:
    assert text_of(line("hello"), PLAIN) == "(Accounting pid=123) hello\n"


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (Row("repeat", "stdout", WHO, "tick", 41), "(Accounting pid=123) ... (and 41 times more)"),
        (
            Row("gap", "stdout", WHO, number=99_500),
            "(Accounting pid=123) ... 99,500 more lines (raylite.output() has the last of them)",
        ),
        (
            Row("gap", "stdout", None, number=1, pictures=2),
            "... 1 more line and 2 more pictures (raylite.output() has the last of them)",
        ),
        (
            Row("gap", "stdout", WHO, number=0, pictures=1),
            "(Accounting pid=123) ... 1 more picture",
        ),
        (Row("picture", "stdout", WHO, "Figure"), "(Accounting pid=123) displays Figure:"),
        (Row("line", "stdout", ("", 5), "raw"), "(worker pid=5) raw"),
    ],
)
def test_what_stands_for_lines_is_a_sentence(row, text) -> None:
    assert text_of(row, PLAIN) == f"{text}\n"


def test_a_long_line_says_how_much_is_not_shown() -> None:
    text = text_of(line("x" * (LONGEST + 1234)), PLAIN)
    assert text.endswith("x ... (and 1,234 characters more, which raylite.output() has)\n")


def test_a_colour_of_the_users_ends_with_its_line() -> None:
    assert text_of(line("\x1b[31mred"), PLAIN).endswith("\x1b[31mred\x1b[0m\n")


def test_what_one_stream_has_in_a_row_goes_out_together() -> None:
    rows = [line("1"), line("2"), line("3", "stderr"), line("4")]
    texts = [[row.text for row in group] for group in in_streams(rows)]
    assert texts == [["1", "2"], ["3"], ["4"]]


def test_streams_that_take_turns_all_the_time_go_out_in_two_messages() -> None:
    rows = [line(str(number), ("stdout", "stderr")[number % 2]) for number in range(100)]
    found = in_streams(rows)
    assert [group[0].stream for group in found] == ["stdout", "stderr"]
    assert [row.text for row in found[0]] == [str(number) for number in range(0, 100, 2)]


def test_a_picture_goes_out_alone() -> None:
    picture = Row("picture", "stdout", WHO, "Figure", 0, 1, {"data": {}})
    found = in_streams([line("1"), picture, picture, line("2")])
    assert [len(group) for group in found] == [1, 1, 1, 1]
