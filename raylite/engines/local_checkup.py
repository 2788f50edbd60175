"""Facts about this machine that ``raylite doctor`` judges: what there is, and what was left behind.

In Ray: nothing like it. Each fact is looked up by itself, and None says that this system does not
tell. Nothing is changed.
"""

import fcntl
import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from raylite._core.common.record import Record
from raylite._core.node import runtime_address
from raylite._core.node.session_folder import PREFIX, runtime_folder
from raylite._core.object_store.room import memory_limits
from raylite._core.rpc.cpus import cpu_count

__all__ = ["MachineFacts", "look"]

_SHM: Final = "/dev/shm"  # noqa: S108  # where sessions keep large values
_TEMP: Final = "/tmp"  # noqa: S108  # where they keep their sockets, unless TMPDIR says otherwise
_HEAD: Final = "raylite._core.node.head_main"
_FORK_SERVER: Final = "raylite-fork-server"
_INIT: Final = 1


class MachineFacts(Record):
    """What was found."""

    num_cpus: int | None
    """That this process may use."""
    num_machine_cpus: int | None
    memory_limit: int | None
    """Bytes of the machine or of the container, whichever is less."""
    memory_free: int | None
    """Bytes that could be had at the moment."""
    shm_size: int | None
    """Bytes of ``/dev/shm``; None where there is none."""
    shm_free: int | None
    temp_folder: str
    temp_free: int | None
    open_files: int | None
    """How many files a process may have open."""
    abandoned: tuple[str, ...] | None
    """Folders of sessions that nobody uses any more."""
    strays: tuple[int, ...] | None
    """Processes of sessions whose driver or head is gone."""
    runtime_pid: int | None
    """The head of the runtime that ``raylite start`` has begun, if it runs."""


def look() -> MachineFacts:
    """Look everything up. Never raises."""
    limit, free = _memory()
    shm, temp = _usage(_SHM), _usage(_temp_folder())
    runtime_pid = _or_none(_runtime_pid)
    return MachineFacts(
        num_cpus=_or_none(cpu_count),
        num_machine_cpus=os.cpu_count(),
        memory_limit=limit,
        memory_free=free,
        shm_size=shm and shm[0],
        shm_free=shm and shm[1],
        temp_folder=_temp_folder(),
        temp_free=temp and temp[1],
        open_files=_or_none(_open_files),
        abandoned=_or_none(_abandoned),
        strays=_or_none(lambda: _strays(runtime_pid)),
        runtime_pid=runtime_pid,
    )


def _or_none(find: Callable[[], Any]) -> Any:
    try:
        return find()
    except Exception:  # Whatever a system has that is unlike others.
        return None


def _memory() -> tuple[int | None, int | None]:
    rooms = _or_none(lambda: [limit.now() for limit in memory_limits()]) or []
    known = [room for room in rooms if room.limit > 0]
    if not known:
        return None, None
    return min(room.limit for room in known), max(min(room.free for room in known), 0)


def _usage(folder: str) -> tuple[int, int] | None:
    if not os.access(folder, os.W_OK):
        return None
    found = _or_none(lambda: shutil.disk_usage(folder))
    return None if found is None else (found.total, found.free)


def _temp_folder() -> str:
    return str(Path(runtime_folder()).parent)


def _open_files() -> int | None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def _runtime_pid() -> int | None:
    folder = runtime_folder()
    if not Path(folder).exists() or not runtime_address.is_claimed(folder):
        return None
    found = runtime_address.find(folder)
    return None if found is None else found.pid


def _abandoned() -> tuple[str, ...]:
    bases = {Path(_temp_folder()), Path(_TEMP), Path(_SHM)}
    found = [folder for base in bases for folder in base.glob(f"{PREFIX}*")]
    return tuple(sorted(str(folder) for folder in found if _is_abandoned(folder)))


def _is_abandoned(folder: Path) -> bool:
    try:
        if folder.lstat().st_uid != os.getuid() or str(folder) == runtime_folder():
            return False
        fd = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:  # Gone meanwhile, or about to be made.
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(fd)


def _strays(runtime_pid: int | None) -> tuple[int, ...]:
    """Heads without a driver, and what is below no head."""
    parents, heads, workers = _processes()
    strays = []
    for pid in heads:
        parent = parents.get(pid, _INIT)
        has_driver = parent in parents and (parent != _INIT or os.getpid() == _INIT)
        if pid != runtime_pid and not has_driver:
            strays.append(pid)
    for pid in workers:
        above = pid
        while above in parents and above not in heads:
            above = parents[above]
        if above not in heads:
            strays.append(pid)
    return tuple(sorted(strays))


def _processes() -> tuple[dict[int, int], set[int], set[int]]:
    """The parent of each process, the heads among them, and fork servers with their workers."""
    parents: dict[int, int] = {}
    heads, workers = set(), set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if folder.stat().st_uid != os.getuid():
                continue
            line = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
            stat = (folder / "stat").read_text("utf-8", "replace")
        except OSError:  # It has ended meanwhile.
            continue
        pid, state, parent = int(folder.name), *stat.rpartition(")")[2].split()[:2]
        parents[pid] = int(parent)
        if state != "Z" and _HEAD in line:
            heads.add(pid)
        elif state != "Z" and _FORK_SERVER in line:
            workers.add(pid)
    return parents, heads, workers
