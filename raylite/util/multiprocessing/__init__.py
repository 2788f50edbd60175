"""``multiprocessing.Pool`` on actors: ``with Pool(4) as pool: pool.map(square, range(100))``.

In Ray: ``python/ray/util/multiprocessing``. Left out here: ``JoinableQueue``.

Thin on purpose. An actor is a process of the pool; the arguments of several calls travel as one
*chunk*, which is one call of an actor. A chunk goes to the actor with the fewest unfinished ones.

As in ``multiprocessing``, and unlike Ray, ``imap`` raises what a call raised instead of giving the
exception as a value, and callbacks get the results in order, or the exception itself.
"""

import multiprocessing

from raylite.util.multiprocessing.pool import Pool
from raylite.util.multiprocessing.results import AsyncResult, IMapIterator

__all__ = ["AsyncResult", "IMapIterator", "Pool", "TimeoutError"]

TimeoutError = multiprocessing.TimeoutError  # noqa: A001  # the name it has in multiprocessing
