"""Where a live picture is drawn, and who gets the widget itself instead."""

import os

import pytest

from raylite.notebook.live.slot import in_slot, outputs_are_apart


def test_the_still_picture_is_inside_of_what_the_live_one_covers() -> None:
    html = in_slot("5f", "<p>still</p>")
    assert html == '<div data-raylite-slot="5f"><p>still</p></div>'


@pytest.mark.parametrize("variable", ["VSCODE_PID", "VSCODE_CWD"])
def test_vs_code_shows_each_output_in_a_page_of_its_own(monkeypatch, variable) -> None:
    for name in [name for name in os.environ if name.startswith("VSCODE")]:
        monkeypatch.delenv(name)
    assert not outputs_are_apart()
    monkeypatch.setenv(variable, "1")
    assert outputs_are_apart()
