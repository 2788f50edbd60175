"""How many worker processes to start, and of which environment.

In Ray: ``num_starting_workers`` and ``maximum_startup_concurrency`` in
``src/ray/raylet/worker_pool.h``.
"""

from collections import Counter

from raylite._core.common.states import WorkerState
from raylite._core.raylet.worker_table import WorkerTable

__all__ = ["WorkerStarts"]


class WorkerStarts:
    """Counts the processes that were asked for and have not said hello.

    Args:
        workers: the workers of the node.
        max_starting: processes to start at once, of all environments together.
    """

    def __init__(self, workers: WorkerTable, max_starting: int) -> None:
        self.max_starting = max_starting
        self.failed = 0
        """Processes that died before their hello, since the last one that said it."""
        self._workers = workers
        # Asked of the head, which has not begun with them.
        self._unconfirmed: Counter[str] = Counter()

    @property
    def num_starting(self) -> int:
        """Processes asked for that have not said hello."""
        return self.num_unconfirmed + self._workers.count(WorkerState.STARTING)

    @property
    def num_unconfirmed(self) -> int:
        """Processes asked for that the head has not begun to start."""
        return self._unconfirmed.total()

    def ask(self, wanted: Counter[str]) -> list[str]:
        """Decide what to ask for, and count it as asked.

        Args:
            wanted: how many workers could be used at once, by environment.

        Returns:
            The environment of each process to start.
        """
        asked: list[str] = []
        room = self.max_starting - self.num_starting
        for env_key, number in wanted.items():
            starting = self._unconfirmed[env_key] + self._workers.num_starting(env_key)
            missing = max(min(number - starting, room), 0)
            room -= missing
            self._unconfirmed[env_key] += missing
            asked += [env_key] * missing
        return asked

    def begun(self, env_key: str) -> None:
        """The head has begun to start a process, which it may do of its own accord as well."""
        self._unconfirmed[env_key] = max(self._unconfirmed[env_key] - 1, 0)
