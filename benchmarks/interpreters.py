"""Find an interpreter for each peer: what the command line names, .cache/peers, or this one."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.systems import RAYLITE, SYSTEMS, System

INSTALLED = Path(__file__).parent.parent / ".cache" / "peers" / "bin" / "python"
"""Where ``make bench PEERS=1`` puts them."""
LOOK_S = 60
_VERSIONS = """
import importlib.metadata, json, sys
found = {}
for package in sys.argv[1:]:
    try:
        found[package] = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


class NoSuchInterpreterError(Exception):
    """An interpreter named on the command line cannot be run, or lacks the peer it is for."""


def versions(python: str, packages: Iterable[str]) -> dict[str, str]:
    """Which of the packages an interpreter has, and their versions.

    Raises:
        NoSuchInterpreterError: It cannot be run.
    """
    command = [python, "-c", _VERSIONS, *packages]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LOOK_S)
    except (OSError, subprocess.SubprocessError) as error:
        message = f"{python} cannot be run as a Python interpreter: {error}"
        raise NoSuchInterpreterError(message) from None
    found: dict[str, str] = json.loads(done.stdout)
    return found


def find(
    systems: Iterable[System], named: Mapping[str, str], everything: str
) -> tuple[dict[str, str], dict[str, str]]:
    """An interpreter for each system that has one, and the packages' versions.

    Args:
        systems: whom to look for.
        named: interpreters by system; ``none`` leaves it out.
        everything: one for all peers that are not named; empty for none.

    Raises:
        NoSuchInterpreterError: A named interpreter cannot be run, or lacks its peer.
    """
    named = {key: python if python == "none" else _path(python) for key, python in named.items()}
    candidates = [_path(everything)] if everything else []
    candidates += [str(INSTALLED)] if INSTALLED.exists() else []
    candidates.append(sys.executable)
    packages = [system.package for system in SYSTEMS.values() if system.package]
    has = {
        python: versions(python, packages) for python in {*candidates, *named.values()} - {"none"}
    }
    pythons: dict[str, str] = {}
    found: dict[str, str] = {}
    for system in systems:
        python = named.get(system.key, "")
        if python == "none":
            continue
        # raylite is in this folder, wherever else it is installed.
        needed = "" if system is RAYLITE else system.package
        if python and needed and needed not in has[python]:
            message = f"{python} has no {needed}, which {system.key} needs."
            raise NoSuchInterpreterError(message)
        for choice in [python] if python else _choices(system, candidates):
            if not needed or needed in has[choice]:
                pythons[system.key] = choice
                found |= {needed: has[choice][needed]} if needed else {}
                break
    return pythons, found


def _path(python: str) -> str:
    """Where an interpreter is that was named by a path from here, or by its name alone."""
    # Not resolved: an environment is known by the place of the link in it.
    return str(Path(shutil.which(python) or python).absolute())


def _choices(system: System, candidates: list[str]) -> list[str]:
    """What came with raylite is measured with this interpreter."""
    own = system is RAYLITE or system.package in {"", "loky"}
    return candidates[::-1] if own else candidates
