# mypy: disable-error-code="attr-defined"
# A type checker does not follow a decorator that makes something else of a class.
"""The timeline's file as Perfetto's own trace processor reads it: nothing is left out, or wrong."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

import raylite
from tests.browser.perfetto_engine import PerfettoEngine

ROWS = """
    select thread.name as row, count(*) as slices, sum(slice.dur) as took_ns
    from slice join thread_track on slice.track_id = thread_track.id join thread using (utid)
    where category glob '{}' group by 1
"""
ARROWS = """
    select source.name as source, target.name as target
    from flow join slice source on flow.slice_out = source.id
    join slice target on flow.slice_in = target.id where target.category glob '{}'
"""


@raylite.remote(max_restarts=1, max_task_retries=-1)
class Clerk:
    def work(self, number: int) -> int:
        return number


@raylite.remote
def double(number: int) -> int:
    return 2 * number


@pytest.fixture
def trace(tmp_path: Path) -> bytes:
    """What a program did with tasks and with an actor that was killed and came back."""
    path = tmp_path / "trace.json"
    raylite.init(num_cpus=2)
    try:
        clerk = Clerk.remote()
        raylite.get([clerk.work.remote(double.remote(number)) for number in range(20)])
        raylite.kill(clerk, no_restart=False)
        raylite.get(clerk.work.remote(double.remote(7)))
        raylite.timeline(str(path))
    finally:
        raylite.shutdown()
    return path.read_bytes()


def pieces(trace: bytes, kind: str) -> list[dict[str, Any]]:
    return [piece for piece in json.loads(trace) if piece["ph"] == kind]


def test_perfetto_reads_a_timeline_without_an_error_and_leaves_nothing_out(
    trace: bytes, chromium: Browser
) -> None:
    page = chromium.new_page()
    try:
        engine = PerfettoEngine(page, trace)
        wrong = "select name, value from stats where severity != 'info' and value > 0"
        assert engine.rows(wrong) == []
        (count,) = engine.rows("select count(*) as flows from flow")
        assert count["flows"] == len(pieces(trace, "s")) == len(pieces(trace, "f"))
        shown = sum(row["slices"] for row in engine.rows(ROWS.format("*")))
        assert shown == len(pieces(trace, "X")) + len(pieces(trace, "i"))
        tasks = engine.rows(ROWS.format("task::double"))
        assert sum(row["slices"] for row in tasks) == 21
        assert all(re.fullmatch(r"(worker|Clerk) pid=\d+", row["row"]) for row in tasks)
        groups = {row["name"] for row in engine.rows("select name from process where pid > 0")}
        assert groups == {"127.0.0.1", "actors"}
        assert all(row["took_ns"] > 0 for row in tasks)
        arrows = engine.rows(ARROWS.format("task::Clerk.work"))
        assert len(arrows) == 21
        assert {arrow["target"] for arrow in arrows} == {"Clerk.work"}
    finally:
        page.close()


def test_perfetto_would_say_what_is_wrong(trace: bytes, chromium: Browser) -> None:
    spoilt = json.loads(trace)
    for piece in spoilt:
        if piece["ph"] in {"s", "f"}:
            piece["id"] = f"message {piece['id']}"
    page = chromium.new_page()
    try:
        engine = PerfettoEngine(page, json.dumps(spoilt).encode())
        found = engine.rows("select name from stats where severity = 'error' and value > 0")
        assert {"name": "flow_invalid_id"} in found
    finally:
        page.close()
