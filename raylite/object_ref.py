"""The promise of a value, under the name that programs import.

In Ray: ``ray.ObjectRef``, from ``python/ray/includes/object_ref.pxi``.
"""

from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.object_ref_generator import (
    DynamicObjectRefGenerator,
    ObjectRefGenerator,
)
from raylite._notebook import show_ref

__all__ = ["DynamicObjectRefGenerator", "ObjectRef", "ObjectRefGenerator"]

ObjectRef._show = show_ref  # noqa: SLF001  # A ref lies below the API, and may not import it.
