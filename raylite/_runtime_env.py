"""``runtime_env``: what of it raylite has, and what is said of the rest.

In Ray: ``python/ray/_private/runtime_env/validation.py``. As there, a directory on this machine can
be named for the whole job alone, ``init(runtime_env={"working_dir": ...})``: tasks and actors have
it from the job, and may add environment variables.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from raylite import _engine
from raylite._core.common.environment import Environment
from raylite._engine_choice import runs_on_ray
from raylite._option_checks import UnsupportedError

__all__ = ["RuntimeEnv", "check_runtime_env", "environment_of", "excludes_of"]

_HAS_EFFECT: Final = frozenset({"env_vars", "working_dir"})
_WITHOUT_EFFECT: Final = frozenset({"config", "excludes"})
_SAME_PACKAGES: Final = "workers run in the driver's own environment, so install packages there."
_PLAIN_PROCESS: Final = "workers are processes of this machine, of the driver's own Python."
_ARCHIVES: Final = frozenset({".zip", ".jar", ".gz", ".tgz"})
_OF_RAY: Final[Mapping[str, str]] = {
    "conda": _SAME_PACKAGES,
    "pip": _SAME_PACKAGES,
    "uv": _SAME_PACKAGES,
    "py_modules": "workers find modules where the driver does: add the folder to sys.path there.",
    "container": _PLAIN_PROCESS,
    "image_uri": _PLAIN_PROCESS,
    "java_jars": _PLAIN_PROCESS,
    "mpi": _PLAIN_PROCESS,
    "py_executable": _PLAIN_PROCESS,
    "nsight": "there is no profiler; ray.timeline() has what took how long.",
    "rocprof_sys": "there is no profiler; ray.timeline() has what took how long.",
    "worker_process_setup_hook": "do it in the actor's __init__, or first in the task.",
}


class RuntimeEnv(dict[str, Any]):
    """A runtime environment by its keywords: ``RuntimeEnv(env_vars={"LEVEL": "3"})``.

    It is a dictionary, and a plain one will do wherever it is taken.

    Args:
        of_ray: keys and values. Those that are None are left out.

    Raises:
        TypeError: for a value of the wrong type.
        ValueError: for a value that makes no sense, or a key that raylite does not have.
    """

    def __init__(self, **of_ray: Any) -> None:
        super().__init__({key: value for key, value in of_ray.items() if value is not None})
        check_runtime_env(self, of_job=True)

    def to_dict(self) -> dict[str, Any]:
        """As a plain dictionary."""
        return dict(self)

    def env_vars(self) -> dict[str, str]:
        """The environment variables."""
        return dict(self.get("env_vars") or {})

    def working_dir(self) -> str:
        """The working directory; empty if there is none."""
        return str(self.get("working_dir") or "")

    def __reduce__(self) -> tuple[Any, ...]:
        return _without_check, (dict(self),)


def _without_check(values: dict[str, Any]) -> RuntimeEnv:
    made = RuntimeEnv()
    made.update(values)
    return made


def check_runtime_env(value: Any, *, of_job: bool) -> None:
    """Refuse what is wrong, and what raylite does not have. Ray itself has more.

    Args:
        value: as the user wrote it, or None.
        of_job: given to ``init``; otherwise for a task or an actor.

    Raises:
        TypeError: for a value of the wrong type.
        ValueError: for a value that makes no sense, or (UnsupportedError) is not supported.
    """
    if not value:
        return
    if not isinstance(value, Mapping):
        msg = (
            f"runtime_env={value!r} is of type {type(value).__name__}, but has to be a dictionary, "
            "as {'env_vars': {'LEVEL': '3'}}."
        )
        raise TypeError(msg)
    on_ray = runs_on_ray()
    for key, one in value.items():
        if one and key not in _HAS_EFFECT | _WITHOUT_EFFECT and not (on_ray and _is_rays(key)):
            raise UnsupportedError(_unsupported(key))
    if value.get("env_vars"):
        _check_env_vars(value["env_vars"])
    if value.get("working_dir") is not None:
        _check_working_dir(value["working_dir"], of_job=of_job, on_ray=on_ray)
    if value.get("excludes"):
        _check_excludes(value["excludes"])
    if value.get("config") is not None and not isinstance(value["config"], Mapping):
        raise TypeError(_wrong_type("config", value["config"], "a dictionary"))


def _is_rays(key: Any) -> bool:
    """Whether Ray has the key; of plugins it knows more than anybody here."""
    return key in _OF_RAY or "RAY_RUNTIME_ENV_PLUGINS" in os.environ


def environment_of(value: Mapping[str, Any]) -> Environment:
    """What a job is started with; ``value`` is checked."""
    folder = value.get("working_dir")
    return Environment(
        env_vars=dict(value.get("env_vars") or {}),
        # A driver may go elsewhere, but means the place where it said so.
        working_dir=str(Path(folder).absolute()) if folder else "",
    )


def excludes_of(value: Mapping[str, Any]) -> tuple[str, ...]:
    """What is left out of the copy of the working directory; ``value`` is checked."""
    return tuple(value.get("excludes") or ())


def _unsupported(key: Any) -> str:
    if key in _OF_RAY:
        return (
            f"runtime_env[{key!r}] is not supported by this version of raylite: {_OF_RAY[key]} "
            "The keys it has are 'env_vars' and 'working_dir'."
        )
    return (
        f"runtime_env has no key {key!r}; maybe it is misspelt. The keys that raylite has are "
        "'env_vars' and 'working_dir'."
    )


def _wrong_type(key: str, value: Any, expected: str) -> str:
    return (
        f"runtime_env[{key!r}]={value!r} is of type {type(value).__name__}, "
        f"but has to be {expected}."
    )


def _check_env_vars(env_vars: Any) -> None:
    if not isinstance(env_vars, Mapping):
        raise TypeError(_wrong_type("env_vars", env_vars, "a dictionary of texts"))
    for name, value in env_vars.items():
        for what, text in (("name", name), ("value", value)):
            if not isinstance(text, str):
                msg = (
                    f"runtime_env['env_vars'] has to be a dictionary of texts, but the {what} "
                    f"{text!r} is of type {type(text).__name__}. Write {str(text)!r}."
                )
                raise TypeError(msg)
        if not name or "=" in name or "\0" in name + value or not _can_be_told(name + value):
            msg = (
                f"runtime_env['env_vars'] has the variable {name!r}, and no process can have one "
                "of that name and value: a name is not empty, and has no '=' in it."
            )
            raise ValueError(msg)


def _can_be_told(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


def _check_working_dir(folder: Any, *, of_job: bool, on_ray: bool) -> None:
    if not isinstance(folder, (str, Path) if of_job else str):
        raise TypeError(_wrong_type("working_dir", folder, "a text"))
    if on_ray and ("://" in str(folder) or Path(folder).suffix in _ARCHIVES):
        return
    if "://" in str(folder):
        msg = (
            f"runtime_env['working_dir']={folder!r}: nothing is downloaded by this version of "
            "raylite. Unpack it on this machine, and give init() the directory."
        )
        raise UnsupportedError(msg)
    if not str(folder) or not Path(folder).is_dir():
        msg = (
            f"runtime_env['working_dir']={str(folder)!r} is not a valid path: it must be an "
            "existing directory."
        )
        raise ValueError(msg)
    if not of_job and not _is_this_jobs(str(folder)):
        msg = (
            f"runtime_env['working_dir']={folder!r}: a directory of this machine can be given at "
            "the job level only, init(runtime_env={'working_dir': ...}); all tasks and actors "
            "then run in a copy of it."
        )
        raise ValueError(msg)


def _is_this_jobs(folder: str) -> bool:
    """Whether it has come from ``get_runtime_context().runtime_env``: then it is so anyway."""
    engine = _engine.get_or_none()
    return engine is not None and engine.facts().environment.working_dir == folder


def _check_excludes(excludes: Any) -> None:
    if not isinstance(excludes, list | tuple) or not all(isinstance(x, str) for x in excludes):
        raise TypeError(_wrong_type("excludes", excludes, "a list of texts"))
