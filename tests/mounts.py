"""Mounts of a program's own: a ``/dev/shm`` as small as a test wants it, unseen by others."""

import shutil
import subprocess
from functools import cache

__all__ = ["own_mounts"]


@cache
def own_mounts() -> tuple[str, ...]:
    """The command that gives a program mounts of its own; empty where nobody may do that."""
    if shutil.which("unshare") is None:
        return ()
    for options in (("--mount",), ("--user", "--map-root-user", "--mount")):
        command = ("unshare", *options)
        probe = [*command, "mount", "-t", "tmpfs", "tmpfs", "/dev/shm"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return command
    return ()
