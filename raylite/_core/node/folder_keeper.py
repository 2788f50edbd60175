"""Somebody has removed the session's folders while it runs: they are made again.

In Ray: nothing. Who tidies up ``/tmp`` or ``/dev/shm`` by hand, or has the system do it, takes away
the sockets that new processes are to find, and the lock that says that the session lives. What was
in the files is lost, and whoever asks for it is told. All else goes on: connections that were open
need no names, and the names are made again before anybody needs them, at the next start of a worker
or the next large value.
"""

import contextlib
import os
from pathlib import Path
from typing import Any

from raylite._core.node.session_folder import restore_folders
from raylite._core.rpc.peer_messages import FoldersRestored

__all__ = ["FolderKeeper"]


class FolderKeeper:
    """Looks after the folders, in the head.

    Args:
        head: whose session it is.
    """

    def __init__(self, head: Any) -> None:
        self._head = head
        self._locks: list[int] = []
        """Descriptors of locks that were made again; held until the process ends."""

    def look(self) -> bool:
        """Make again what is not there; whether all is there now."""
        head = self._head
        if head.over:
            return False
        with contextlib.suppress(OSError):  # Not even the folder around it is there.
            locks = restore_folders(head.session)
            self._locks += locks
            if locks or not Path(head.session.head_address).exists():
                os.chdir(head.session.folder)  # Where the head was is not there any more.
                head.members.listen_again()
                for worker_id in head.members.everyone():
                    head.send(worker_id, FoldersRestored())
            return True
        return False
