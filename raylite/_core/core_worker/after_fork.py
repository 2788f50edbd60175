"""What a program's own forks are to the session: nothing.

In Ray: nothing; a forked copy of a Ray process must not use Ray, and nobody stops it.

``multiprocessing`` forks by default on Linux, so programs do fork processes of a session. The copy
has the sockets, and could answer for, or write into the middle of, what its parent sends. It would
also keep the sockets open when the parent has ended. So it lets go of all of them before its first
line of Python runs.
"""

import os
import weakref
from typing import Protocol

__all__ = ["Forkable", "stay_out_of_forks"]


class Forkable(Protocol):
    """A process's part in a session."""

    def leave_as_forked_child(self) -> None:
        """This is a forked copy: let go of what is the parent's, and tell nobody."""
        ...


_members: weakref.WeakSet[Forkable] = weakref.WeakSet()


def stay_out_of_forks(member: Forkable) -> None:
    """Have the member's ``leave_as_forked_child`` called in every forked copy of this process."""
    _members.add(member)


def _leave() -> None:
    for member in list(_members):
        member.leave_as_forked_child()


os.register_at_fork(after_in_child=_leave)
