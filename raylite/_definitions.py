"""What is shipped to workers: a function or class, with the notebook cells it was written in.

In Ray: ``python/ray/_private/function_manager.py``. Left out here: the pickling, which is the
engine's business.
"""

import linecache
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

from raylite.engines.base import Definition

__all__ = ["define"]


def define(target: Any, name: str) -> Definition:
    """Make ready to ship a function or a class.

    Args:
        target: the function or class itself.
        name: for people and events.
    """
    return Definition(target=target, name=name, source_files=_cells_of(target))


def _cells_of(target: Any) -> dict[str, str]:
    """The text of the sources that exist in this process alone, by file name."""
    names = {code.co_filename for code in _code_objects(target)}
    return {
        name: "".join(lines)
        for name in names
        if (lines := linecache.getlines(name)) and not Path(name).exists()
    }


def _code_objects(target: Any) -> Iterator[CodeType]:
    own = list(vars(target).values()) if isinstance(target, type) else [target]
    for one in own:
        # Below a staticmethod, a classmethod or a property lies the function.
        function = getattr(one, "__func__", None) or getattr(one, "fget", None) or one
        code = getattr(function, "__code__", None)
        if isinstance(code, CodeType):
            yield code
