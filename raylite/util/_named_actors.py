"""Which actors can be found by name at the moment.

In Ray: ``list_named_actors`` in ``python/ray/util/__init__.py``.
"""

from typing import Any

from raylite import _engine

__all__ = ["list_named_actors"]


def list_named_actors(all_namespaces: bool = False) -> list[Any]:  # noqa: FBT001, FBT002  # Ray's signature
    """The names of all actors that ``get_actor`` would find.

    Args:
        all_namespaces: True looks beyond the namespace of the session.

    Returns:
        Names; of all namespaces, dictionaries with ``name`` and ``namespace``.
    """
    engine = _engine.current()
    named = [row for row in engine.state("actors") if row["name"] and row["state"] != "DEAD"]
    if all_namespaces:
        return [{"name": row["name"], "namespace": row["ray_namespace"]} for row in named]
    own = engine.facts().namespace
    return [row["name"] for row in named if row["ray_namespace"] == own]
