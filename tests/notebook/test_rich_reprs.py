"""In a real kernel: what a notebook keeps of handles and refs, and what a terminal shows."""

from types import ModuleType

import pytest

from raylite import _engine
from raylite.notebook.card.card import ActorCard
from raylite.notebook.card.methods import known_of

SETUP = """
import raylite as ray
from threading import Event

@ray.remote(max_restarts=1)
class Wallet:
    "Keeps <b>money</b>."
    def spend(self, amount, note=""):
        "Spend <script>it</script>."
        return {"spent": amount}
    def fail(self):
        raise ValueError("no <b>")
    def pid(self):
        import os
        return os.getpid()

class Evil:
    def __repr__(self):
        raise ValueError

class Markup:
    def __repr__(self):
        return "<script>alert(1)</script>" * 1000

wallet = Wallet.options(name="<script>").remote()
ray.get(wallet.spend.remote(3))
wallet
"""
KILL = """
ray.kill(wallet)
while not card.is_frozen:
    Event().wait(0.01)
"""
PRESS = """
from raylite.notebook.card.card import ActorCard
card = ActorCard(wallet)
before = ray.get(wallet.pid.remote())
card._ipython_display_()
card._heard(card, {"press": "Restart"}, [])
while ray.get(ray.get_actor("<script>").pid.remote()) == before:
    pass
"""


def html_of(cell) -> str:
    (output,) = [output for output in cell.outputs if output.output_type == "display_data"]
    return str(output.data["text/html"])


def text_of(cell) -> str:
    (output,) = cell.outputs
    return str(output.data["text/plain"])


@pytest.mark.slow
def test_a_saved_notebook_shows_cards_and_chips_as_they_were_at_the_end(run_notebook) -> None:
    cells = run_notebook(
        SETUP,
        *(PRESS, KILL),
        *("failed = Wallet.remote().fail.remote()\nray.wait([failed])\nfailed",),
        *("ray.put(Evil())", "ray.put(Markup())", "ray.put(b'x' * 10_000_000)"),
        *("[ray.put(1)]", "{'wallet': wallet}", "pending = Wallet.remote().spend.remote(1)"),
        *("ray.shutdown()", "wallet", "wallet.spend.remote(1)"),
    )
    made, pressed, _, failed, evil, markup, large, listed, nested, _, _, late, call = cells
    for cell in (made, pressed):
        assert "✕ <b>dead</b>" in html_of(cell)
        assert "<b>money</b>" not in html_of(cell)
        assert "1 used, 0 left" in html_of(cell)
        assert "<script" not in html_of(cell)
    assert "ValueError: no &lt;b&gt;" in html_of(failed)
    assert "✓ <b>done</b>" in html_of(evil)
    assert "&lt;script&gt;alert(1)" in html_of(markup)
    assert len(html_of(markup)) < 3000
    assert "bytes, 10.0 MB" in html_of(large)
    assert text_of(listed).startswith("[ObjectRef(")
    assert text_of(nested).startswith("{'wallet': Actor(Wallet, ")
    assert "Its session has ended" in html_of(late)
    assert call.outputs[0].ename == "RaySystemError"


def test_a_handle_of_a_session_that_ended_by_itself_says_so(
    ray: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wallet:
        """Has no method."""

    wallet = ray.remote(Wallet).remote()
    assert known_of(wallet).is_of_this_session
    monkeypatch.setattr(_engine.get_or_none(), "over", True)
    assert not known_of(wallet).is_of_this_session
    assert "Its session has ended" in repr(ActorCard(wallet))


def test_in_a_terminal_handles_and_refs_are_their_text(ray: ModuleType, ray_shell) -> None:
    class Wallet:
        """Has no method."""

    wallet, ref = ray.remote(Wallet).remote(), ray.put(1)
    for thing in (wallet, ref):
        data, _ = ray_shell.display_formatter.format(thing)
        assert data == {"text/plain": repr(thing)}
