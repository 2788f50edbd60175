"""The chip of an ObjectRef: whatever is known of its call, it says so in a line, and runs nothing
that could hurt."""

import pickle
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raylite._core.common import events as happened
from raylite._core.common.states import TaskState
from raylite._core.core_worker.glance import SMALL, glance_at
from raylite._core.object_store.serialization import dumps, dumps_error, join_buffers
from raylite.notebook.chip.html import chip_html, chip_text
from raylite.notebook.chip.model import Behind, chip_view, ended_call
from raylite.notebook.live.preview import preview_of
from raylite.notebook.world.moment import Moment
from raylite.notebook.world.world import World
from tests.notebook.test_card import ended, world_of
from tests.notebook.world_events import ACTOR, WORKER

MARKUP = "<script>alert(1)</script>"
PENDING = Behind(id="ab" * 28, is_there=False, made="actor call in Cell In[3], line 7")
DONE = Behind(id="ab" * 28, is_there=True, size_bytes=5, kind="int", preview="42", made="x")
TEXTS = st.sampled_from(["", MARKUP, "Ærø", "x" * 5000, "\x1b[31m\n"])


def going(new: TaskState, **changes: Any) -> happened.TaskStateChanged:
    values: dict[str, Any] = {
        "task_id": "0" * 48,
        "name": "Accounting.add",
        "actor_id": ACTOR,
        "worker_id": WORKER,
        "new": new,
        "at_s": 5.0,
    }
    return happened.TaskStateChanged(**(values | changes))


def test_a_call_that_runs_says_for_how_long() -> None:
    view = chip_view(PENDING, Moment(8.0), None, going(TaskState.RUNNING))
    assert (view.word, view.how_long, view.call) == ("running", "for 3 s", "Accounting.add")
    assert not view.is_over


def test_a_call_that_waits_says_where() -> None:
    in_mailbox = chip_view(PENDING, Moment(8.0), None, going(TaskState.SUBMITTED_TO_WORKER))
    assert in_mailbox.how_long == "waits in the actor's mailbox, for 3 s"
    for_worker = going(TaskState.PENDING_NODE_ASSIGNMENT, actor_id=None)
    assert "waits for a worker" in chip_view(PENDING, Moment(8.0), None, for_worker).how_long


def test_a_value_that_is_there_is_told_with_the_time_it_took() -> None:
    view = chip_view(DONE, Moment(8.0), ended())
    assert (view.sign, view.word, view.how_long) == ("✓", "done", "in 500 ms")
    assert (view.what, view.preview, view.is_over) == ("int, 5 B", "42", True)
    assert chip_text(view).startswith("✓ ObjectRef ababababababab")


def test_a_call_of_another_process_is_known_by_its_event_alone() -> None:
    failed = ended(state=TaskState.FAILED, error_type="TASK_EXECUTION_EXCEPTION")
    assert chip_view(PENDING, Moment(8.0), failed).word == "failed"
    done = chip_view(PENDING, Moment(8.0), ended(result_bytes=12_000_000))
    assert (done.word, done.what) == ("done", "12.0 MB")


def test_a_call_that_was_not_over_is_lost_with_its_session() -> None:
    view = chip_view(PENDING, Moment(8.0, is_over=True))
    assert (view.word, view.is_over) == ("lost", True)


def test_a_call_is_found_among_the_newest_by_its_id() -> None:
    world = world_of(ended(task_id="1" * 48), ended(task_id="2" * 48))
    found = ended_call(world, "1" * 48)
    assert found is not None
    assert found.task_id == "1" * 48
    assert ended_call(World(), "1" * 48) is None


ANY_BEHIND = st.builds(
    Behind,
    id=st.just("ab" * 28),
    is_there=st.booleans(),
    has_failed=st.booleans(),
    size_bytes=st.integers(-1, 10**12),
    kind=TEXTS,
    preview=TEXTS,
    error=TEXTS,
    made=TEXTS,
    is_of_this_session=st.booleans(),
)


@given(ANY_BEHIND, st.floats(0, 1e6))
def test_whatever_is_behind_it_the_chip_is_small_and_escaped(behind: Behind, now_s: float) -> None:
    view = chip_view(behind, Moment(now_s), ended(name=MARKUP))
    html = chip_html(view)
    assert "<script" not in html
    assert len(html) < 3000
    assert chip_text(view).isprintable()


def entry_of(value: Any) -> SimpleNamespace:
    data, buffers, refs = dumps(value)
    payload = join_buffers(data, buffers) if buffers else data
    return SimpleNamespace(payload=payload, contained=refs)


class Plain:
    """Found by its name, as a class of a module is."""


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (42, "int"),
        (-(10**30), "int"),
        (0.5, "float"),
        ("text", "str"),
        ("x" * 100_000, "str"),
        (b"x" * 300, "bytes"),
        ([1, 2], "list"),
        ((), "tuple"),
        ((1, 2, 3, 4), "tuple"),
        ({"a": 1}, "dict"),
        (set(), "set"),
        (None, "None"),
        (True, "bool"),
        (Plain(), "Plain"),
    ],
)
def test_the_type_is_read_from_the_pickle_alone(value: Any, kind: str) -> None:
    assert glance_at(entry_of(value)).kind == kind


def test_only_small_values_without_refs_can_be_unpacked() -> None:
    assert glance_at(entry_of([1])).value() == [1]
    assert not glance_at(entry_of("x" * SMALL)).payload
    with_refs = entry_of([1])
    with_refs.contained = [object()]
    assert not glance_at(with_refs).payload
    assert not glance_at(SimpleNamespace(payload=None, contained=None)).is_there
    failed = glance_at(SimpleNamespace(payload=dumps_error(ValueError("no")), contained=None))
    assert failed.has_failed
    assert isinstance(failed.value(), ValueError)


def test_a_preview_is_short_and_says_how_many_things_there_are() -> None:
    assert preview_of(lambda: [1, 2]) == ("list of 2 items", "[1, 2]")
    kind, text = preview_of(lambda: list(range(1000)))
    assert kind == "list of 1,000 items"
    assert len(text) < 60
    assert preview_of(lambda: ValueError("no\nsuch")) == ("ValueError", "ValueError: no such")


def test_a_nest_that_would_be_written_for_ever_is_cut() -> None:
    nest: list[Any] = []
    for _ in range(40):
        nest = [nest] * 10
    assert len(preview_of(lambda: nest)[1]) < 250


def test_a_class_that_raises_or_never_returns_hurts_nobody() -> None:
    gate = threading.Event()

    class Late:
        def __repr__(self) -> str:
            gate.wait(30)
            return "late"

    def cannot_be_unpacked() -> Any:
        raise pickle.UnpicklingError

    assert preview_of(Late) == ("Late", "")
    assert preview_of(cannot_be_unpacked) == ("", "")
    gate.set()
