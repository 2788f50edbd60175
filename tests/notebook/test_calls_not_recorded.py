# mypy: disable-error-code="attr-defined"
"""Pictures of a session that keeps no events of calls do not pretend that there were none."""

import logging

import raylite
from raylite import _looking
from raylite._flows import submission_flow, trace
from raylite.notebook.chip.chip import RefChip

NOTICE = "RAYLITE_TASK_EVENTS=0"


def test_pictures_and_traces_say_that_calls_are_not_recorded(monkeypatch, tmp_path, caplog) -> None:
    monkeypatch.setenv("RAYLITE_TASK_EVENTS", "0")
    raylite.init(num_cpus=1)
    try:
        with trace() as seen:
            ref = raylite.remote(abs).remote(-1)
            assert raylite.get(ref) == 1
        for shown in (_looking.dashboard(), _looking.show_timeline(), submission_flow(ref), seen):
            assert NOTICE in repr(shown)
        assert NOTICE not in repr(RefChip(ref))  # It lacks nothing.
        with caplog.at_level(logging.WARNING, "raylite"):
            _looking.report(tmp_path / "session.html")
        assert NOTICE in caplog.text
        _looking.save_events(tmp_path / "events.jsonl")
        saved = _looking.load_events(tmp_path / "events.jsonl")
        assert NOTICE not in repr(_looking.dashboard(events=saved))
    finally:
        raylite.shutdown()
