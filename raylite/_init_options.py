"""The keywords of ``init``: which are checked, which are merely noted, and which are unknown.

In Ray: ``ray.init`` in ``python/ray/_private/worker.py``. Ray's keywords that have no meaning on
one machine are accepted, so that a program need not be changed to run here, with a note.
"""

import importlib
import logging
from collections.abc import Mapping
from typing import Any, Final

from raylite._engine_choice import RAY
from raylite._init_address import checked_address
from raylite._store_options import checked_store_memory
from raylite.engines.base import EngineConfig

__all__ = ["check_init", "checked_namespace", "checked_resources", "note_ignored", "whole_number"]

_LOG = logging.getLogger("raylite")

_NO_DASHBOARD = "raylite shows what happens in the notebook, not in a dashboard"
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
    "_metrics_export_port": ((), _NO_DASHBOARD),
    "_node_ip_address": (("127.0.0.1",), _ONE_MACHINE),
    "_node_name": ((), _ONE_MACHINE),
    "_object_store_memory": ((), _OWN_STORE),
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
    "logging_config": ((), _OWN_LOG),
    "logging_format": ((), _OWN_LOG),
    "proxy_server_url": ((), _NO_DASHBOARD),
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
    engine: str,
    address: str | None,
    num_cpus: int | None,
    num_gpus: int | None,
    resources: Mapping[str, float] | None,
    object_store_memory: int | None,
    namespace: str | None,
    log_to_driver: bool | None,
    logging_level: int | str | None,
    runtime_env: Mapping[str, Any] | None,
) -> EngineConfig:
    """Refuse what is wrong, and give the rest as the engine wants it.

    Raises:
        TypeError: for a value of the wrong type.
        ValueError: for a value out of range.
        ConnectionError: for the address of a cluster, but on the engine that is for clusters.
    """
    checked = checked_address(address, engine)
    of_new_session = {
        "num_cpus": num_cpus,
        "num_gpus": num_gpus,
        "resources": resources,
        "object_store_memory": object_store_memory,
    }
    return EngineConfig(
        engine=engine,
        address=checked,
        of_new_session=tuple(name for name, value in of_new_session.items() if value is not None),
        num_cpus=whole_number("num_cpus", num_cpus),
        num_gpus=whole_number("num_gpus", num_gpus) or 0,
        resources=checked_resources(resources),
        object_store_memory=checked_store_memory(object_store_memory),
        namespace=checked_namespace(namespace),
        log_to_driver=log_to_driver is not False,
        logging_level=_level(logging_level),
        **(_environment_of(runtime_env, engine) if runtime_env else {}),
    )


def _environment_of(runtime_env: Mapping[str, Any], engine: str) -> dict[str, Any]:
    if engine == RAY:
        return {"of_ray": {"runtime_env": runtime_env}}
    of_runtime_env = importlib.import_module("raylite._runtime_env")  # Most sessions do without.
    of_runtime_env.check_runtime_env(runtime_env, of_job=True)
    return {
        "environment": of_runtime_env.environment_of(runtime_env),
        "excludes": of_runtime_env.excludes_of(runtime_env),
    }


def whole_number(name: str, value: float | None) -> int | None:
    """A whole number of 0 or more, or None.

    Raises:
        TypeError: for what is no number.
        ValueError: for one below zero, and for fractions.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"{name}={value!r}: this has to be a number, and is {type(value).__name__}."
        raise TypeError(msg)
    if value < 0:
        msg = f"{name}={value!r}: a quantity cannot be negative."
        raise ValueError(msg)
    if value != int(value):
        msg = f"{name}={value!r}: this has to be a whole number. Tasks may ask for parts."
        raise ValueError(msg)
    return int(value)


def checked_resources(resources: Any) -> dict[str, float]:
    """Quantities of resources as the user gave them.

    Raises:
        TypeError: for what is no dictionary of numbers.
        ValueError: for a name that has a keyword of its own, and for a quantity below zero.
    """
    if resources is not None and not isinstance(resources, Mapping):
        msg = f"resources={resources!r}: this has to be a dictionary, as {{'camera': 1}}."
        raise TypeError(msg)
    checked: dict[str, float] = {}
    for name, quantity in (resources or {}).items():
        if name in {"CPU", "GPU", "memory", "object_store_memory"}:
            msg = f"resources=...: {name!r} has a keyword of its own, such as num_cpus."
            raise ValueError(msg)
        if isinstance(quantity, bool) or not isinstance(quantity, int | float):
            msg = f"resources=...: the quantity of {name!r} has to be a number."
            raise TypeError(msg)
        if quantity < 0:
            msg = f"resources=...: the quantity of {name!r} is {quantity}, below zero."
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
