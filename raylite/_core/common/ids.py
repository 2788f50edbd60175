"""Typed names for the things the runtime keeps track of.

In Ray: ``src/ray/common/id.h``, whose sizes are kept: a program that prints an id or
stores ``ref.binary()`` sees the same number of characters or bytes. Left out here: the
job and parent task that Ray hides inside an id.

An id is a name there is no arithmetic on. The types exist so that a type checker refuses
a ``NodeID`` where an ``ActorID`` is due. Nothing here makes up an id: random numbers are
the caller's business, which keeps the layers above pure.
"""

from typing import Final, NewType

__all__ = [
    "ACTOR_ID_BYTES",
    "OBJECT_ID_BYTES",
    "PLACEMENT_GROUP_ID_BYTES",
    "WORKER_ID_BYTES",
    "ActorID",
    "JobID",
    "LeaseID",
    "NodeID",
    "ObjectID",
    "PlacementGroupID",
    "WorkerID",
]

ActorID = NewType("ActorID", str)
"""32 hexadecimal digits."""
NodeID = NewType("NodeID", str)
"""56 hexadecimal digits."""
WorkerID = NewType("WorkerID", str)
"""56 hexadecimal digits; drivers have one too, since a driver runs a CoreWorker as well."""
JobID = NewType("JobID", str)
"""8 hexadecimal digits; one job for each driver."""
LeaseID = NewType("LeaseID", str)
"""Unique in a session: the id of the worker that asked, and a running number."""
PlacementGroupID = NewType("PlacementGroupID", str)
"""36 hexadecimal digits."""
ObjectID = NewType("ObjectID", bytes)
"""28 bytes: 16 that name the owner, 8 that number its tasks, 4 that number the returns."""

ACTOR_ID_BYTES: Final = 16
WORKER_ID_BYTES: Final = 28
OBJECT_ID_BYTES: Final = 28
PLACEMENT_GROUP_ID_BYTES: Final = 18
