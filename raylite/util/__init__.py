"""What can be built on tasks and actors: pools, queues, and questions about the session.

In Ray: ``python/ray/util``. Everything here uses the public API, as a program of yours would; so
these files are also examples of how to write one. Of the modules below, ``queue``,
``multiprocessing``, ``joblib`` and ``state`` are to be imported by name.
"""

from raylite.util._named_actors import list_named_actors
from raylite.util.actor_pool import ActorPool
from raylite.util.check_serialize import inspect_serializability

__all__ = ["ActorPool", "inspect_serializability", "list_named_actors"]
