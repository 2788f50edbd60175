"""What a poller reads."""

from typing import Protocol

__all__ = ["Readable"]


class Readable(Protocol):
    """Something with a file descriptor that can be read, and perhaps written."""

    def on_readable(self) -> None:
        """There are bytes, or the other side is gone."""
        ...

    def on_writable(self) -> None:
        """There is room again."""
        ...
