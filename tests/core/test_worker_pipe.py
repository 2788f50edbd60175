"""What a worker has written, cut into lines, however the pieces fall."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from raylite._core.common.ids import WorkerID
from raylite._core.common.worker_output import LINE_CHARS, MARK, PICTURE, OutputLines, Picture
from raylite._core.node.worker_pipe import WorkerPipe

Told = list[tuple[int, str, str]]


def pipe(name: str = "stdout") -> WorkerPipe:
    return WorkerPipe(0, name, WorkerID("w"), 1)


def told(messages) -> Told:
    """Cell, name and text of each line; a picture's text is in brackets."""
    found: Told = []
    for message in messages:
        lines = message.lines if isinstance(message, OutputLines) else [f"[{message.bundle}]"]
        found += [(message.origin, message.prefix, line) for line in lines]
    return found


def fed(*pieces: bytes, name: str = "stdout") -> Told:
    reader = pipe(name)
    messages = [message for piece in pieces for message in reader.feed(piece)]
    return told([*messages, *reader.end()])


def test_a_line_belongs_to_the_marker_before_it() -> None:
    text = f"{MARK}2a Accounting\none\ntwo\n{MARK}2b f\nthree\n"
    assert fed(text.encode()) == [
        (42, "Accounting", "one"),
        (42, "Accounting", "two"),
        (43, "f", "three"),
    ]


def test_lines_of_the_same_one_are_one_message() -> None:
    text = f"{MARK}1 A\none\n{MARK}1 A\ntwo\n"
    (message,) = pipe().feed(text.encode())
    assert isinstance(message, OutputLines)
    assert message.lines == ["one", "two"]


def test_a_marker_behind_half_a_line_ends_it() -> None:
    assert fed(f"{MARK}1 A\nhalf{MARK}2 B\nwhole\n".encode()) == [
        (1, "A", "half"),
        (2, "B", "whole"),
    ]


def test_a_picture_keeps_its_place() -> None:
    text = f'{MARK}1 A\none\n{MARK}{PICTURE}{{"data": {{}}}}\n{MARK}1 A\ntwo\n'
    messages = list(pipe().feed(text.encode()))
    assert [type(message) for message in messages] == [OutputLines, Picture, OutputLines]
    assert told(messages)[1] == (1, "A", '[{"data": {}}]')


def test_a_picture_may_be_long() -> None:
    bundle = "x" * 1_000_000
    text = f"{MARK}{PICTURE}{bundle}\n".encode()
    pieces = [text[at : at + 65536] for at in range(0, len(text), 65536)]
    assert fed(*pieces) == [(0, "", f"[{bundle}]")]


def test_of_a_long_line_the_beginning_is_kept_and_the_rest_counted() -> None:
    ((_, _, line),) = fed(*[b"x" * 65536] * 100, b"\n")
    left_out = f"{100 * 65536 - LINE_CHARS:,}"
    assert line == "x" * LINE_CHARS + f" ... ({left_out} more characters of this line are left out)"


def test_the_end_shows_what_has_no_end_of_line() -> None:
    assert fed(b"one\nla", b"st words") == [(0, "", "one"), (0, "", "last words")]


def test_what_is_no_marker_changes_nothing() -> None:
    assert fed(f"{MARK}1 A\n{MARK}no number\none\n".encode()) == [(1, "A", "one")]


def test_frames_of_the_runtime_are_left_out_of_crash_reports() -> None:
    frame = b'  File "/somewhere/raylite/_core/rpc/poller.py", line 5 in run\n'
    assert fed(b"Fatal error\n", frame, b"the end\n", name="stderr") == [
        (0, "", "Fatal error"),
        (0, "", "the end"),
    ]


parts = st.lists(
    st.one_of(
        st.text("aß☃\r ", max_size=5).map(lambda text: f"{text}\n"),
        st.sampled_from(
            [f"{MARK}1 A\n", f"{MARK}2 B\n", f'{MARK}{PICTURE}{{"data": 1}}\n', "half"]
        ),
    ),
    max_size=20,
).map(lambda found: "".join(found).encode())


@given(parts, st.lists(st.integers(0, 200), max_size=8))
def test_it_does_not_matter_how_the_bytes_arrive(data, cuts) -> None:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert fed(*pieces) == fed(data)
