"""A session's folders without a session: stores of several processes, which are one."""

import os
import time
from pathlib import Path

import numpy as np

from raylite._core.common.ids import WorkerID
from raylite._core.common.session import SessionAddress
from raylite._core.object_store.ledger import make_ledger
from raylite._core.object_store.new_files import NoRoomError
from raylite._core.object_store.plasma import PlasmaStore
from raylite._core.object_store.serialization import dumps
from raylite.exceptions import ObjectStoreFullError

ANN, BOB, CEC = (WorkerID(letter * 32) for letter in "abc")
MB = 1 << 20


def names_in(folder: str) -> list[str]:
    return sorted(os.listdir(folder))  # noqa: PTH208  # Names, not paths.


class Guard:
    def enter(self) -> bool:
        return True

    def leave(self) -> None:
        pass


class Host:
    """Stands for the process; what is gone is what it is told."""

    def __init__(self) -> None:
        self.guard = Guard()
        self.num_pokes = 0
        self.gone: set[str] = set()
        self.restored: list[str] = []
        self.when_full = lambda: None
        self.store: PlasmaStore

    def poke(self) -> None:
        self.num_pokes += 1

    def wait_for_room(self, error: NoRoomError, since_s: float) -> None:
        assert time.monotonic() >= since_s
        self.when_full()
        if self.when_full.__name__ == "<lambda>":
            if error.limit_bytes is None:
                raise self.store.out_of_disk(error.size_bytes)
            raise ObjectStoreFullError(str(error))

    def restore_folders(self) -> bool:
        for folder in self.restored:
            Path(folder).mkdir(exist_ok=True)
        return bool(self.restored)

    def is_gone(self, process: str) -> bool:
        return process in self.gone


class Place:
    """The folders of a session, and the stores of its processes."""

    def __init__(self, base, limit: int | None = None) -> None:
        for name in ("memory", "disk"):
            (base / name).mkdir()
        self.session = SessionAddress(
            session_id="s",
            folder=str(base / "disk"),
            shm_folder=str(base / "memory"),
            spill_folder=str(base / "disk"),
            store_limit=limit,
            head_address="",
            key=b"",
            began_s=0.0,
        )
        if limit is not None:
            make_ledger(self.session.folder)
        self.hosts: dict[WorkerID, Host] = {}

    def store(self, worker_id: WorkerID) -> PlasmaStore:
        self.hosts[worker_id] = Host()
        store = PlasmaStore(self.session, worker_id, self.hosts[worker_id])
        self.hosts[worker_id].store = store
        return store

    def files(self) -> list[str]:
        return names_in(self.session.shm_folder)

    def on_disk(self) -> list[str]:
        return [name for name in names_in(self.session.folder) if len(name.split("-")[0]) == 12]


def put(store: PlasmaStore, value, owner=None):
    data, buffers, _ = dumps(value)
    return store.pack(data, buffers, owner)


def numbers(size: int = MB) -> np.ndarray:
    return np.arange(size, dtype=np.uint8)
