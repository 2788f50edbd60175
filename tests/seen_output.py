"""What workers have printed, as it comes to a driver."""

import json
from typing import Any

from raylite import _engine
from raylite.engines.base import OutputLines, Picture

__all__ = ["Seen"]

Line = tuple[int, str, str]


class Seen:
    """What came, in order."""

    def __init__(self) -> None:
        self.messages: list[OutputLines | Picture] = []

    def of(self, stream: str = "stdout") -> list[Line]:
        """Cell, name and text of each line."""
        return [
            (message.origin, message.prefix, line)
            for message in self.messages
            if isinstance(message, OutputLines) and message.stream == stream
            for line in message.lines
        ]

    def pictures(self) -> list[dict[str, Any]]:
        return [json.loads(found.bundle) for found in self.messages if isinstance(found, Picture)]

    def cell(self, number: int) -> None:
        """From here on this cell runs."""
        _engine.current().origin = number
