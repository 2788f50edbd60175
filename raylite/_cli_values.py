"""What stands behind the options of commands, read and checked: numbers, folders, resources.

In Ray: ``python/ray/scripts/scripts.py``. Each refuses what it cannot read with a sentence, which
argparse shows beside the option.
"""

import argparse
import json

from raylite._init_options import checked_resources
from raylite._nodes import checked_labels
from raylite._store_options import checked_folder, checked_store_memory

__all__ = ["count", "folder", "labels", "resources", "store_memory"]


def count(text: str) -> int:
    """A whole number from 0 on.

    Raises:
        ArgumentTypeError: if it is none.
    """
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        msg = f"{text!r} is not a whole number from 0 on"
        raise argparse.ArgumentTypeError(msg)
    return number


def labels(text: str) -> dict[str, str]:
    """Labels of a node, written as ``KEY=VALUE,KEY=VALUE``.

    Raises:
        ArgumentTypeError: if they are not written so.
    """
    pairs = [pair.partition("=") for pair in text.split(",")]
    try:
        if not all(equals for _, equals, _ in pairs):
            msg = f"{text!r} has to be written as KEY=VALUE,KEY=VALUE"
            raise argparse.ArgumentTypeError(msg)
        return checked_labels({key: value for key, _, value in pairs})
    except (TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def resources(text: str) -> dict[str, float]:
    """Resources by name, written as a JSON object.

    Raises:
        ArgumentTypeError: if they are not written so.
    """
    try:
        return checked_resources(json.loads(text))
    except json.JSONDecodeError:
        msg = f"{text!r} is no JSON; write it as '{{\"camera\": 1}}', in single quotes"
    except (TypeError, ValueError) as error:
        msg = str(error)
    raise argparse.ArgumentTypeError(msg)


def folder(keyword: str, text: str) -> str:
    """A folder for large values.

    Args:
        keyword: which of them, for the message.
        text: its path.

    Raises:
        ArgumentTypeError: if none can be there.
    """
    try:
        return checked_folder(keyword, text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def store_memory(text: str) -> int | None:
    """A number of bytes, also written as ``2e9``.

    Raises:
        ArgumentTypeError: if it is none.
    """
    try:
        number = float(text)
    except ValueError:
        msg = f"{text!r} is no number of bytes: write 2_000_000_000 or 2e9"
        raise argparse.ArgumentTypeError(msg) from None
    try:
        return checked_store_memory(int(number) if number.is_integer() else number)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
