"""The API in front of an engine that only takes notes."""

import pytest

from raylite import _engine, _engine_choice, _session
from tests.api_unit.fake_engine import FakeEngine


@pytest.fixture
def engine():
    """The engine of a session that is running."""
    made = FakeEngine()
    _engine.set_engine(made)
    yield made
    _engine.set_engine(None)


@pytest.fixture
def no_session(monkeypatch):
    """No session, and one with the fake engine when one is started."""
    fake = {_engine_choice.PROCESSES: "tests.api_unit.fake_engine"}
    monkeypatch.setattr(_engine_choice, "_MODULES", {**_engine_choice._MODULES, **fake})
    yield
    _session.shutdown()
