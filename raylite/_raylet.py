"""The classes of refs and ids, under the name of the module that makes them in Ray.

In Ray: ``python/ray/_raylet.pyx``. Left out here: everything else in it. Programs name this module
in ``isinstance(x, ray._raylet.ObjectRef)``.
"""

from raylite._core.common.public_ids import (
    ActorClassID,
    ActorID,
    BaseID,
    ClusterID,
    FunctionID,
    JobID,
    NodeID,
    PlacementGroupID,
    TaskID,
    UniqueID,
    WorkerID,
)
from raylite.object_ref import DynamicObjectRefGenerator, ObjectRef, ObjectRefGenerator

__all__ = [
    "ActorClassID",
    "ActorID",
    "BaseID",
    "ClusterID",
    "DynamicObjectRefGenerator",
    "FunctionID",
    "JobID",
    "NodeID",
    "ObjectID",
    "ObjectRef",
    "ObjectRefGenerator",
    "PlacementGroupID",
    "StreamingObjectRefGenerator",
    "TaskID",
    "UniqueID",
    "WorkerID",
]

ObjectID = ObjectRef
StreamingObjectRefGenerator = ObjectRefGenerator
