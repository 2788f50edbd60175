"""Where this machine is reached.

In Ray: ``get_node_ip_address`` in ``python/ray/_private/services.py``.
"""

from typing import Any

__all__ = ["get_node_instance_id", "get_node_ip_address"]


def get_node_ip_address(address: Any = None) -> str:
    """The address of every node: processes of a session speak to each other on this machine only.

    Args:
        address: without effect.
    """
    del address
    return "127.0.0.1"


def get_node_instance_id() -> str:
    """What a cloud calls this machine: nothing, as in Ray outside of one."""
    return ""
