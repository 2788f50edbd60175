"""In a real kernel: what workers print stands under the cell that made the call."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kernels import COLOURS, LiveKernel, live_kernel

pytestmark = pytest.mark.slow

SESSION = "import sys, time\nimport raylite as ray\n_ = ray.init(num_cpus=4)"
ACTORS = """
@ray.remote
class Inner:
    def say(self, text):
        print(text)
        return text

@ray.remote
class Outer:
    def __init__(self, inner):
        self.inner = inner

    def say(self, text):
        return ray.get(self.inner.say.remote(text))

    def wait_for(self, path, text):
        while not __import__("os").path.exists(path):
            time.sleep(0.01)
        print(text)
        print(text, "as an error", file=sys.stderr)
        return text

inner = Inner.remote()
outer = Outer.options(max_concurrency=4).remote(inner)
"""


def printed(cell: Any, stream: str = "stdout") -> str:
    """What a cell of a saved notebook shows of a stream."""
    parts = [x.text for x in cell.outputs if x.output_type == "stream" and x.name == stream]
    return re.sub(r"pid=\d+", "pid=N", COLOURS.sub("", "".join(parts)))


@pytest.fixture(scope="module")
def shared_kernel(mark: str) -> Iterator[LiveKernel]:
    with pytest.MonkeyPatch.context() as patch, live_kernel_in(patch) as kernel:
        kernel.run(SESSION)
        kernel.run(ACTORS)
        yield kernel
        kernel.run("ray.shutdown()")


def live_kernel_in(patch: pytest.MonkeyPatch) -> Any:
    from tests.notebook.conftest import ROOT

    patch.setenv("PYTHONPATH", str(ROOT))
    patch.setenv("PYTHONWARNINGS", "ignore")
    return live_kernel()


@pytest.fixture
def kernel(shared_kernel: LiveKernel) -> LiveKernel:
    """A kernel with a session and the actors above."""
    return shared_kernel


def test_what_an_actor_of_an_actor_prints_is_the_first_cells(kernel) -> None:
    cell = kernel.run("print('before'); ray.get(outer.say.remote('deep')); print('after')")
    assert re.fullmatch(r"before\n\(Inner pid=\d+\) deep\nafter\n", cell.text())


def test_what_comes_late_stands_under_the_cell_that_made_the_call(kernel, tmp_path) -> None:
    early = kernel.run(f"ref = outer.wait_for.remote({str(tmp_path / 'go')!r}, 'late')")
    late = kernel.begin(f"open({str(tmp_path / 'go')!r}, 'w').close(); ray.get(ref); print('mine')")
    kernel.wait_for(early, "late")
    kernel.wait_for(early, "late as an error", "stderr")
    kernel.wait_until(lambda: late.is_idle, "the end of the later cell")
    assert late.text() == "mine\n"
    assert late.text("stderr") == ""


def test_it_does_so_when_no_cell_runs(kernel, tmp_path) -> None:
    early = kernel.run(f"ref = outer.wait_for.remote({str(tmp_path / 'go')!r}, 'at night')")
    kernel.run("pass")
    (tmp_path / "go").touch()
    kernel.wait_for(early, "at night")


def test_a_line_appears_while_its_cell_waits_for_something_else(kernel, tmp_path) -> None:
    cell = kernel.begin(f"""
from pathlib import Path
outer.say.remote('already here')
while not Path({str(tmp_path / "seen")!r}).exists():
    time.sleep(0.01)
print('the end')
""")
    kernel.wait_for(cell, "already here")
    assert "the end" not in cell.text()
    (tmp_path / "seen").touch()
    kernel.wait_for(cell, "the end")


def test_a_flood_is_capped_and_counted(kernel) -> None:
    cell = kernel.run("""
@ray.remote
def flood():
    for number in range(100_000):
        print(number)
ray.get(flood.remote())
""")
    lines = cell.text().splitlines()
    (gap,) = [line for line in lines if "more lines" in line][-1:]
    assert len(lines) < 1000
    assert lines[0].endswith(") 0")
    assert lines[-1].endswith(") 99999")
    assert "raylite.output()" in gap
    assert cell.num_sent() < 100
    kept = kernel.run("text = ray.output(3); print(text)").text()
    assert [line.partition(") ")[2] for line in kept.splitlines()] == ["99997", "99998", "99999"]


def test_a_line_again_and_again_is_shown_once(kernel) -> None:
    cell = kernel.run("""
@ray.remote
def ticks():
    for number in range(42):
        print("tick")
ray.get(ticks.remote())
""")
    text = re.sub(r"pid=\d+", "pid=N", cell.text())
    shown = re.findall(r"and (\d+) times more", text)
    plain = text.count(") tick\n")
    assert text.startswith("(ticks pid=N) tick\n")
    assert plain + sum(map(int, shown)) == 42
    assert plain < 10


def test_a_line_of_a_megabyte_is_shortened(kernel) -> None:
    cell = kernel.run("""
