"""A notebook's file: other code in its cells, and all else byte for byte."""

import json
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raylite._port.finding import Direction
from raylite._port.notebook_file import NotANotebookError, Notebook
from raylite._port.program import ported

ROOT = Path(__file__).parent.parent.parent
LESSONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))


def cells_of(text: str) -> list[dict[str, object]]:
    return [dict(cell) for cell in nbformat.reads(text, as_version=4).cells]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_for_ray_differs_in_code_alone(path: Path) -> None:
    text = path.read_bytes().decode()
    notebook = Notebook(text)
    done = ported(notebook.parts, Direction.TO_RAY)
    new = notebook.with_codes(done.texts)
    assert done.is_changed
    before, after = cells_of(text), cells_of(new)
    assert [cell["source"] for cell in after if cell["cell_type"] == "code"] == list(done.texts)
    for cell in (*before, *after):
        if cell["cell_type"] == "code":
            del cell["source"]
    assert before == after
    # Written by nbformat it is the same file, so nothing of its layout was changed.
    assert new == nbformat.writes(nbformat.reads(new, as_version=4)) + "\n"


def test_the_same_codes_give_the_same_file() -> None:
    text = LESSONS[0].read_bytes().decode()
    notebook = Notebook(text)
    assert notebook.with_codes([part.text for part in notebook.parts]) == text


def a_notebook(source: object, **more: object) -> dict[str, object]:
    cells = [
        {"cell_type": "markdown", "source": "import raylite as ray"},
        {"cell_type": "code", "source": source, "outputs": [{"source": "import raylite"}]},
        {"cell_type": "code"},
    ]
    return {"metadata": {"cells": [1], "ü": {}}, "cells": cells, "nbformat": 4, **more}


@pytest.mark.parametrize("source", ["import raylite as ray\nä", ["import raylite as ray\n", "ä"]])
@pytest.mark.parametrize("indent", [None, 0, 1, 4, "\t"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_any_layout_is_kept(source: object, indent: int | str | None, ascii_only: bool) -> None:
    def dump(source: object) -> str:
        return json.dumps(a_notebook(source), indent=indent, ensure_ascii=ascii_only)

    text = dump(source)
    notebook = Notebook(text)
    (part,) = notebook.parts
    assert (part.text, part.cell) == ("import raylite as ray\nä", "cell 2")
    changed = "import ray\nä" if isinstance(source, str) else ["import ray\n", "ä"]
    assert notebook.with_codes(["import ray\nä"]) == dump(changed)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text()), st.lists(st.text(), min_size=1), st.sampled_from([None, 1, 2]))
def test_whatever_is_in_a_notebook_another_code_is_found_there(
    sources: list[str], codes: list[str], indent: int | None
) -> None:
    cells = [{"source": one.splitlines(keepends=True), "cell_type": "code"} for one in sources]
    text = json.dumps({"cells": cells}, indent=indent)
    new = [codes[number % len(codes)] for number in range(len(sources))]
    again = Notebook(Notebook(text).with_codes(new))
    assert [part.text for part in again.parts] == new


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "{}", '{"cells": 3}', '{"cells": {}}', "null", "[" * 100_000]
)
def test_what_is_no_notebook_is_refused(text: str) -> None:
    with pytest.raises(NotANotebookError):
        Notebook(text)


def test_a_notebook_of_an_old_format_says_what_to_do() -> None:
    with pytest.raises(NotANotebookError, match="old format: open it in Jupyter"):
        Notebook('{"nbformat": 3, "worksheets": [{"cells": []}]}')


@pytest.mark.parametrize("cell", [3, None, "x", []])
def test_cells_that_are_none_are_refused(cell: object) -> None:
    with pytest.raises(NotANotebookError, match="cell"):
        Notebook(json.dumps({"cells": [cell]}))


def test_a_notebook_of_another_language_has_nothing_to_port() -> None:
    made = a_notebook("x <- 1", metadata={"kernelspec": {"language": "R"}})
    assert Notebook(json.dumps(made)).parts == ()
