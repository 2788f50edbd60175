"""A runtime from the side of a driver that joins it: it was there before, and stays."""

from typing import Final

from raylite._core.node.runtime_address import RuntimeAddress

__all__ = ["JoinedSession"]


class JoinedSession:
    """Has the face of :class:`~raylite._core.node.begun_session.BegunSession`, and does less.

    Args:
        found: the runtime.
        namespace: of the driver.
    """

    is_begun: Final = False

    def __init__(self, found: RuntimeAddress, namespace: str) -> None:
        self.namespace = namespace
        self.name = found.folder
        """Its address, as ``init`` takes it."""
        self.address = found.session
        self.head_pid = found.pid

    def wait_for_head(self, timeout_s: float) -> bool:  # noqa: ARG002  # There is nothing to wait for.
        """The head listens."""
        return True

    def end(self) -> None:
        """The runtime stays."""

    def give_up(self) -> None:
        """The runtime stays."""

    def let_go(self) -> None:
        """In a forked copy of the driver: there is nothing to let go of."""
