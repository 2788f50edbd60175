"""What a worker process does with its environment, before any code of the user's is imported.

In Ray: ``python/ray/_private/runtime_env/context.py``, which starts a new interpreter. A forked
worker has begun already, so that what an interpreter reads at its start is done by hand here.
"""

import contextlib
import os
import re
import sys
import time
from collections.abc import Mapping
from typing import Final

from raylite._core.rpc.peer_messages import Welcome

__all__ = ["enter_environment"]

_UNKNOWN: Final = re.compile(r"\$\{[A-Z0-9_]+\}")


def enter_environment(welcome: Welcome) -> None:
    """Import as the driver does, and have the environment's directory and variables.

    Args:
        welcome: what the head has said.
    """
    environment = welcome.environment
    _import_from(welcome.import_path)
    if environment.env_vars:
        _set_variables(environment.env_vars)
    folder = environment.copied_to
    if folder:
        sys.path.insert(0, folder)
        inherited = os.environ.get("PYTHONPATH")
        # For the programs that the worker starts.
        os.environ["PYTHONPATH"] = os.pathsep.join([folder, inherited] if inherited else [folder])
    with contextlib.suppress(OSError):  # It may be gone, or be another user's.
        os.chdir(folder or welcome.cwd)


def _import_from(folders: tuple[str, ...]) -> None:
    known = set(sys.path)
    sys.path[:0] = [folder for folder in folders if folder not in known]


def _set_variables(env_vars: Mapping[str, str]) -> None:
    """Set them one after the other; each may name those before it, and what there was."""
    for name, value in env_vars.items():
        os.environ[name] = _UNKNOWN.sub("", os.path.expandvars(value))
    if "PYTHONPATH" in env_vars:
        _import_from(tuple(filter(None, os.environ["PYTHONPATH"].split(os.pathsep))))
    if "TZ" in env_vars:
        time.tzset()
