"""The promise of a value, under the name that programs import.

In Ray: ``ray.ObjectRef``, from ``python/ray/includes/object_ref.pxi``.
"""

from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.object_ref_generator import (
    DynamicObjectRefGenerator,
    ObjectRefGenerator,
)

__all__ = ["DynamicObjectRefGenerator", "ObjectRef", "ObjectRefGenerator"]
