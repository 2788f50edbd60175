"""Event logs in files: what goes in comes out, and what is wrong is named with its line."""

import gzip
import json
import typing
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import Event, MessageIgnored
from raylite._event_json import event_of, json_of
from raylite._saved_events import SavedEvents, _line, load_events, save_events

HEADER: dict[str, Any] = {
    "raylite_events": 1,
    "raylite_version": "0.1.0",
    "began_unix_s": 1.0,
    "saved_at_s": 2,
    "dropped": 3,
}
IGNORED = MessageIgnored(kind="Test", about="a", at_s=1.0, why="")


def values_of(hint):
    """Anything that a field of this type may hold."""
    hint = getattr(hint, "__supertype__", hint)
    simple: dict[Any, Any] = {
        str: st.text(max_size=5),
        bool: st.booleans(),
        int: st.integers(),
        float: st.floats(allow_nan=False, allow_infinity=False),
    }
    if hint in simple:
        return simple[hint]
    parts = get_args(hint)
    if NoneType in parts:
        return st.none() | values_of(next(part for part in parts if part is not NoneType))
    if get_origin(hint) is tuple:
        return st.lists(values_of(parts[0]), max_size=3).map(tuple)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    return st.dictionaries(st.text(max_size=3), values_of(parts[1]), max_size=3)


def events_of(kind):
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{name: values_of(hints[name]) for name in kind.field_names})


EVENTS = st.one_of([events_of(kind) for kind in get_args(Event)])


def written(path: Path, *lines: object) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


@pytest.mark.parametrize("kind", get_args(Event))
@given(data=st.data())
@settings(max_examples=15)
def test_an_event_of_every_kind_comes_back_as_it_was(kind, data):
    event = data.draw(events_of(kind))
    found = event_of(json.loads(_line(json_of(event))))
    assert found == event
    assert repr(found) == repr(event)


@given(event=EVENTS, data=st.data())
@settings(max_examples=50)
def test_a_field_that_is_missing_or_of_another_kind_is_refused(event, data):
    values = json_of(event)
    name = data.draw(st.sampled_from(event.field_names))
    with pytest.raises(ValueError, match=name):
        event_of({**values, name: {"nested": [object]}})
    if not hasattr(type(event), name):
        del values[name]
        with pytest.raises(ValueError, match=f"needs the field '{name}'"):
            event_of(values)


@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.gz"])
def test_a_file_is_read_with_its_header(tmp_path, name):
    lines = b"".join(map(_line, (HEADER, json_of(IGNORED))))
    path = tmp_path / name
    path.write_bytes(gzip.compress(lines) if name.endswith(".gz") else lines)
    found = load_events(str(path))
    assert found == SavedEvents(
        events=[IGNORED], began_unix_s=1.0, saved_at_s=2.0, raylite_version="0.1.0", dropped=3
    )
    assert found.batch() == EventBatch(events=(IGNORED,), dropped=3)
    assert repr(found) == "SavedEvents(1 events in 2.0 s)"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "is no event log of raylite's: its first line has to be an object"),
        ([[1]], "is no event log of raylite's"),
        ([{"traceEvents": []}], "is no event log of raylite's"),
        ([{**HEADER, "raylite_events": 2}], "has format 2, and this is raylite .* reads format 1"),
        ([{**HEADER, "dropped": "x"}], 'line 1: "dropped" has to be of type int'),
        ([HEADER, []], 'line 2: this has to be an object with the key "event"'),
        ([HEADER, {"event": "Unheard"}], "line 2: there is no event called 'Unheard'"),
        ([HEADER, {"event": {}}], "line 2: there is no event called {}"),
        ([HEADER, {**json_of(IGNORED), "x": 1}], "line 2: MessageIgnored has no field 'x'"),
        ([HEADER, {"event": "MessageIgnored"}], "line 2: MessageIgnored needs the field 'kind'"),
        (
            [HEADER, json_of(IGNORED), {**json_of(IGNORED), "at_s": "soon"}],
            "line 3: 'at_s' of MessageIgnored has to be a number, not 'soon'",
        ),
        (
            [HEADER, {**json_of(IGNORED), "why": 10**99}],
            "line 2: 'why' of MessageIgnored has to be a text, not 1000*…",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(path, lines, message):
    with pytest.raises(ValueError, match=message):
        load_events(written(path, *lines))


@pytest.mark.parametrize("text", ["{", "NaN", '{"event": NaN}', "\xff", "[" * 100_000])
def test_a_line_that_is_no_json_is_named(path, text):
    path.write_bytes(_line(HEADER) + text.encode("latin-1"))
    with pytest.raises(ValueError, match="line 2: this is no JSON"):
        load_events(path)


def test_a_compressed_file_that_was_cut_off_says_so(tmp_path):
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress(_line(HEADER) * 1000)[:40])
    with pytest.raises(ValueError, match="the file ends in the middle"):
        load_events(path)


@pytest.mark.parametrize("function", [save_events, load_events])
def test_what_is_no_path_is_refused(function, engine):
    with pytest.raises(TypeError, match=r"_events\(7\): this has to be the name of a file"):
        function(7)


def test_without_a_session_there_is_nothing_to_save(path):
    with pytest.raises(RuntimeError, match="There is no session"):
        save_events(path)


def test_a_file_that_is_not_there_is_pythons_own_error(path):
    with pytest.raises(FileNotFoundError):
        load_events(path)
