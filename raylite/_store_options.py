"""The keywords of ``init`` that say where large values lie, and how much they may take.

In Ray: ``determine_plasma_store_config`` in ``python/ray/_private/services.py``.
"""

import os
from typing import Any, Final

from raylite.engines.base import EngineConfig

__all__ = [
    "PLASMA",
    "SPILLING",
    "checked_folder",
    "checked_store_memory",
    "with_store_folders",
]

_LEAST_STORE_BYTES: Final = 75 << 20
_TRIAL_BYTES: Final = 6
PLASMA: Final = "_plasma_directory"
SPILLING: Final = "object_spilling_directory"


def checked_store_memory(value: Any) -> int | None:
    """The limit of the object store in bytes, or None.

    Raises:
        TypeError: for what is no number.
        ValueError: for less than Ray takes.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = (
            f"object_store_memory={value!r}: this has to be a number of bytes, such as "
            f"1_000_000_000, and is {type(value).__name__}."
        )
        raise TypeError(msg)
    if not value >= _LEAST_STORE_BYTES or value == float("inf"):
        msg = (
            f"object_store_memory={value!r}: a number of bytes, {_LEAST_STORE_BYTES:_} (75 MiB) "
            "or more. Leave it out for no limit but the room there is."
        )
        raise ValueError(msg)
    return int(value)


def with_store_folders(config: EngineConfig, keywords: dict[str, Any]) -> EngineConfig:
    """What ``init`` was told, together with the folders for large values.

    Args:
        config: without them.
        keywords: further ones, out of which two are taken. ``_plasma_directory``, for values in
            memory, has to be there; None: ``/dev/shm``, if this machine has it.
            ``object_spilling_directory``, for those that find no room there, is made; None: that
            for temporary files.

    Raises:
        TypeError: if one is no path.
        ValueError: if one is no folder, or cannot be written.
    """
    given = {name: keywords.pop(name, None) for name in (PLASMA, SPILLING)}
    names = tuple(name for name, value in given.items() if value is not None)
    if not names:
        return config
    folders = {name: checked_folder(name, given[name]) for name in names}
    return config.replaced(
        plasma_directory=folders.get(PLASMA, ""),
        spilling_directory=folders.get(SPILLING, ""),
        of_new_session=(*config.of_new_session, *names),
    )


def checked_folder(name: str, value: Any) -> str:
    """A folder for large values, as an absolute path.

    Args:
        name: the keyword it was given for, :data:`PLASMA` or :data:`SPILLING`.
        value: what was given.

    Raises:
        TypeError: if it is no path.
        ValueError: if it is no folder, or cannot be written.
    """
    if not isinstance(value, str | os.PathLike) or not str(value):
        msg = f"{name}={value!r} is no directory: it has to be a path, not {type(value).__name__}."
        raise (TypeError if name == PLASMA else ValueError)(msg)
    folder = os.path.abspath(value)  # noqa: PTH100  # Path would follow links.
    if name == SPILLING:
        try:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103  # Paths are texts here.
        except OSError as error:
            msg = f"{name}={value!r}: the folder cannot be made: {error.strerror}."
            raise ValueError(msg) from None
    if not os.path.isdir(folder):  # noqa: PTH112  # As above.
        msg = (
            f"{name}={value!r} does not exist or is not a directory. Name one that is there, or "
            "leave it out."
        )
        raise ValueError(msg)
    trial = f"{folder}/.raylite-{os.urandom(_TRIAL_BYTES).hex()}"
    try:
        os.mkdir(trial)  # noqa: PTH102  # As above.
        os.rmdir(trial)  # noqa: PTH106  # As above.
    except OSError as error:
        msg = f"{name}={value!r} cannot be written: {error.strerror}."
        raise ValueError(msg) from None
    return folder
