"""What a handle knows of its actor without asking: the class, its methods and what they are for.

In Ray: ``help()`` of the class. A handle carries signatures and no docstrings; those are taken from
the class, where this process has it.
"""

# ruff: noqa: SLF001  # a handle's own names begin with _ray_, since all others are the user's

import contextlib
import inspect
import sys
from typing import Any

from raylite import _engine
from raylite.actor import ActorHandle
from raylite.engines.base import Engine
from raylite.notebook.card.model import Known, Method

__all__ = ["known_of"]


def known_of(handle: ActorHandle) -> Known:
    """All of it."""
    description = handle._ray_description
    actor_class = _class_of(description.module, description.class_name)
    return Known(
        actor_id=handle._ray_actor_id,
        class_name=description.class_name,
        doc=_first_line(actor_class),
        methods=tuple(
            Method(spec.name, spec.shape.text, _first_line(getattr(actor_class, spec.name, None)))
            for spec in description.methods
            if not spec.name.startswith("__")
        ),
        is_of_this_session=_is_here(handle._ray_home),
    )


def _is_here(home: Engine | None) -> bool:
    engine = _engine.get_or_none()
    is_over = engine is not None and engine.over  # By itself: nobody has called shutdown().
    return home in {None, engine} and not is_over


def _class_of(module: str, name: str) -> type | None:
    """The class, if its module has it by that name."""
    found: Any = getattr(sys.modules.get(module), name, None)
    with contextlib.suppress(Exception):  # It may be anything of the user's.
        found = getattr(found, "_ray_class", found)
    return found if isinstance(found, type) else None


def _first_line(thing: Any) -> str:
    """Of its docstring; not an inherited one of Python's own."""
    text = getattr(thing, "__doc__", None)
    if not isinstance(text, str) or thing is None or text == object.__init__.__doc__:
        return ""
    return inspect.cleandoc(text[:2000]).partition("\n")[0]
