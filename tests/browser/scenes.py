"""Every picture that raylite shows in a notebook: the cell that makes it, and where it then is.

The tests check them all, and the gallery photographs them.
"""

from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Locator

__all__ = ["SCENES", "SETUP", "Scene", "scene_named"]

SETUP: Final = '''
import time

import raylite as ray

ray.init(num_cpus=4, resources={"counter": 2})


@ray.remote(num_cpus=1, max_restarts=3, resources={"counter": 1})
class Till:
    """A till of a shop, which counts what it sells."""

    def __init__(self, name):
        self.name = name
        self.sold = 0

    def __repr__(self):
        return f"Till({self.name})"

    def sell(self, pieces=1):
        """Sell some pieces, and say how many have been sold in all."""
        self.sold += pieces
        return self.sold

    def check(self, limit: int):
        if self.sold > limit:
            raise ValueError(f"{self.sold} sold, but only {limit} allowed")

    def say(self, words):
        print(words)


@ray.remote
def bake(minutes):
    """Bake for so many hundredths of a second."""
    time.sleep(minutes / 100)
    if minutes > 20:
        raise RuntimeError("burnt")
    return minutes


till = Till.options(name="till").remote("north")
ray.get([till.sell.remote(n) for n in (1, 2, 3)])
refused = till.check.remote(4)
ray.wait([refused])
print("six pieces are sold")
%load_ext raylite
'''


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture."""

    name: str
    """Also of the file in the gallery."""
    source: str
    """The cell that shows it."""
    picture: str
    """The picture in the cell's output, by CSS; it is there as soon as the cell has run."""
    title: str
    sentence: str
    """What is to be seen, for the gallery."""
    words: str
    """What stands in it, moving or still, with or without a style."""
    keys: tuple[str, ...] = ()
    """Keys to press in it before it is photographed."""
    focus: str = ""
    """Where they are pressed, by CSS below the picture."""

    is_lasting: bool = False
    """It can be used when the session is over, too."""
    click: str = ""
    """The tab to click on before."""

    def arrange(self, picture: Locator) -> None:
        """Bring it to what is to be seen."""
        if self.click:
            picture.get_by_role("tab", name=self.click).click()
        if self.keys:
            picture.locator(self.focus).first.focus()
        for key in self.keys:
            picture.page.keyboard.press(key)


SCENES: Final = (
    Scene(
        name="card",
        source="till",
        picture=".raylite-card",
        title="Life-cycle card",
        sentence="A handle at the end of a cell shows its actor: the state it is in and how it "
        "got there, its calls, its methods, and what may be done to it.",
        words="A till of a shop",
    ),
    Scene(
        name="timeline",
        source="""
south = Till.remote("south")
loaves = [bake.remote(minutes) for minutes in (12, 5, 20, 8, 25, 15, 10, 5, 18)]
for loaf in ray.wait(loaves, num_returns=9)[0]:
    south.sell.remote(loaf)
ray.show_timeline()
""",
        picture=".raylite-timeline",
        title="Timeline",
        sentence="What each process did when: calls as bars, waiting as dotted lines, failures "
        "marked; it can be zoomed and moved with the mouse and the keyboard.",
        words="Till",
    ),
    Scene(
        name="creation",
        source="ray.creation_flow(till)",
        picture=".raylite-flow",
        title="Creation flow",
        sentence="How an actor comes into being, in four parts and message by message; it can be "
        "played, stepped through and slowed down, also when the session is over.",
        keys=("Home", *["ArrowRight"] * 9),
        focus=".raylite-flow-pane",
        is_lasting=True,
        words="was created",
    ),
    Scene(
        name="submission",
        source="""
%%trace
north = [till.sell.remote(pieces) for pieces in (1, 2)]
sold = ray.get(north)
""",
        picture=".raylite-flow",
        title="Submission flow",
        sentence="How calls get from the handle into the actor's queue, are executed one by one, "
        "and how their ObjectRefs get their values. `%%trace` shows it for what a cell does.",
        is_lasting=True,
        words="sell",
    ),
    Scene(
        name="dashboard",
        source="ray.dashboard()",
        picture=".raylite-dashboard",
        title="Dashboard",
        sentence="The whole session: actors, tasks, workers, nodes with their resources, objects, "
        "events and what was printed; to be sorted and filtered.",
        words="Actors",
    ),
    Scene(
        name="nodes",
        source="nodes = ray.dashboard()",
        picture=".raylite-dashboard",
        title="Resources of the nodes",
        sentence="What each node has and who holds it, in pictures: a slot for each CPU, filled "
        "as far as it is taken.",
        click="Nodes",
        words="CPU",
    ),
    Scene(
        name="watch",
        source="ray.watch(till, south)",
        picture=".raylite-dashboard",
        title="Watching actors",
        sentence="The actors that are asked for, with their calls.",
        words="Till",
    ),
    Scene(
        name="progress",
        source="""
loaves = [bake.remote(minutes) for minutes in [10] * 24]
ray.progress(loaves, desc="Baking")
""",
        picture=".jp-OutputArea-output > div",
        title="Progress",
        sentence="How far many calls are, with the time that is left while they run.",
        words="Baking",
    ),
    Scene(
        name="chip",
        source="till.sell.remote(4)",
        picture=".jp-OutputArea-output > div",
        title="What an ObjectRef is",
        sentence="A ref at the end of a cell shows how far its call is, how long it took, what "
        "came of it, and which cell made it.",
        words="done",
    ),
    Scene(
        name="failed",
        source="refused",
        picture=".jp-OutputArea-output > div",
        title="A call that failed",
        sentence="The same for a call that raised.",
        words="ValueError: 6 sold, but only 4 allowed",
    ),
)


def scene_named(name: str) -> Scene:
    """The scene of that name.

    Raises:
        LookupError: if there is none.
    """
    for scene in SCENES:
        if scene.name == name:
            return scene
    msg = f"there is no scene {name!r}"
    raise LookupError(msg)
