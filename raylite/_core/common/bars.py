"""What a process tells of its progress bars: how far each is, a few times a second.

In Ray: the JSON lines with a magic token that ``python/ray/experimental/tqdm_ray.py`` prints.
"""

from raylite._core.common.ids import WorkerID
from raylite._core.common.record import Record

__all__ = ["BarState", "BarsTold"]


class BarState(Record):
    """One bar at one moment; a later one of the same number says all that an earlier one said."""

    number: int
    """Of the bar, in its process. Negative: the sum of bars that were too short to be told of."""
    call: str = ""
    """The task whose code made it; empty in the driver."""
    who: str = ""
    """The same in words, such as ``Trainer.fit``."""
    origin: int = 0
    """The cell that has caused the task, directly or through others; 0: none."""
    desc: str = ""
    done: float = 0
    total: float | None = None
    """None: nobody knows how much there is to do."""
    unit: str = "it"
    scaled: bool = False
    """Whether numbers are shown as 1.2k and 3.4M."""
    initial: float = 0
    """How much of ``done`` was done before the bar was made."""
    position: int = 0
    postfix: str = ""
    age_s: float = 0.0
    """Seconds since it was made."""
    keep: bool = True
    """Whether it stays to be seen when it has ended."""
    ended: bool = False
    bars: int = 1
    """How many this is the sum of."""


class BarsTold(Record):
    """News of some bars of a process."""

    worker_id: WorkerID
    """Empty for the driver's own."""
    pid: int = 0
    bars: tuple[BarState, ...] = ()
    gone: str = ""
    """Why the process tells nothing any more; empty while it does."""
