"""A runtime for tests of several drivers."""

import pytest

import raylite
from tests.conftest import nothing_left
from tests.runtimes import shared_runtime


@pytest.fixture
def runtime(mark):
    with nothing_left(mark), shared_runtime() as running:
        yield running


@pytest.fixture
def joined(runtime):
    """The same; this process is a driver in the namespace ``lab``."""
    raylite.init(namespace="lab", log_to_driver=False)
    try:
        yield runtime
    finally:
        raylite.shutdown()