@ray.remote
def long():
    print("x" * 1_000_000)
ray.get(long.remote())
""")
    assert "characters more, which raylite.output() has)" in cell.text()
    assert len(cell.text()) < 11_000


def test_a_figure_stands_in_order_with_the_lines_around_it(kernel) -> None:
    cell = kernel.run("""
@ray.remote
def plot():
    from matplotlib import pyplot
    print("before")
    display(pyplot.figure())
    print("after")
ray.get(plot.remote())
""")
    assert cell.kinds() == ["stdout", "display_data", "stdout"]
    (picture,) = [x["content"] for x in cell.messages if x["msg_type"] == "display_data"]
    assert set(picture["data"]) == {"text/plain", "image/png"}
    assert "displays Figure:" in cell.text()


def test_html_of_a_worker_can_be_replaced(kernel) -> None:
    cell = kernel.run("""
@ray.remote
def show():
    from IPython.display import HTML, display
    handle = display(HTML("<i>one</i>"), display_id="of the worker")
    handle.update(HTML("<i>two</i>"))
ray.get(show.remote())
""")
    assert [x for x in cell.kinds() if x != "stdout"] == ["display_data", "update_display_data"]


def test_names_are_steady_and_do_no_harm(kernel) -> None:
    cell = kernel.run("""
@ray.remote
class Odd:
    def __init__(self, text):
        self.text = text
    def __repr__(self):
        return self.text if self.text else 1 / 0
    def hi(self, text):
        print(text)
script, broken = Odd.remote("<script>alert(1)</script>\\x1b[2J"), Odd.remote("")
for text in ("one", "two"):
    ray.get(script.hi.remote(text)); ray.get(broken.hi.remote(text))
""")
    text = re.sub(r"pid=\d+", "pid=N", cell.raw_text())
    lines = text.splitlines()
    assert "\x1b[2J" not in text
    assert COLOURS.sub("", lines[0]) == "(<script>alert(1)</script>?[2J pid=N) one"
    assert COLOURS.sub("", lines[1]) == "(Odd pid=N) one"
    starts = [line.partition("(")[0] for line in lines]
    assert starts[0] == starts[2] != starts[1] == starts[3]


def test_a_cell_that_captures_its_output_captures_the_workers_too(kernel) -> None:
    cell = kernel.run("%%capture captured\nray.get(outer.say.remote('caught')); time.sleep(0.1)")
    after = kernel.run("print(captured.stdout)")
    assert cell.text() == ""
    assert "caught" in after.text()


def test_a_magic_that_runs_a_cell_does_not_begin_another(kernel) -> None:
    cell = kernel.run("""
%load_ext raylite
from raylite.notebook.output import router as output_router
before = output_router.router_of_this_kernel().newest
get_ipython().run_cell("ray.get(outer.say.remote('within'))")
assert output_router.router_of_this_kernel().newest is before
ray.get(outer.say.remote('behind'))
""")
    assert ") within" in cell.text()
    assert ") behind" in cell.text()


def test_a_second_session_is_followed_and_hooks_are_not_doubled(run_notebook) -> None:
    *_, first, second, events = run_notebook(
        SESSION + "\n@ray.remote\ndef say(text):\n    print(text)",
        "ray.get(say.remote('one'))",
        "ray.shutdown(); ray.init(num_cpus=2); ray.get(say.remote('two'))",
        "ray.shutdown(); print(sum('Router' in repr(f) for f in "
        "get_ipython().events.callbacks['pre_run_cell']))",
    )
    assert printed(first) == "(say pid=N) one\n"
    assert printed(second) == "(say pid=N) two\n"
    assert printed(events) == "1\n"


def test_a_session_that_is_silent_stays_so(run_notebook) -> None:
    *_, cell = run_notebook(
        SESSION.replace("num_cpus=4", "num_cpus=4, log_to_driver=False") + ACTORS,
        "ray.get(outer.say.remote('hush'))",
    )
    assert printed(cell) == ""


def test_where_nobody_would_see_what_comes_late_it_stands_where_it_was_waited_for(
    run_notebook, tmp_path
) -> None:
    go = str(tmp_path / "go")
    _, early, late = run_notebook(
        SESSION + ACTORS,
        f"ref = outer.wait_for.remote({go!r}, 'late')",
        f"open({go!r}, 'w').close(); ray.get(ref); print('mine')",
    )
    assert printed(early) == ""
    assert printed(late) == "(Outer pid=N) late\nmine\n"
    assert printed(late, "stderr") == "(Outer pid=N) late as an error\n"


def test_all_that_the_cell_waited_for_is_in_the_saved_notebook(run_notebook) -> None:
    _, cell = run_notebook(
        SESSION + ACTORS,
        "refs = [outer.say.remote(number) for number in range(100)]\n"
        "_ = ray.wait(refs, num_returns=100)",
    )
    lines = printed(cell).splitlines()
    assert sorted(lines) == sorted(f"(Inner pid=N) {number}" for number in range(100))
