"""What every node has, and what is said of it."""

from raylite._core.common.resources import ResourceSet
from raylite._core.node import machine
from raylite._core.node.machine import node_total, shown_resources

ASKED = ResourceSet.of({"CPU": 2, "slot": 1})


def test_every_node_has_memory_and_an_address():
    total = node_total(ASKED, is_first=False).to_dict()
    assert total.keys() == {"CPU", "slot", "memory", "object_store_memory", "node:127.0.0.1"}
    assert total["memory"] > total["object_store_memory"] > 0


def test_the_first_node_can_be_told():
    assert node_total(ASKED, is_first=True).amount("node:__internal_head__") == 1


def test_what_was_said_counts():
    asked = ASKED + ResourceSet.of({"memory": 1000})
    assert node_total(asked, is_first=True).amount("memory") == 1000


def test_a_container_has_less_memory_than_its_machine(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(machine, "_LIMITS", (str(limit), str(tmp_path / "missing")))
    limit.write_text("max\n")
    assert machine.available_bytes() > 1000
    limit.write_text("1000\n")
    assert machine.available_bytes() == 1000


def test_what_all_nodes_have_is_not_said_of_each():
    total = node_total(ASKED, is_first=True)
    assert shown_resources(total, ASKED) == {"CPU": 2.0, "slot": 1.0}
    assert "memory" in shown_resources(total, ResourceSet.of({"memory": 1}))
