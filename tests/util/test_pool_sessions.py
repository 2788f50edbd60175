"""A pool where no session is running yet."""

import raylite
from raylite.util.multiprocessing import Pool
from tests.conftest import nothing_left


def square(x):
    return x * x


def test_a_pool_starts_a_session_of_its_size(mark):
    with nothing_left(mark):
        try:
            with Pool(2) as pool:
                assert pool.map(square, range(3)) == [0, 1, 4]
            assert raylite.cluster_resources()["CPU"] == 2
        finally:
            raylite.shutdown()
