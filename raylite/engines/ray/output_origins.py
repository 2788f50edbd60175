"""Which cell of the notebook has caused a task, directly or through other tasks.

In Ray: nothing; there what is printed appears in whichever cell runs when it comes. The driver
knows the tasks that it has submitted itself. Of any other, Ray's log of tasks names the task that
has submitted it; it is asked only for those that print, and where there is more than one cell.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Final

__all__ = ["Origins"]

_NUM_KEPT: Final = 100_000
_ACTOR_ID_BYTES: Final = 16
_CREATION: Final = b"\xff" * 8
"""How the id of the task begins that creates an actor; the actor's follows."""
_DEEPEST: Final = 50


class Origins:
    """The cells of tasks, by the ids of these.

    Args:
        parents: asks Ray for the tasks that have submitted certain ones.
    """

    def __init__(self, parents: Callable[[list[bytes]], Mapping[bytes, bytes]]) -> None:
        self._parents = parents
        self._lock = threading.Lock()
        self._cells: dict[bytes, int] = {}
        self._known: set[int] = set()
        """All cells that have caused anything."""
        self.newest = 0

    def submitted(self, task_id: bytes, origin: int) -> None:
        """A cell has submitted a task."""
        self._cells[task_id] = origin
        if origin != self.newest:
            self.newest = origin
            self._known.add(origin)
        if len(self._cells) > _NUM_KEPT:
            self._forget()

    def created(self, actor_id: str, origin: int) -> None:
        """A cell has caused an actor: its constructor runs for it, also after a restart."""
        self.submitted(_CREATION + bytes.fromhex(actor_id)[:_ACTOR_ID_BYTES], origin)

    def _forget(self) -> None:
        with self._lock:
            oldest = list(self._cells)[: _NUM_KEPT // 2]
            for task_id in oldest:
                self._cells.pop(task_id, None)

    def unknown(self, task_ids: Iterable[str]) -> list[bytes]:
        """Which of these have to be looked up; none while there is only one cell."""
        if len(self._known) <= 1:
            return []
        ids = {bytes.fromhex(task_id) for task_id in task_ids if task_id.strip("0")}
        return [task_id for task_id in ids if task_id not in self._cells]

    def look_up(self, task_ids: list[bytes]) -> bool:
        """Ask for the submitters of tasks, and theirs; whether all are known now."""
        parent_of: dict[bytes, bytes] = {}
        wanted = list(task_ids)
        for _ in range(_DEEPEST):
            if not wanted:
                break
            found = self._parents(wanted)
            parent_of |= found
            wanted = [one for one in found.values() if one not in self._cells | parent_of]
        is_whole = True
        for task_id in task_ids:
            at: bytes | None = task_id
            while at is not None and at not in self._cells:
                at = parent_of.get(at)
            if at is not None:
                self._cells[task_id] = self._cells[at]
            is_whole = is_whole and at is not None
        return is_whole

    def of(self, task_id: str) -> int:
        """The cell of a task; where it is not known, the only one, or else 0."""
        if len(self._known) == 1:
            return self.newest
        return self._cells.get(bytes.fromhex(task_id), 0) if task_id else 0
