"""Whole cells for the gallery: what was written, and what then stands below it.

They run after the scenes of :mod:`tests.browser.scenes`, in the same notebook.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["CELL_SCENES", "CellScene"]


@dataclass(frozen=True, slots=True)
class CellScene:
    """One cell."""

    name: str
    """Also of the file in the gallery."""
    source: str
    title: str
    sentence: str
    """What is to be seen, for the gallery."""
    words: str
    """What stands below the cell; if it is photographed while it runs: as soon as it can be."""
    is_running: bool = False
    """It is photographed while it runs, as soon as ``words``, a regular expression, are there."""


CELL_SCENES: Final = (
    CellScene(
        name="output",
        source="""
north.say.remote("two rolls, please")
for _ in range(30):
    south.say.remote("the oven is hot")
done = ray.get(south.say.remote("closed"))
""",
        title="What workers print",
        sentence="It stands below the cell that made the call, with the name of the actor that "
        "printed it. The same line many times is folded into one.",
        words="closed",
    ),
    CellScene(
        name="error",
        source="ray.get(south.check.remote(4))",
        title="An error in an actor",
        sentence="The lines are the user's own, in their own cells; it says what was called, with "
        "which arguments, and in which actor.",
        words="only 4 allowed",
    ),
    CellScene(
        name="slip",
        source="south.sell(2)",
        title="A slip",
        sentence="What everyone does once is answered by what to write instead, without a word of "
        "raylite's own code.",
        words="remote",
    ),
    CellScene(
        name="slip_ref",
        source="south.sell.remote(2) + 1",
        title="A ref is no value yet",
        sentence="And so is what everyone does next.",
        words="ray.get",
    ),
    CellScene(
        name="progress_moving",
        source="""
loaves = [bake.remote(minutes) for minutes in (12, 16, 20, 8) * 12]
ray.progress(loaves, desc="Baking")
""",
        title="Progress, while it moves",
        sentence="How many calls are done, and how long the rest will take.",
        words=r"[4-6]\d %",
        is_running=True,
    ),
    CellScene(
        name="tqdm_moving",
        source="""
from raylite.util import tqdm


@ray.remote
def decorate(cakes):
    for _ in tqdm(range(cakes), desc="decorating"):
        time.sleep(0.05)


ray.get([decorate.remote(cakes) for cakes in (50, 70, 60)])
""",
        title="Bars inside tasks",
        sentence="`raylite.util.tqdm` in a task or an actor: the bars of all of them are added up "
        "below the cell that made the calls.",
        words=r"[4-6]\d %",
        is_running=True,
    ),
)
