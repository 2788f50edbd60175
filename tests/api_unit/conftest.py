"""The API in front of an engine that only takes notes."""

import pytest

from raylite import _api, _engine
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
    monkeypatch.setattr(_api, "_ENGINE_MODULE", "tests.api_unit.fake_engine")
    yield
    _api.shutdown()
