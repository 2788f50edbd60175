"""How fast what happens is on the screen, how smoothly a flow plays, what the pictures cost.

``python -m benchmarks.pictures`` takes some four minutes. It runs notebooks in a JupyterLab, in
Chromium without a screen, whose clock is the kernel's, since both run on one machine.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from playwright.sync_api import Browser

from benchmarks.verdicts import estimate
from tests.browser.chromium import find_chromium
from tests.browser.conftest import ROOT, notebook_of
from tests.browser.labdriver import LabServer, Notebook, chromium_browser
from tests.browser.onscreen import (
    delays_ms,
    frames_ms,
    frames_per_second,
    longest_frame_ms,
    sightings,
    watch_for,
)

__all__ = ["Figure", "main"]

ACTOR: Final = """
import json
import time

import raylite as ray

ray.init(num_cpus=2)


@ray.remote(num_cpus=0, max_restarts=-1)
class Counter:
    def __init__(self):
        self.count = 0

    def add(self):
        self.count += 1
        return self.count


counter = Counter.remote()
ray.get(counter.add.remote())
"""
CARD: Final = "counter"
STATES: Final = """
happened = []
for number in range(1, 16):
    {spare_time}
    happened.append((f"restarts{{number + {before}}} used", time.time()))
    ray.kill(counter, no_restart=False)
    {spare_time}
    while True:
        try:
            count = ray.get(counter.add.remote())
            break
        except ray.exceptions.RayActorError:
            pass
print(json.dumps(happened))
"""
SPIN: Final = "until = time.monotonic() + 0.5\n    while time.monotonic() < until: number * number"
WAIT: Final = "time.sleep(0.5)"
FLOW: Final = """
calls = [counter.add.remote() for _ in range(250)]
ray.get(calls)
ray.submission_flow(calls)
"""
CROWD: Final = """
from raylite.notebook.live.pump import PUMP

crowd = [Counter.remote() for _ in range(100)]
ray.get([one.add.remote() for one in crowd])


def busy():
    "The kernel's CPU, that of its pictures, and the time of 1,000 calls of each actor, in seconds."
    cpu_s, pictures_s, began_s = time.process_time(), PUMP.cpu_s, time.monotonic()
    for _ in range(100):
        ray.get([one.add.remote() for one in crowd for _ in range(10)])
    took_s = time.monotonic() - began_s
    return time.process_time() - cpu_s, PUMP.cpu_s - pictures_s, took_s


print(json.dumps(busy()))
"""
OPEN: Final = "shown = ray.dashboard()"
CLOSE: Final = "shown.close()"
BUSY: Final = "print(json.dumps(busy()))"
TURNS: Final = 12
FRAMES_S: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table."""

    what: str
    value: str
    goal: str


class Cells:
    """A notebook whose cells are written one by one."""

    def __init__(self, server: LabServer, browser: Browser, name: str, cells: list[str]) -> None:
        (server.root / name).write_text(json.dumps(notebook_of(cells)))
        self.book = Notebook(server, browser, name)

    def run(self, index: int, timeout_s: float = 180) -> Any:
        """Run a cell; what it has printed as JSON, else None."""
        self.book.run(index)
        self.book.wait_for_cell(index, timeout_s)
        printed = self.book.page.evaluate(
            """index => jupyterapp.shell.currentWidget.content.widgets[index].model.outputs
                .toJSON().filter(output => output.output_type === "stream")
                .map(output => output.text).flat().join("")""",
            index,
        )
        return json.loads(printed) if printed.startswith("[") else None


