"""The type that programs write in their signatures: ``ray.types.ObjectRef[int]``.

In Ray: ``python/ray/types.py``.
"""

from raylite.object_ref import ObjectRef

__all__ = ["ObjectRef"]
