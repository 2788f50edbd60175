"""In a real kernel: what a learner reads who has made a common mistake."""

import re

import pytest

pytestmark = pytest.mark.slow

COLOURS = re.compile(r"\x1b\[[0-9;]*m")

TILL = """
%load_ext raylite
import raylite as ray
from raylite._explain import explain

@ray.remote
class Till:
    def __init__(self, total):
        self.total = total

    def withdraw(self, amount):
        if amount > self.total:
            raise ValueError("too much")
        return self.total

till = Till.options(name="till").remote(10)
"""


def shown(cell) -> str:
    text = "".join(
        "\n".join(output.traceback) if output.output_type == "error" else output.get("text", "")
        for output in cell.outputs
    )
    return COLOURS.sub("", text)


def test_slips_are_shown_with_the_users_line_alone_and_what_to_write(run_notebook) -> None:
    _, add, walk, attribute, printed, length, await_it, missing = run_notebook(
        TILL,
        "total = till.withdraw.remote(3)\ntotal + 1",
        "for coin in total:\n    pass",
        "total.shape",
        "print(total)",
        "len(till)",
        "await till.withdraw",
        "till.balance",
    )
    for cell in (add, walk, attribute):
        text = shown(cell)
        assert "An ObjectRef is the promise of a value" in text
        assert "in Cell In[2], line 1: total = till.withdraw.remote(3)" in text
        assert "raylite/" not in text
    assert "ray.get(ref) gives it" in shown(printed)
    assert shown(length).splitlines()[-1].startswith("Hint: A handle is the way to an actor.")
    assert shown(await_it).splitlines()[-1].startswith("Hint: What can be awaited")
    assert "write one that returns balance" in shown(missing)


def test_slips_are_as_short_in_a_notebook_without_the_magics(run_notebook) -> None:
    _, watched, dashed = run_notebook(
        "import raylite as ray\nray.init(num_cpus=1)",
        "ray.watch('nobody')",
        "ray.shutdown()\nray.dashboard()",
    )
    assert "there is no actor nobody" in shown(watched)
    assert "There is no session, so there is no dashboard" in shown(dashed)
    for cell in (watched, dashed):
        assert "raylite/" not in shown(cell)


def test_an_error_shows_the_call_and_is_told_again_as_a_story(run_notebook) -> None:
    cells = run_notebook(TILL, "ray.get(till.withdraw.remote(500))", "explain()")
    error, story = shown(cells[1]).splitlines(), shown(cells[2]).splitlines()
    assert error[:3] == [
        "RayTaskError(ValueError): too much",
        "  Cell In[2], line 1, in <module>",
        "    ray.get(till.withdraw.remote(500))",
    ]
    assert "  called as withdraw(500)" in error
    assert "  in the actor Till 'till': ALIVE" in error
    assert error[-1] == "ValueError: too much"
    assert story[0] == "ValueError: too much"
    assert "1. Your program was here, and the error arrived:" in story
    assert any(re.fullmatch(r"     Cell In\[1\], line \d+, in withdraw", line) for line in story)


def test_a_slip_in_a_worker_gets_its_hint_as_well(run_notebook) -> None:
    cells = run_notebook(
        TILL,
        "@ray.remote\ndef save(refs):\n    import json\n    return json.dumps(refs)",
        "ray.get(save.remote([till.withdraw.remote(1)]))",
    )
    assert shown(cells[2]).splitlines()[-1].startswith("Hint: An ObjectRef is the promise")
