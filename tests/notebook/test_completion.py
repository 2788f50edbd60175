# mypy: disable-error-code="attr-defined"
"""What the Tab key offers behind raylite's magics, in IPython and in a kernel."""

import pytest
from IPython.core.completer import provisionalcompleter
from jupyter_client.manager import start_new_kernel

from raylite.notebook.magics.magics import SUBCOMMANDS


def offered(shell, text: str) -> set[str]:
    """The words that are offered at the end of the text."""
    with provisionalcompleter():
        return {found.text for found in shell.Completer.completions(text, len(text))}


def test_the_words_behind_raylite_are_its_subcommands_and_options(shell) -> None:
    assert offered(shell, "%raylite ") >= {*SUBCOMMANDS, "--num-cpus"}
    assert offered(shell, "%raylite s") == {"status", "shutdown"}
    assert offered(shell, "%raylite --num-g") == {"--num-gpus"}


def test_a_magic_without_its_sign_is_the_same(shell) -> None:
    assert offered(shell, "raylite doc") == {"doctor"}


@pytest.mark.parametrize(
    ("line", "option"),
    [
        *(("%%actor --max-r", "--max-restarts"), ("%%actor --sta", "--start")),
        *(("%%task --num-ret", "--num-returns"), ("%%task --func", "--function")),
        *(("%tasks --st", "--state"), ("%kill --re", "--restart"), ("%objects --li", "--limit")),
    ],
)
def test_options_of_each_magic_are_offered_and_nothing_else(shell, line, option) -> None:
    assert offered(shell, line) == {option}


def test_states_are_offered_where_one_is_to_stand(shell) -> None:
    assert offered(shell, "%actors --state AL") == {"ALIVE"}
    assert "FAILED" in offered(shell, "%tasks --state ")


def test_without_a_session_there_are_no_actors_to_offer(shell) -> None:
    assert offered(shell, "%kill ") == {"--restart"}


@pytest.mark.slow
def test_living_actors_are_offered_by_variable_by_name_and_by_id(ray_shell, ray) -> None:
    ray_shell.run_cell(
        "@ray.remote\nclass Counter:\n    def add_up(self):\n        return 1\n"
        "acc = Counter.options(name='accounts').remote()\n"
        "handles = [Counter.remote()]\ndead = Counter.remote()\n"
        "ray.get([one.add_up.remote() for one in (acc, dead, *handles)])\nray.kill(dead)\n"
    ).raise_error()
    hidden = ray_shell.user_ns["handles"][0]._ray_actor_id[:8]
    assert offered(ray_shell, "%kill a") >= {"acc", "accounts"}
    assert hidden in offered(ray_shell, f"%watch {hidden[:3]}")
    assert "dead" not in offered(ray_shell, "%kill de")
    assert offered(ray_shell, "ray.get_actor('acc") == {"accounts"}
    assert any(word.endswith("add_up") for word in offered(ray_shell, "acc.add"))
    ray.kill(ray_shell.user_ns["acc"])


def test_after_unloading_nothing_is_offered(shell) -> None:
    shell.run_cell("%unload_ext raylite").raise_error()
    assert "doctor" not in offered(shell, "%raylite doc")
    shell.run_cell("%reload_ext raylite").raise_error()
    assert offered(shell, "%raylite doc") == {"doctor"}


@pytest.mark.slow
def test_a_front_end_gets_them_from_the_kernel(monkeypatch) -> None:
    from tests.notebook.conftest import ROOT

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        cell = (
            "%load_ext raylite\nimport raylite as ray\nray.init(num_cpus=1)\n"
            "@ray.remote\nclass Counter:\n    def add_up(self): pass\n"
            "counter = Counter.remote()\nray.get(counter.add_up.remote())"
        )
        client.execute_interactive(cell, timeout=60, output_hook=lambda _: None)
        for text, expected in (
            ("%kill cou", "counter"),
            ("%raylite shut", "shutdown"),
            ("%%actor --max-res", "--max-restarts"),
            ("counter.add", "add_up"),
        ):
            reply = client.complete(text, reply=True, timeout=60)["content"]
            assert any(expected in word for word in reply["matches"]), (text, reply)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
