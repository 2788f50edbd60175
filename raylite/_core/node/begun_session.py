"""A session from the side of the driver that began it: its folders, its locks, and its head."""

import os
from collections.abc import Mapping
from typing import Final

from raylite._core.common.ids import WORKER_ID_BYTES, NodeID
from raylite._core.common.resources import ResourceSet
from raylite._core.common.session import SessionAddress
from raylite._core.node.head_config import NO_LABELS, HeadConfig, wants_task_events
from raylite._core.node.head_process import HeadProcess
from raylite._core.node.session_folder import (
    ANY_STORE,
    StorePlace,
    make_session,
    remove_folders,
)

__all__ = ["BegunSession"]


class BegunSession:
    """Makes the folders and starts the head, which loads while the driver goes on.

    Args:
        total: what the session's node has.
        namespace: of the driver.
        labels: the node's.
        store: where large objects are to lie, and how much they may take.
    """

    is_begun: Final = True
    name: Final = "local"
    """Its address, as ``init`` takes it."""

    def __init__(
        self,
        total: ResourceSet,
        namespace: str,
        labels: Mapping[str, str] = NO_LABELS,
        store: StorePlace = ANY_STORE,
    ) -> None:
        self.namespace = namespace
        self.address, self._locks = make_session(store)
        try:
            self._head = HeadProcess(self._config(total).replaced(labels=labels))
        except BaseException:
            self._remove_files()
            raise

    @property
    def head_pid(self) -> int:
        """Of the head."""
        return self._head.pid

    def wait_for_head(self, timeout_s: float) -> bool:
        """Wait until the head listens; False if it ended or the time is up."""
        return self._head.wait_until_it_listens(self.address.head_address, timeout_s)

    def end(self) -> None:
        """See that the head ends, after the driver has left, and that nothing stays."""
        self._head.wait()
        self._remove_files()

    def give_up(self) -> None:
        """End the head, and see that nothing stays."""
        self._head.kill()
        self.end()

    def let_go(self) -> None:
        """In a forked copy of the driver: the session is not ours."""
        while self._locks:
            os.close(self._locks.pop())

    def _config(self, total: ResourceSet) -> HeadConfig:
        address: SessionAddress = self.address
        return HeadConfig(
            session=address,
            total=total,
            node_id=NodeID(os.urandom(WORKER_ID_BYTES).hex()),
            driver_pid=os.getpid(),
            task_events=wants_task_events(),
        )

    def _remove_files(self) -> None:
        remove_folders(self.address)
        self.let_go()
