"""What ``placement_group_table`` gives: Ray's dictionary, which a notebook shows as a table.

In Ray: a plain dictionary.
"""

from collections.abc import Mapping
from typing import Any

from raylite._html_table import amounts, counted, html_table, short_id

__all__ = ["GroupTable"]


class GroupTable(dict[Any, Any]):
    """One group's row, or the rows of all by id."""

    def _repr_html_(self) -> str:
        if "bundles" in self:
            return html_table(_title(self), _bundles(self))
        rows = [_group(row) for row in self.values()]
        return html_table(counted(len(rows), "placement group"), rows)


def _title(row: Mapping[str, Any]) -> str:
    name = repr(row["name"]) if row["name"] else short_id(row["placement_group_id"])
    return f"placement group {name}: {row['strategy']}, {row['state']}"


def _bundles(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    places = row["bundles_to_node_id"]
    return [
        {"bundle": str(index), "resources": bundle, "node_id": places.get(index)}
        for index, bundle in row["bundles"].items()
    ]


def _group(row: Mapping[str, Any]) -> dict[str, Any]:
    nodes = {node for node in row["bundles_to_node_id"].values() if node}
    return {
        "placement_group_id": row["placement_group_id"],
        "name": row["name"],
        "state": row["state"],
        "strategy": row["strategy"],
        "bundles": "; ".join(amounts(bundle) for bundle in row["bundles"].values()),
        "nodes": len(nodes),
    }
