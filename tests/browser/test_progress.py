"""Progress moves in the cell that waits, and is plain HTML once it has ended."""

import nbformat
import pytest

# Each question moves the work on by a step, so that nothing here depends on the clock.
SETUP = """
import raylite as ray

@ray.remote
class Board:
    def __init__(self, steps):
        self.steps = steps
        self.asked = 0

    def overall(self):
        self.asked += 1
        return min(self.asked, self.steps), self.steps

    def by_task(self):
        self.asked += 1
        return {f"sampler {i}": min(self.asked / (self.steps - 3 * i), 1) for i in range(4)}
"""
RUN = """
board = Board.remote({steps})
ray.progress(board.{method}, desc="Sampling π");
"""
BAR = ".raylite-progress-main"


def value_of_bar(book) -> int:
    return int(book.page.locator(BAR).get_attribute("aria-valuenow"))


def wait_for_more_than(book, percent: int) -> None:
    book.page.wait_for_function(
        f"""least => Number(document.querySelector("{BAR}")?.ariaValueNow) > least""",
        arg=percent,
        timeout=60_000,
    )


def test_the_bar_moves_while_its_cell_runs(open_notebook) -> None:
    book = open_notebook(SETUP, RUN.format(steps=50, method="overall"))
    book.command("notebook:run-all-cells")
    wait_for_more_than(book, 0)
    seen = value_of_bar(book)
    wait_for_more_than(book, seen)
    assert book.prompts()[1] == "[*]:"
    bar = book.page.locator(BAR)
    assert bar.get_attribute("role") == "progressbar"
    assert bar.get_attribute("aria-label") == "Sampling π"
    assert book.page.locator('.raylite-progress-voice[aria-live="polite"]').inner_text()
    book.page.emulate_media(reduced_motion="reduce")
    good = book.page.locator(f"{BAR} .raylite-progress-good")
    assert good.evaluate("bar => getComputedStyle(bar).transitionDuration") == "0s"
    book.wait_done()
    assert not book.errors()


def test_it_ends_as_html_that_is_there_when_the_saved_notebook_is_opened_again(
    open_notebook, lab
) -> None:
    book = open_notebook(SETUP, RUN.format(steps=20, method="by_task"))
    book.run_all()
    book.page.get_by_text("✓ done").wait_for()
    assert book.page.locator(".raylite-progress").count() == 0
    book.save()
    (output,) = nbformat.read(lab.root / book.name, as_version=4).cells[1].outputs
    assert set(output.data) == {"text/html", "text/plain"}
    assert "100 %" in output.data["text/plain"]
    again = open_notebook(path=lab.root / book.name)
    shown = again.output(1).inner_text()
    assert "Sampling π" in shown
    assert "✓ done" in shown
    assert "sampler 3" in shown
    assert "Error displaying widget" not in shown


def test_interrupting_the_cell_ends_the_watching_and_not_the_work(open_notebook) -> None:
    book = open_notebook(
        SETUP,
        RUN.format(steps=10_000, method="overall"),
        "print(ray.get(board.overall.remote())[1])",
    )
    book.run(0)
    book.run(1)
    wait_for_more_than(book, -1)
    book.command("notebook:interrupt-kernel")
    book.page.get_by_text("Interrupted; the work goes on.", exact=True).wait_for()
    book.run(2)
    book.output(2).get_by_text("10000", exact=True).wait_for()


@pytest.mark.parametrize(
    ("theme", "light"), [("JupyterLab Light", "true"), ("JupyterLab Dark", "false")]
)
def test_text_and_bar_stand_out_in_both_themes(open_notebook, theme: str, light: str) -> None:
    book = open_notebook(SETUP, RUN.format(steps=60, method="by_task"))
    book.command("apputils:change-theme", {"theme": theme})
    book.page.wait_for_function("l => document.body.dataset.jpThemeLight === l", arg=light)
    book.command("notebook:run-all-cells")
    wait_for_more_than(book, 20)
    text, bar, track = (
        book.page.locator(where).first.evaluate(
            "(e, what) => getComputedStyle(e)[what].match(/[0-9.]+/g).map(Number)", what
        )
        for where, what in (
            (".raylite-progress", "color"),
            (f"{BAR} .raylite-progress-good", "backgroundColor"),
            (BAR, "backgroundColor"),
        )
    )
    page = [255.0] * 3 if light == "true" else [17.0] * 3
    assert contrast(text, page) >= 4.5
    assert contrast(bar, page) >= 3
    assert contrast(bar, blended(track, page)) >= 3
    book.wait_done()


def blended(colour: list[float], page: list[float]) -> list[float]:
    """What is seen of a colour that lets some of the page through."""
    opacity = colour[3] if len(colour) > 3 else 1
    return [opacity * one + (1 - opacity) * below for one, below in zip(colour, page, strict=False)]


def contrast(one: list[float], other: list[float]) -> float:
    """As the accessibility guidelines compute it, from 1 to 21."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(rgb: list[float]) -> float:
    parts = [
        c / 12.92 if (c := byte / 255) <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
        for byte in rgb[:3]
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
