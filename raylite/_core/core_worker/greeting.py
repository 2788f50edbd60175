"""What a process says first, on every connection."""

import os
import shlex
import sys
from pathlib import Path

from raylite._core.common.ids import WorkerID
from raylite._core.common.session import SessionAddress
from raylite._core.common.stand_in import is_standing_in
from raylite._core.rpc.peer_messages import Hello

__all__ = ["hello_of"]


def hello_of(session: SessionAddress, worker_id: WorkerID, role: str, namespace: str) -> Hello:
    """The hello of this process.

    Args:
        session: where it takes part.
        worker_id: its id.
        role: ``driver`` or ``worker``. A driver's modules are found where it finds them.
        namespace: of a driver.
    """
    is_driver = role == "driver"
    return Hello(
        key=session.key,
        worker_id=worker_id,
        pid=os.getpid(),
        role=role,
        address=session.socket_path(worker_id[:16]),
        import_path=tuple(sys.path) if is_driver else (),
        cwd=_cwd() if is_driver else "",
        namespace=namespace,
        entrypoint=shlex.join(sys.orig_argv) if is_driver else "",
        as_ray=is_driver and is_standing_in(),
    )


def _cwd() -> str:
    try:
        return str(Path.cwd())
    except OSError:  # Somebody has removed it.
        return ""
