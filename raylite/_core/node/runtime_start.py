"""Beginning a runtime that many drivers share, and that outlives whoever began it.

In Ray: ``ray start --head`` in ``python/ray/scripts/scripts.py``. Left out here: ports, and nodes
on other machines.
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from raylite._core.common.ids import WORKER_ID_BYTES, NodeID
from raylite._core.common.resources import ResourceSet
from raylite._core.common.session import SessionAddress
from raylite._core.node.head_config import NO_LABELS, HeadConfig, wants_task_events
from raylite._core.node.head_process import HeadProcess
from raylite._core.node.runtime_address import RuntimeAddress, claim, find, withdraw_own
from raylite._core.node.session_folder import (
    ANY_STORE,
    StorePlace,
    make_session,
    remove_folders,
    runtime_folder,
)

__all__ = ["start_runtime"]

_START_S: Final = 30.0
_PAUSE_S: Final = 0.005
_LOG: Final = "head.log"


def start_runtime(
    total: ResourceSet,
    labels: Mapping[str, str] = NO_LABELS,
    store: StorePlace = ANY_STORE,
) -> RuntimeAddress | None:
    """Start a runtime and wait until drivers can join it.

    Args:
        total: what its node has.
        labels: the node's.
        store: where large objects are to lie, and how much they may take.

    Returns:
        Where it is; None if this user has a runtime already.

    Raises:
        OSError: if its folders cannot be made, or another user has taken their name.
        RuntimeError: if its head does not come up; the text says what the head has written.
        KeyboardInterrupt: if Ctrl-C was pressed; then nothing of it stays.
    """
    folder = runtime_folder()
    claim_fd = claim(folder)
    if claim_fd is None:
        return None
    try:
        return _started(folder, claim_fd, total, labels, make_session(store))
    except BaseException:
        withdraw_own(folder)
        raise
    finally:
        os.close(claim_fd)


def _started(
    folder: str,
    claim_fd: int,
    total: ResourceSet,
    labels: Mapping[str, str],
    made: tuple[SessionAddress, list[int]],
) -> RuntimeAddress:
    session, locks = made
    config = HeadConfig(
        session=session,
        total=total,
        node_id=NodeID(os.urandom(WORKER_ID_BYTES).hex()),
        labels=labels,
        driver_pid=None,
        task_events=wants_task_events(),
    )
    try:
        return _with_head(folder, claim_fd, config)
    except BaseException:
        remove_folders(session)
        raise
    finally:
        for fd in locks:
            os.close(fd)


def _with_head(folder: str, claim_fd: int, config: HeadConfig) -> RuntimeAddress:
    log = Path(config.session.folder) / _LOG
    head = HeadProcess(config, claim_fd=claim_fd, log_path=str(log))
    try:
        return _found(folder, head, log)
    except BaseException:
        head.kill()
        head.wait()
        raise


def _found(folder: str, head: HeadProcess, log: Path) -> RuntimeAddress:
    deadline_s = time.monotonic() + _START_S
    while head.is_alive() and time.monotonic() < deadline_s:
        found = find(folder)
        if found is not None:
            return found
        time.sleep(_PAUSE_S)
    msg = f"its head process did not come up.\n{_text_of(log)}"
    raise RuntimeError(msg)


def _text_of(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
