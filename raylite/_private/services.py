"""The address of this machine.

In Ray: ``python/ray/_private/services.py``. Left out here: everything about starting processes.
"""

__all__ = ["get_node_ip_address"]


def get_node_ip_address(address: str = "") -> str:  # noqa: ARG001  # in Ray's signature
    """The address under which processes of the session reach each other, on this one machine.

    Args:
        address: without effect.
    """
    return "127.0.0.1"
