"""Sessions that several files of tests begin in the same way."""

import pytest

import raylite as ray


@pytest.fixture
def one_process():
    """A session in this process alone, with four CPUs to count by."""
    ray.init(engine="inline", num_cpus=4)
    yield
    ray.shutdown()
