"""Where a session is found, and what opens it."""

from raylite._core.common.record import Record

__all__ = ["SessionAddress"]


class SessionAddress(Record):
    """What a process must know to take part in a session."""

    session_id: str
    folder: str
    """The session's folder: its sockets. Mode 0700."""
    shm_folder: str
    """Where large objects lie in memory. Mode 0700. Where the system has no such place, and the
    user named none, the session's folder."""
    spill_folder: str
    """Where those lie that find no room there. Mode 0700. If the user named none, the session's
    folder."""
    store_limit: int | None = None
    """Bytes that all large objects may take together; None: as much as there is room for."""
    head_address: str
    key: bytes
    """Random; said first on every connection."""
    began_s: float
    """When the session began, on the machine's monotonic clock."""

    def socket_path(self, name: str) -> str:
        """Where a process of the session listens."""
        return f"{self.folder}/{name}.sock"
