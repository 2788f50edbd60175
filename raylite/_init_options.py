"""The keywords of ``init``: which are checked, which are merely noted, and which are unknown.

In Ray: ``ray.init`` in ``python/ray/_private/worker.py``. Ray's keywords that have no meaning on
one machine are accepted, so that a program need not be changed to run here, with a note.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from raylite.engines.base import EngineConfig

__all__ = ["check_init", "checked_namespace", "note_ignored"]

_LOG = logging.getLogger("raylite")

_LEAST_STORE_BYTES: Final = 1 << 20
_NO_DASHBOARD = "raylite shows what happens in the notebook, not in a dashboard"
_NO_LIMIT: Final = "large objects use what room there is in memory, and then the disk"
_OWN_STORE = "raylite finds room for large objects by itself"
_OWN_LOG = "log lines go through Python's logging, under the name 'raylite'"
_ONE_MACHINE = "all of raylite runs on this one machine"
_SAME_ENVIRONMENT = "workers run in the driver's own environment: install packages there"

_IGNORED: Final[Mapping[str, tuple[tuple[Any, ...], str]]] = {
    # Name: values that ask for what is so anyway, and why others change nothing.
    "_cluster_id": ((), _ONE_MACHINE),
    "_driver_object_store_memory": ((), _OWN_STORE),
    "_enable_object_reconstruction": ((False,), "a lost object is not made again"),
    "_lru_evict": ((False,), _OWN_STORE),
    "_max_cpus": ((), "workers are as many as the tasks need"),
    "_memory": ((), "memory is not handed out"),
    "_metrics_export_port": ((), _NO_DASHBOARD),
    "_node_ip_address": (("127.0.0.1",), _ONE_MACHINE),
    "_node_name": ((), _ONE_MACHINE),
    "_object_spilling_directory": ((), _OWN_STORE),
    "_object_store_memory": ((), _OWN_STORE),
    "object_store_memory": ((), _NO_LIMIT),
    "_plasma_directory": ((), _OWN_STORE),
    "_redis_max_memory": ((), _ONE_MACHINE),
    "_redis_password": ((), _ONE_MACHINE),
    "_redis_username": ((), _ONE_MACHINE),
    "_skip_env_hook": ((False, True), _SAME_ENVIRONMENT),
    "_system_config": (({},), "there is nothing in it that raylite has"),
    "_temp_dir": ((), "a session's files lie where there is room, and go with it"),
    "_tracing_startup_hook": ((), _NO_DASHBOARD),
    "allow_multiple": ((False,), _ONE_MACHINE),
    "cgroup_path": ((), _ONE_MACHINE),
    "configure_logging": ((True,), _OWN_LOG),
    "dashboard_host": (("127.0.0.1", "localhost"), _NO_DASHBOARD),
    "dashboard_port": ((), _NO_DASHBOARD),
    "enable_resource_isolation": ((False,), _ONE_MACHINE),
    "include_dashboard": ((False,), _NO_DASHBOARD),
    "job_config": ((), _SAME_ENVIRONMENT),
    "labels": (({},), _ONE_MACHINE),
    "logging_config": ((), _OWN_LOG),
    "logging_format": ((), _OWN_LOG),
    "proxy_server_url": ((), _NO_DASHBOARD),
    "runtime_env": (({},), _SAME_ENVIRONMENT),
    "storage": ((), _ONE_MACHINE),
    "system_reserved_cpu": ((), _ONE_MACHINE),
    "system_reserved_memory": ((), _ONE_MACHINE),
}

_noted: set[str] = set()


def note_ignored(keywords: Mapping[str, Any]) -> None:
    """Say of each keyword that has no effect here that it has none, once in a process.

    Raises:
        RuntimeError: for a keyword that Ray's ``init`` does not know either.
    """
    unknown = sorted(keywords.keys() - _IGNORED.keys())
    if unknown:
        msg = f"init() got unknown keyword arguments: {', '.join(unknown)}."
        raise RuntimeError(msg)
    for name, value in keywords.items():
        harmless, why = _IGNORED[name]
        if value is None or value in harmless or name in _noted:
            continue
        _noted.add(name)
        _LOG.warning("raylite: init(%s=...) has no effect here: %s.", name, why)


def check_init(
    *,
    address: str | None,
    num_cpus: int | None,
    num_gpus: int | None,
    resources: Mapping[str, float] | None,
    object_store_memory: int | None,
    namespace: str | None,
    local_mode: bool,
    log_to_driver: bool | None,
    logging_level: int | str | None,
) -> EngineConfig:
    """Refuse what is wrong, and give the rest as the engine wants it.

    Raises:
        TypeError: for a value of the wrong type.
        ValueError: for a value out of range.
        ConnectionError: for the address of a cluster.
        RuntimeError: for ``local_mode``, which Ray has given up as well.
    """
    _check_address(address)
    if local_mode:
        msg = (
            "init(local_mode=True) does not exist in this version of raylite. To debug with "
            "breakpoints, call the plain function or class without @ray.remote."
        )
        raise RuntimeError(msg)
    store = _whole_number("object_store_memory", object_store_memory)
    if store is not None and store < _LEAST_STORE_BYTES:
        msg = f"object_store_memory={store} bytes is too little: give {_LEAST_STORE_BYTES} or more."
        raise ValueError(msg)
    return EngineConfig(
        num_cpus=_whole_number("num_cpus", num_cpus),
        num_gpus=_whole_number("num_gpus", num_gpus) or 0,
        resources=_checked_resources(resources),
        namespace=checked_namespace(namespace),
        log_to_driver=log_to_driver is not False,
        logging_level=_level(logging_level),
    )


def _check_address(address: Any) -> None:
    if address is not None and not isinstance(address, str):
        msg = f"init({address!r}): the address has to be a text. For CPUs write init(num_cpus=...)."
        raise TypeError(msg)
    if address not in {None, "", "local", "auto"}:
        msg = (
            f"init(address={address!r}) asks for a cluster, but raylite runs on this machine. "
            "Write init(), or use Ray itself for a cluster."
        )
        raise ConnectionError(msg)
    if address == "auto":
        msg = (
            "init(address='auto') asks for a session that is running already, and there is none "
            "that could be joined. Write init() to start one."
        )
        raise ConnectionError(msg)


def _whole_number(name: str, value: float | None) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"init({name}={value!r}): this has to be a number, and is {type(value).__name__}."
        raise TypeError(msg)
    if value < 0:
        msg = f"init({name}={value!r}): a quantity cannot be negative."
        raise ValueError(msg)
    if value != int(value):
        msg = f"init({name}={value!r}): this has to be a whole number. Tasks may ask for parts."
        raise ValueError(msg)
    return int(value)


def _checked_resources(resources: Any) -> dict[str, float]:
    if resources is not None and not isinstance(resources, Mapping):
        msg = f"init(resources={resources!r}): this has to be a dictionary, as {{'camera': 1}}."
        raise TypeError(msg)
    checked: dict[str, float] = {}
    for name, quantity in (resources or {}).items():
        if name in {"CPU", "GPU", "memory", "object_store_memory"}:
            msg = f"init(resources=...): {name!r} has a keyword of its own, such as num_cpus."
            raise ValueError(msg)
        if isinstance(quantity, bool) or not isinstance(quantity, int | float):
            msg = f"init(resources=...): the quantity of {name!r} has to be a number."
            raise TypeError(msg)
        if quantity < 0:
            msg = f"init(resources=...): the quantity of {name!r} is {quantity}, below zero."
            raise ValueError(msg)
        checked[name] = float(quantity)
    return checked


def checked_namespace(namespace: Any) -> str | None:
    """A namespace as the user gave it.

    Raises:
        TypeError: if it is no text.
        ValueError: if it is empty.
    """
    if namespace is not None and not isinstance(namespace, str):
        msg = f"namespace={namespace!r} has to be a text or None."
        raise TypeError(msg)
    if namespace == "":
        msg = 'namespace="" is not valid: leave it out for the namespace of the session.'
        raise ValueError(msg)
    return namespace


def _level(level: int | str | None) -> int:
    if level is None:
        return logging.INFO
    if isinstance(level, int):
        return level
    number = logging.getLevelNamesMapping().get(str(level).upper())
    if number is None:
        msg = f"logging_level={level!r}: write one of 'debug', 'info', 'warning', 'error'."
        raise ValueError(msg)
    return number
