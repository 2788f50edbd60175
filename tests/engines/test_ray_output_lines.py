"""Lines of Ray's log files: whose they are, in order, each once."""

from typing import Any

from raylite._core.common.worker_output import MARK
from raylite.engines.ray.output_client import messages_of
from raylite.engines.ray.output_lines import last_number, parsed, shown
from raylite.engines.ray.output_origins import Origins

ONE, TWO = "1" * 48, "2" * 48


def tagged(task_id: str, number: int, text: str) -> str:
    """A line as a worker writes it."""
    return f"{MARK}{task_id}{number:x}{MARK}{text}"


def message(*lines: str, **more: Any) -> dict[str, Any]:
    """What Ray's log monitor sends."""
    return {"pid": "7", "ip": "10.0.0.1", "localhost": "10.0.0.1", "lines": list(lines), **more}


def test_lines_belong_to_the_task_that_printed_them() -> None:
    found, last = parsed(
        message(tagged(ONE, 10, "a"), tagged(ONE, 11, "b"), tagged(TWO, 12, "c"), "past Python")
    )
    assert [(one.task_id, one.lines) for one in found] == [
        (ONE, ("a", "b")),
        (TWO, ("c",)),
        ("", ("past Python",)),
    ]
    assert last == 12


def test_what_a_second_log_monitor_reads_as_well_comes_once() -> None:
    lines = [tagged(ONE, 10, "a"), tagged(ONE, 11, "b")]
    _, last = parsed(message(*lines))
    assert parsed(message(*lines, tagged(ONE, 12, "c")), last)[0][0].lines == ("c",)


def test_who_prints_on_another_machine_is_named_with_it() -> None:
    (here,), _ = parsed(message(tagged(ONE, 1, "a"), actor_name="Counter"))
    (there,), _ = parsed(message(tagged(ONE, 1, "a"), actor_name="Counter", ip="10.0.0.2"))
    assert shown(here, 0).prefix == "Counter"
    assert shown(there, 0).prefix == "Counter ip=10.0.0.2"


def test_a_separator_that_somebody_prints_is_text() -> None:
    (one,), last = parsed(message(f"{MARK}no tag{MARK}text"))
    assert one.lines == (f"{MARK}no tag{MARK}text",)
    assert last == 0


def test_bars_that_ray_has_cut_are_left_out() -> None:
    assert parsed(message(tagged(ONE, 1, f'{MARK}={{"bars": [')))[0] == []


def test_the_end_of_a_file_says_how_far_it_was_written() -> None:
    assert last_number(tagged(ONE, 5, "a") + "\n" + tagged(ONE, 6, "b") + "\nplain\n") == 6
    assert last_number("plain\n" + tagged(ONE, 7, "not yet whole")) == 0


def test_a_task_of_a_task_belongs_to_the_cell_of_the_first() -> None:
    ids = {name: bytes([number]) * 24 for number, name in enumerate(("mine", "its", "last"), 1)}
    parents = {ids["last"]: ids["its"], ids["its"]: ids["mine"]}
    origins = Origins(lambda asked: {one: parents[one] for one in asked if one in parents})
    origins.submitted(ids["mine"], 5)
    origins.submitted(b"\7" * 24, 6)
    unknown = origins.unknown([ids["last"].hex()])
    assert unknown == [ids["last"]]
    assert origins.look_up(unknown)
    assert origins.of(ids["last"].hex()) == 5


def test_while_there_is_one_cell_nobody_is_asked() -> None:
    origins = Origins(lambda _: {})
    origins.submitted(b"\1" * 24, 5)
    assert origins.unknown([ONE]) == []
    assert origins.of(ONE) == 5


def test_what_rays_client_has_written_in_front_is_read_off() -> None:
    text = "\x1b[36m(f pid=12)\x1b[0m " + tagged(ONE, 1, "a") + "\n\x1b[0m\n"
    (told,) = messages_of(text, is_err=False)
    assert (told["actor_name"], told["pid"]) == ("f", "12")
    assert parsed(told)[0][0].lines == ("a",)
