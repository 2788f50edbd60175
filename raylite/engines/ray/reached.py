"""Whether a Ray answers at an address, told in seconds.

In Ray: nothing like it: ``ray.init`` tries for minutes, and then ends the program.
"""

import os
import socket
from typing import Final

__all__ = ["CLIENT", "check_reached"]

CLIENT: Final = "ray://"
_NAMED: Final = ("auto", "local")
_ANSWER_S: Final = 5.0
"""How long a machine may take to answer at all."""
_GREETING: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""What begins each conversation of gRPC's, which Ray speaks: HTTP/2, and no settings."""
_HEADER_BYTES: Final = 9
_KIND_AT: Final = 3
_SETTINGS: Final = 4


def check_reached(address: str) -> None:
    """See that a Ray answers at an address.

    Args:
        address: host and port, of a GCS or (``ray://``) of the client's server. Other addresses,
            as ``auto``, are left to Ray, which finds out about them at once.

    Raises:
        ConnectionError: if nobody answers, or somebody who does not speak like Ray.
        ValueError: if the address names no port.
    """
    is_client = address.startswith(CLIENT)
    if not address or address in _NAMED or ("://" in address and not is_client):
        return
    host, _, port = address.removeprefix(CLIENT).rpartition(":")
    if not port.isdigit() or not host:
        msg = (
            f"init(address={address!r}, engine='ray'): a Ray's address is 'host:port', "
            "'ray://host:port' for its client, or 'auto'."
        )
        raise ValueError(msg)
    try:
        _greet(host.strip("[]"), int(port))
    except (OSError, OverflowError) as error:
        usual = "10001, of its client server" if is_client else "6379"
        msg = (
            f"init(address={address!r}, engine='ray'): no Ray answers there "
            f"({getattr(error, 'strerror', None) or error}). Is it running, and is the port right? "
            f"`ray status` on its head node tells; the usual port is {usual}."
        )
        raise ConnectionError(msg) from None


def _greet(host: str, port: int) -> None:
    with socket.create_connection((host, port), _ANSWER_S) as connection:
        if os.environ.get("RAY_USE_TLS", "0") not in {"", "0"}:
            return  # Only who has the certificate is answered.
        connection.sendall(_GREETING)
        told = connection.recv(_HEADER_BYTES, socket.MSG_WAITALL)
    if len(told) < _HEADER_BYTES or told[_KIND_AT] != _SETTINGS:
        msg = "whoever listens does not speak gRPC, as Ray does"
        raise ConnectionError(msg)
