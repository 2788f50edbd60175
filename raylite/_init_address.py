"""Which session ``init`` is to join, as far as it was told by its argument or the environment.

In Ray: ``get_ray_address_from_environment`` in ``python/ray/_private/services.py``, whose order is
kept: a variable of the environment counts before ``address="auto"``, and after any other address.
"""

import logging
import os
from typing import Any, Final

from raylite._engine_choice import INLINE, PROCESSES, RAY

__all__ = ["checked_address"]

_LOG = logging.getLogger("raylite")
_OWN: Final = "RAYLITE_ADDRESS"
_RAYS: Final = "RAY_ADDRESS"


def checked_address(address: Any, engine: str = PROCESSES) -> str:
    """The address as the engine wants it: a folder, ``auto``, ``local``, or empty for any.

    Args:
        address: what was given.
        engine: which engine. Ray itself knows what its addresses mean, and reads ``RAY_ADDRESS``;
            one process has no address.

    Raises:
        TypeError: if it is no text.
        ValueError: if it is empty.
        ConnectionError: if it is that of a cluster of Ray's.
    """
    if address is not None and not isinstance(address, str):
        msg = f"init({address!r}): the address has to be a text. For CPUs write init(num_cpus=...)."
        raise TypeError(msg)
    if address == "":
        msg = "init(address='') has an invalid address format: leave it out, or write 'auto'."
        raise ValueError(msg)
    if engine == RAY:
        return address or ""
    if engine == INLINE:
        return _of_one_process(address)
    if address in {None, "auto"}:
        return _from_environment() or address or ""
    if not _is_own(address):
        msg = (
            f"init(address={address!r}) asks for a cluster, but raylite runs on this machine. "
            f"Write init(), or init({address!r}, engine='ray') to run on Ray itself."
        )
        raise ConnectionError(msg)
    return str(address)


def _of_one_process(address: str | None) -> str:
    if address not in {None, "local"}:
        msg = (
            f"init(address={address!r}, engine={INLINE!r}): one process has nothing to join. Leave "
            "the address or the engine out."
        )
        raise ConnectionError(msg)
    return "local"


def _from_environment() -> str:
    own = os.environ.get(_OWN, "")
    if own:
        if _is_own(own):
            return own
        msg = (
            f"The environment says {_OWN}={own}, which is no address of raylite's: write 'auto', "
            "'local', or the folder that `raylite start --head` has named."
        )
        raise ConnectionError(msg)
    rays = os.environ.get(_RAYS, "")
    if rays and not _is_own(rays):
        _LOG.warning("raylite: %s=%s names a cluster of Ray's, and is not used.", _RAYS, rays)
        return ""
    return rays


def _is_own(address: str) -> bool:
    return address in {"auto", "local"} or address.startswith("/")
