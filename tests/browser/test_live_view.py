"""A picture moves and is heard while its cell blocks, and is HTML in whatever is saved."""

import os
import signal

import nbformat
import pytest

SCRIPT = """
import { h, liveView, setText } from "./dom.js";
export default liveView("probe", (root, { send }) => {
  const text = h("span", { class: "number" });
  const press = () => send("press");
  const button = h("button", { type: "button", class: "press", onclick: press }, "Press");
  root.append(text, button);
  return (view) => setText(text, `number ${view.number}`);
});
"""
SETUP = f"""
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import raylite as ray
from raylite.notebook.live.esm import STATIC, joined, styles
from raylite.notebook.live.view import LiveView

ray.init(num_cpus=1)
folder = Path("probe_script").resolve()
shutil.copytree(STATIC, folder, dirs_exist_ok=True)
(folder / "probe.js").write_text('''{SCRIPT}''')


@dataclass(frozen=True)
class Shown:
    number: int
    is_over: bool = False

    def to_dict(self):
        return asdict(self)


class Probe(LiveView):
    _esm = joined("probe.js", folder)
    _css = styles("base.css")
    number, pressed = 1, False

    def look(self, world, moment):
        return Shown(self.number)

    def html(self, shown):
        return f"<p>still number {{shown.number}}</p>"

    def text(self, shown):
        return f"number {{shown.number}}"

    def on_message(self, message):
        self.pressed = True


probe = Probe()
probe
"""
BUSY = """
import os
from time import monotonic

print("pid", os.getpid())
probe.number = 2
until = monotonic() + 30
while not probe.pressed and monotonic() < until:
    pass
print("pressed" if probe.pressed else "not heard")
"""
END = "probe.number = 3\nray.shutdown()"
KERNEL_PID = "import os\nprint(os.getpid())"


def showing(book, text: str):
    """The live picture, once it says so."""
    shown = book.page.locator(".raylite-probe .number").get_by_text(text, exact=True)
    shown.wait_for(timeout=30_000)
    return shown


def saved(book) -> nbformat.NotebookNode:
    book.save()
    return nbformat.read(book.server.root / book.name, as_version=4)


@pytest.mark.parametrize("app", ["lab", "notebook7"])
def test_a_picture_moves_and_is_heard_while_its_cell_blocks(open_notebook, request, app) -> None:
    book = open_notebook(SETUP, BUSY, END, server=request.getfixturevalue(app))
    book.run(0)
    showing(book, "number 1")
    book.run(1)
    showing(book, "number 2")
    assert book.prompts()[1] == "[*]:"
    book.page.locator(".press").click()
    book.output(1).get_by_text("pressed", exact=False).wait_for()
    book.run(2)
    book.output(0).get_by_text("The session has ended", exact=False).wait_for()
    assert "still number 3" in book.output(0).inner_text()
    assert book.page.locator(".raylite-probe").count() == 0


def test_what_is_saved_is_html_while_the_picture_lives_and_after_a_reload(
    open_notebook, lab
) -> None:
    book = open_notebook(SETUP)
    book.run_all()
    showing(book, "number 1")
    (output,) = saved(book).cells[0].outputs
    assert set(output.data) == {"text/html", "text/plain"}
    book.page.reload()
    showing(book, "number 1")
    for trusted in (True, False):
        again = open_notebook(path=lab.root / book.name, trusted=trusted)
        assert again.is_trusted() == trusted
        assert again.output(0).inner_text() == "still number 1"


def test_a_picture_whose_kernel_was_killed_says_so_and_is_saved_as_html(open_notebook, lab) -> None:
    book = open_notebook(SETUP, KERNEL_PID)
    book.run_all()
    showing(book, "number 1")
    os.kill(int(book.output(1).inner_text()), signal.SIGKILL)
    book.page.locator(".raylite").get_by_text("The kernel is gone", exact=False).wait_for()
    (output,) = saved(book).cells[0].outputs
    assert "still number 1" in output.data["text/html"]
    assert "Error displaying widget" not in book.output(0).inner_text()
    book.forgive()
