# mypy: disable-error-code="attr-defined"
"""What lists of rows look like in a notebook."""

import copy
import pickle

from raylite._group_view import GroupTable
from raylite._html_table import ShownList, amounts, html_table
from raylite.util.placement_group import (
    placement_group,
    placement_group_table,
    remove_placement_group,
)
from raylite.util.state import list_actors, list_nodes, list_placement_groups

LONG = "0123456789abcdef" * 3


def test_a_long_id_shows_its_ends_and_can_be_read_whole():
    page = html_table("ids", [{"task_id": LONG, "object_id": LONG}])
    assert f'<abbr title="{LONG}"' in page
    assert ">01234567…cdef</abbr>" in page
    assert ">01234567…456789abcdef</abbr>" in page


def test_a_state_has_a_sign_and_a_word():
    page = html_table("states", [{"state": state} for state in ("ALIVE", "FAILED", "PENDING")])
    for sign, word in (("●", "ALIVE"), ("✕", "FAILED"), ("◔", "PENDING")):
        assert f'aria-hidden="true">{sign}</span> {word}' in page


def test_columns_without_a_value_are_left_out_and_zero_is_a_value():
    page = html_table("some", [{"pid": None, "zero": 0, "no": False, "name": ""}])
    assert [name for name in ("pid", "zero", "no", "name") if f">{name}</th>" in page] == [
        "zero",
        "no",
    ]


def test_what_the_user_has_written_is_escaped():
    evil = "<script>alert(1)</script>"
    row = {evil: evil, "state": evil, "map": {evil: evil}, "list": [evil]}
    group = {"name": evil, "strategy": "PACK", "state": evil, "bundles": {0: {evil: 1.0}}}
    group |= {"bundles_to_node_id": {0: evil}, "placement_group_id": evil}
    pages = (html_table(evil, [row]), GroupTable(group), GroupTable({evil: group}))
    for page in pages:
        shown = page if isinstance(page, str) else page._repr_html_()
        assert "<script" not in shown
        assert "&lt;script&gt;" in shown


def test_resources_are_a_line_without_the_marks_of_the_node():
    has = {"CPU": 2.0, "memory": 1.5 * 2**30, "node:127.0.0.1": 1.0, "camera": 0.5}
    assert amounts(has) == "CPU: 2, memory: 1.5 GiB, camera: 0.5"


def test_a_shown_list_is_a_list_to_whoever_copies_or_sends_it():
    shown = ShownList([1, 2], "number", lambda value: {"value": value})
    assert shown == [1, 2]
    assert ">2 numbers</caption>" in shown._repr_html_()
    for other in (copy.deepcopy(shown), pickle.loads(pickle.dumps(shown))):
        assert other == shown
        assert type(other) is list


def test_rows_print_what_is_known_of_them(ray):
    (node,) = list_nodes()
    assert repr(node).startswith(f"NodeState(node_id='{node.node_id}', ")
    assert "None" not in repr(node)


def test_nodes_and_groups_are_tables_in_a_notebook(ray):
    assert list_actors()._repr_html_().count("<tr>") == 0
    group = placement_group([{"CPU": 1}, {"CPU": 0.5}], name="pair")
    assert group.wait(30)
    assert ">CPU: 1; CPU: 0.5</td>" in placement_group_table()._repr_html_()
    assert (
        ">placement group &#x27;pair&#x27;: PACK, CREATED</caption>"
        in placement_group_table(group)._repr_html_()
    )
    assert ">1 placement group</caption>" in list_placement_groups()._repr_html_()
    assert ">1 node</caption>" in ray.nodes()._repr_html_()
    assert ">1 node</caption>" in ray.cluster.nodes()._repr_html_()
    assert placement_group_table(group) == dict(placement_group_table(group))
    remove_placement_group(group)
