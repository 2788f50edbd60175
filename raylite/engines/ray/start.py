"""Beginning on Ray: start a Ray on this machine, or join one.

In Ray: ``init`` in ``python/ray/_private/worker.py``. What goes wrong is said in one sentence here,
and in bounded time; ray itself is loaded by :func:`start`, which says so where there is none.
"""

import contextlib
import importlib
import importlib.util
import logging
import os
import re
import warnings
from typing import Any, Final

from raylite._core.common.stand_in import is_standing_in
from raylite.engines.base import Engine, EngineConfig
from raylite.engines.ray.reached import CLIENT, check_reached

__all__ = ["TESTED_WITH", "start"]

TESTED_WITH: Final = "2.60"
"""The version of Ray that raylite's tests run on."""
_VERSIONS: Final = re.compile(r"Ray: (\S+)\s+Python: (\S+)")
_SIDES: Final = ("cluster", "program")
_TOKENS: Final = "ray._private.authentication.authentication_token_setup"


def start(config: EngineConfig) -> Engine:
    """Start a Ray, or join the one at the address, or the one this program has started itself.

    Args:
        config: what ``init`` was told.

    Raises:
        ImportError: if Ray is not installed.
        ConnectionError: if no Ray answers at the address.
        RuntimeError: if its Ray or its Python is of another version than this one, and where
            raylite stands in for Ray.
        ValueError: for what only raylite's own engine has: virtual nodes.
    """
    _check_config(config)
    ray = _ray()
    made: Any = importlib.import_module("raylite.engines.ray.engine")
    if ray.is_initialized():
        engine: Engine = made.RayEngine(config, is_driver=True, began=False)
        return engine
    address = _address(config)
    check_reached(_found(address, config))
    address_info = _init(ray, config, address)
    try:
        engine = made.RayEngine(config, is_driver=True, began=True, address_info=address_info)
    except BaseException:
        ray.shutdown()
        raise
    return engine


def _check_config(config: EngineConfig) -> None:
    if config.further_nodes:
        msg = (
            "init(nodes=..., engine='ray'): the nodes of a Ray are processes and machines of their "
            "own. Start each with `ray start`, and write init('auto', engine='ray') to join them."
        )
        raise ValueError(msg)


def _ray() -> Any:
    """Ray itself.

    Raises:
        ImportError: if it is not installed, or does not load.
    """
    if is_standing_in():
        msg = (
            "init(engine='ray'): here 'import ray' gives raylite, by install_as_ray() or by "
            "'python -m raylite', so Ray itself cannot be reached. Start the program as "
            "'python PROGRAM.py': it runs on Ray as it is."
        )
        raise RuntimeError(msg)
    if importlib.util.find_spec("ray") is None:
        msg = (
            "init(engine='ray'): Ray is not installed here. Install it with "
            "pip install 'raylite[ray]', or leave engine='ray' out to run on this machine alone."
        )
        raise ImportError(msg, name="ray")
    ray: Any = importlib.import_module("ray")
    if ray.__version__.rpartition(".")[0] != TESTED_WITH:
        warnings.warn(
            f"raylite was tested on Ray {TESTED_WITH}, and this is Ray {ray.__version__}: what is "
            "described of it may be different here.",
            stacklevel=2,
        )
    return ray


def _address(config: EngineConfig) -> str:
    """What was given, else what the environment says; without either, a Ray of one's own."""
    if config.address in {"", "auto"}:
        return os.environ.get("RAY_ADDRESS") or config.address or "local"
    return config.address


def _found(address: str, config: EngineConfig) -> str:
    """The host and port that ``auto`` means: of the Ray that was started here last.

    It may be gone, and leave its address behind.
    """
    if address != "auto":
        return address
    with contextlib.suppress(AttributeError, ConnectionError, ImportError):
        services: Any = importlib.import_module("ray._private.services")
        found = services.canonicalize_bootstrap_address(address, config.of_ray.get("_temp_dir"))
        return str(found or address)
    return address


def _init(ray: Any, config: EngineConfig, address: str) -> dict[str, Any]:
    if config.logging_level > logging.DEBUG:
        # It is told at each start that tokens are in use, which nobody has to do anything about.
        logging.getLogger(_TOKENS).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # What Ray warns of on its way to an error is in the error.
            warnings.simplefilter("ignore")
            context = ray.init(**_keywords(config, address))
    except ConnectionError as error:
        msg = (
            f"init(address={address!r}, engine='ray') found no running Ray: "
            f"{_first_line(error)} Start one with `ray start --head`, or leave the address out."
        )
        raise ConnectionError(msg) from None
    except ray.exceptions.AuthenticationError as error:
        msg = (
            f"init(address={address!r}, engine='ray'): the cluster wants a token, and this "
            f"program has another one or none ({_first_line(error)}). Put the cluster's into "
            "RAY_AUTH_TOKEN, or into ~/.ray/auth_token."
        )
        raise ConnectionError(msg) from None
    except RuntimeError as error:
        if "ersion" in str(error):
            raise RuntimeError(_other_version(address, error)) from None
        raise
    return dict(getattr(context, "address_info", None) or {})


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0]


def _other_version(address: str, error: RuntimeError) -> str:
    found = _VERSIONS.findall(str(error))
    if len(found) == len(_SIDES):  # Ray names the cluster's first, and then this program's.
        theirs, ours = (f"Ray {ray} on Python {python}" for ray, python in found)
        told = f"the cluster has {theirs}, and this program {ours}; both have to be the same."
    else:
        told = (
            "this program and the cluster have to be of the same version of Ray and of Python. "
            f"Ray says: {' '.join(str(error).split())}"
        )
    return (
        f"init(address={address!r}, engine='ray'): {told} Run the program in an environment made "
        "like the cluster's."
    )


def _keywords(config: EngineConfig, address: str) -> dict[str, Any]:
    """What Ray's ``init`` is called with."""
    given: dict[str, Any] = {
        "address": address,
        "namespace": config.namespace,
        "log_to_driver": config.log_to_driver,
        **config.of_ray,
    }
    if "runtime_env" in given:
        options: Any = importlib.import_module("raylite.engines.ray.options")
        given["runtime_env"] = options.environment_for_ray(given["runtime_env"] or {})
    if address.startswith(CLIENT):
        del given["log_to_driver"]  # It would be its server's, whose driver has to hear.
    else:
        # Ray's own greeting is of no use here; what is wrong is still told.
        given.setdefault("logging_level", _level(config))
    given |= _of_new_session(config)
    if address == "local":
        given.setdefault("include_dashboard", False)
        # Rows of calls come four times a second instead of once, for the pictures.
        told = {"task_events_report_interval_ms": 250, **(given.get("_system_config") or {})}
        given["_system_config"] = told
    return {name: value for name, value in given.items() if value is not None}


def _level(config: EngineConfig) -> int:
    return logging.DEBUG if config.logging_level <= logging.DEBUG else logging.WARNING


def _of_new_session(config: EngineConfig) -> dict[str, Any]:
    values = {
        "num_cpus": config.num_cpus,
        "num_gpus": config.num_gpus,
        "resources": dict(config.resources),
        "object_store_memory": config.object_store_memory,
        "labels": dict(config.labels),
        "_memory": config.memory,
    }
    return {name: values[name] for name in config.of_new_session if name in values}
