"""What workers print, where the driver is a client of Ray's.

In Ray: ``python/ray/util/client/logsclient.py``. The server at the other end has already written
who prints in front of each line; that is read off again.
"""

import importlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["listen_as_client", "messages_of"]

_ERRORS: Final = -2
"""Ray's number for standard error."""
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_LINE: Final = re.compile(r"^\((?:(?P<who>.*?) )?pid=(?P<pid>\d+)(?:, ip=[^)]*)?\) ?(?P<text>.*)$")


def listen_as_client(take: Callable[[Mapping[str, Any]], None]) -> None:
    """Have what comes over the client's connection taken, instead of being printed.

    Args:
        take: takes messages as Ray's log monitor makes them.
    """
    client: Any = importlib.import_module("ray.util.client")
    log_client = client.ray.worker.log_client

    def stdstream(level: int, msg: str) -> None:
        for told in messages_of(msg, is_err=level == _ERRORS):
            take(told)

    log_client.stdstream = stdstream


def messages_of(text: str, *, is_err: bool) -> list[dict[str, Any]]:
    """The lines of a text, those of one process in a row together.

    Args:
        text: as Ray prints it.
        is_err: whether it is of standard error.
    """
    found: list[dict[str, Any]] = []
    for line in text.rstrip("\n").split("\n"):
        plain = _COLOURS.sub("", line, count=2)
        if not plain:
            continue
        seen = _LINE.match(plain)
        who, pid, said = (seen["who"] or "", seen["pid"], seen["text"]) if seen else ("", "0", line)
        last = found[-1] if found else None
        if last is not None and (last["pid"], last["actor_name"]) == (pid, who):
            last["lines"].append(said)
        else:
            found.append({"pid": pid, "actor_name": who, "is_err": is_err, "lines": [said]})
    return found
