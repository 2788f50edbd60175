"""How a magic reads its line, and how it says what is wrong: in one sentence, without a traceback.

In Ray: nothing like it.
"""

import contextlib
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic_arguments import parse_argstring

from raylite.exceptions import RayError

__all__ = ["UsageError", "in_one_sentence", "read_line"]


def read_line(magic: Any, line: str, title: str) -> Namespace:
    """What stands behind a magic.

    Args:
        magic: the decorated method.
        line: what is behind it.
        title: the magic as it is written, such as ``%actors``.

    Raises:
        UsageError: if it cannot be understood; it says where to look.
    """
    try:
        told: Namespace = parse_argstring(magic, line)
    except (UsageError, ValueError) as error:
        msg = f"{f'{title} {line}'.rstrip()}: {error}. {title}? shows what can stand there."
        raise UsageError(msg) from None
    return told


@contextlib.contextmanager
def in_one_sentence(title: str) -> Iterator[None]:
    """Turn what a plain function refuses into what a magic says.

    Args:
        title: the magic with what is behind it.

    Raises:
        UsageError: for the errors that raylite raises by design.
    """
    try:
        yield
    except UsageError:
        raise
    except (RayError, RuntimeError, LookupError, ValueError, TypeError, OSError) as error:
        first = (str(error).strip() or type(error).__name__).split("\n")[0]
        msg = f"{title.rstrip()}: {first}"
        raise UsageError(msg) from None
