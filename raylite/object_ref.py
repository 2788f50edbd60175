"""The promise of a value, under the name that programs import.

In Ray: ``ray.ObjectRef``, from ``python/ray/includes/object_ref.pxi``.
"""

from raylite._core.common.object_ref import ObjectRef

__all__ = ["ObjectRef"]
