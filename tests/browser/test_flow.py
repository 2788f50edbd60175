"""Both flows are played, stepped and slowed down in the browser, whatever the kernel is doing."""

import os
import signal

from playwright.sync_api import Locator, Page, expect

SETUP = """
import os
from pathlib import Path
from time import sleep

import raylite as ray

%load_ext raylite
ray.init(num_cpus=2)


@ray.remote
class Till:
    def sell(self, pieces):
        return pieces


till = Till.remote()
assert ray.get([till.sell.remote(pieces) for pieces in range(4)]) == [0, 1, 2, 3]
print(os.getpid())
"""
CREATION = "ray.creation_flow(till)"
SUBMISSION = "ray.submission_flow(till)"
BUSY = """
while not Path("let_go").exists():
    sleep(0.02)
print("let go")
"""
STEP_S_ONE = 0
REAL_SPEED = 4


class Flow:
    """One flow in the page, used as a reader uses it."""

    def __init__(self, page: Page, node: Locator) -> None:
        self.page = page
        self.node = node
        self.pane = node.locator(".raylite-flow-pane")

    def at(self) -> tuple[int, int]:
        """The step that is shown, and how many there are."""
        step, steps = self.node.locator(".raylite-flow-count").inner_text().split("/")
        return int(step), int(steps)

    def wait_for_step(self, step: int) -> None:
        text = f"{step} / {self.at()[1]}"
        expect(self.node.locator(".raylite-flow-count")).to_have_text(text, timeout=20_000)

    def press(self, *keys: str) -> None:
        self.pane.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def sentence(self) -> str:
        return self.node.locator(".raylite-flow-sentence").inner_text()

    def button(self, name: str) -> Locator:
        return self.node.get_by_role("button", name=name)


def use(flow: Flow) -> None:
    """Go through all that the player can do."""
    _, steps = flow.at()
    assert steps >= 6
    flow.wait_for_step(steps)
    flow.press("Home")
    flow.wait_for_step(0)
    said = set()
    for step in (1, 2, 3):
        flow.press("ArrowRight")
        flow.wait_for_step(step)
        said.add(flow.sentence())
    assert len(said) == 3
    flow.press("ArrowLeft")
    flow.wait_for_step(2)
    flow.node.get_by_label("Position").fill("1000")
    flow.wait_for_step(steps)
    flow.node.get_by_label("Position").fill("0")
    expect(flow.node.locator(".raylite-flow-count")).not_to_have_text(f"{steps} / {steps}")
    flow.press("Home", "+")
    chosen = flow.node.get_by_label("Speed").locator("option:checked")
    assert chosen.inner_text() == "1/1000 of the speed"
    flow.node.get_by_label("Speed").select_option(index=REAL_SPEED)
    flow.press(" ")
    flow.wait_for_step(steps)
    flow.button("To the beginning").click()
    flow.wait_for_step(0)
    flow.node.get_by_label("Speed").select_option(index=STEP_S_ONE)
    flow.button("Play").click()
    flow.wait_for_step(2)
    flow.button("Pause").click()
    flow.button("Play").wait_for()
    hint = flow.node.locator(".raylite-flow-hint")
    expect(hint).to_contain_text("Keys:")
    flow.press("End")
    flow.node.locator(".raylite-flow-arrow .raylite-flow-label").last.hover()
    expect(hint).not_to_contain_text("Keys:")


def test_flows_are_used_while_a_cell_blocks_and_after_the_kernel_was_killed(
    open_notebook, lab
) -> None:
    book = open_notebook(SETUP, CREATION, SUBMISSION, BUSY)
    for index in range(3):
        book.run(index)
        book.wait_for_cell(index)
    flows = [Flow(book.page, book.cell(index).locator(".raylite-flow")) for index in (1, 2)]
    for flow in flows:
        flow.node.wait_for()
    book.run(3)
    for flow, movement in zip(flows, ("no-preference", "reduce"), strict=True):
        book.page.emulate_media(reduced_motion=movement)
        use(flow)
    assert book.prompts()[3] == "[*]:"
    (lab.root / "let_go").touch()
    book.output(3).get_by_text("let go").wait_for()
    os.kill(int(book.output(0).inner_text()), signal.SIGKILL)
    # JupyterLab says that it begins a new kernel, and takes the keyboard until that is read.
    book.page.get_by_role("dialog").get_by_role("button", name="Ok").click(timeout=30_000)
    for flow in flows:
        flow.press("Home")
        flow.wait_for_step(0)
        flow.press("ArrowRight", "ArrowRight")
        flow.wait_for_step(2)
    book.forgive()