def state_changes(server: LabServer, browser: Browser) -> Iterator[Figure]:
    """From ``ray.kill`` in a running cell until the card says so."""
    ways = {"waits": WAIT, "computes in Python": SPIN}
    kills = [STATES.format(spare_time=way, before=15 * n) for n, way in enumerate(ways.values())]
    cells = [ACTOR, CARD, *kills]
    made = Cells(server, browser, "states.ipynb", cells)
    for index in range(2):
        made.run(index)
    made.book.page.locator(".raylite-card-state").wait_for()
    watch_for(made.book.page, ".raylite-card")
    for index, way in enumerate(ways, 2):
        happened = [(words, at_s) for words, at_s in made.run(index)]
        found = delays_ms(happened, sightings(made.book.page))
        late = quantiles(found, n=20)[-1]
        yield Figure(
            what=f"from ray.kill to the card, in a cell that {way}",
            value=f"{median(found):.0f} ms, 95 % within {late:.0f} ms ({len(found)} times)",
            goal="100 ms",
        )
    made.book.close()


def frames(server: LabServer, browser: Browser) -> Iterator[Figure]:
    """While a flow of 250 calls and their replies plays."""
    made = Cells(server, browser, "frames.ipynb", [ACTOR, FLOW])
    for index in range(2):
        made.run(index)
    page = made.book.page
    flow = page.locator(".raylite-flow")
    flow.get_by_label("Speed").select_option(index=1)
    num_arrows = flow.locator(".raylite-flow-arrow").count()
    for what in ("standing still", "playing"):
        if what == "playing":
            flow.get_by_role("button", name="To the beginning").click()
            flow.get_by_role("button", name="Play").click()
        times = frames_ms(page, FRAMES_S)
        yield Figure(
            what=f"a flow of {num_arrows} messages, {what}",
            value=f"{frames_per_second(times):.0f} frames/s, {len(times) / FRAMES_S:.1f} on "
            f"average, the longest {longest_frame_ms(times):.0f} ms",
            goal="60 frames/s",
        )
    made.book.close()


def cpu(server: LabServer, browser: Browser) -> Iterator[Figure]:
    """The kernel's CPU for 100,000 calls of 100 actors, with and without the dashboard."""
    turns = [BUSY, *(part for _ in range(TURNS) for part in (OPEN, BUSY, CLOSE, BUSY))]
    made = Cells(server, browser, "cpu.ipynb", [ACTOR, CROWD, *turns])
    for index in range(2):
        made.run(index)
    found = [made.run(index) for index in range(2, len(turns) + 2)]
    times: list[tuple[float, float, float]] = [one for one in found if one is not None]
    without, shown = times[0::2], times[1::2]
    # Between the one before and the one after, as a machine changes its pace.
    extra = [
        (with_s - (before_s + after_s) / 2) / wall_s
        for (before_s, _, _), (with_s, _, wall_s), (after_s, _, _) in zip(
            without[:-1], shown, without[1:], strict=True
        )
    ]
    more = estimate(extra)
    own = [pictures_s / wall_s for _, pictures_s, wall_s in shown]
    walls = [median(wall_s for _, _, wall_s in found) for found in (without, shown)]
    yield Figure(
        what="100,000 calls of 100 actors beside the dashboard",
        value=f"{more.middle:.1%} of a CPU more in the kernel ({more.low:.1%} to {more.high:.1%}), "
        f"{median(own):.1%} in its thread; {walls[1]:.1f} s instead of {walls[0]:.1f} s",
        goal="10 %",
    )
    made.book.close()


@contextmanager
def lab_and_browser() -> Iterator[tuple[LabServer, Browser]]:
    """A server and a browser, for as long as the body runs.

    Raises:
        FileNotFoundError: if there is no browser.
    """
    chromium = find_chromium()
    if chromium is None:
        msg = "There is no Chromium on the PATH, and the variable CHROMIUM names none."
        raise FileNotFoundError(msg)
    with (
        tempfile.TemporaryDirectory() as folder,
        LabServer(Path(folder), env={"PYTHONPATH": str(ROOT)}) as server,
        chromium_browser(chromium) as browser,
    ):
        yield server, browser


def main() -> int:
    """Measure all, or what is named: states, frames, cpu."""
    parts = {"states": state_changes, "frames": frames, "cpu": cpu}
    names = sys.argv[1:] or list(parts)
    with lab_and_browser() as (server, browser):
        for name in names:
            for figure in parts[name](server, browser):
                print(f"{figure.what}: {figure.value} (goal: {figure.goal})", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
