"""What a process tells when the head asks all of them: its objects, calls and metrics.

In Ray: ``CoreWorker::HandleGetCoreWorkerStats`` in ``src/ray/core_worker/core_worker.cc``.

No table is kept for this. Most objects are freed by Python without any bookkeeping, and that is to
stay so: whoever asks pays, by a walk over all that Python's garbage collector knows.
"""

import gc
import os
from typing import Any, Final

from raylite._core.common.object_ref import ObjectRef
from raylite._core.core_worker.call_sites import described
from raylite._core.core_worker.entries import BorrowedEntry, Entry, HandleEntry, OwnedEntry
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.core_worker.task_submission.item_stream import NextItem
from raylite._core.object_store.plasma import size_of
from raylite._core.object_store.serialization import IN_FILE
from raylite._core.rpc.report_messages import AskForReport, Report

__all__ = ["answer"]

_ENTRY: Final = ("home", "payload", "contained")
_FIELDS: Final[dict[type, tuple[str, ...]]] = {
    OwnedEntry: (*_ENTRY, "seq", "index", "site"),
    NextItem: (*_ENTRY, "seq", "index", "site"),
    HandleEntry: (*_ENTRY, "seq", "index", "site", "actor_id"),
    BorrowedEntry: (*_ENTRY, "_object_id", "owner_id"),
    ObjectRef: ("_entry",),
    PendingCall: ("seq", "entries", "deps", "contained", "parent", "task_options"),
}
"""What is looked at, and what of it has to be there."""


def answer(core: Any, question: AskForReport) -> Report:
    """What the head wants to know."""
    rows: list[dict[str, Any]] = []
    if not core.news.is_welcome():
        return Report(number=question.number, rows=rows)  # It has just begun, and has nothing.
    match question.what:
        case "objects":
            rows = _Census(core).objects()
        case "calls":
            core.task_events.flush()
            rows = _Census(core).calls()
        case "metrics":
            core.metrics.flush()  # On the same connection, so it arrives ahead of the answer.
    return Report(number=question.number, rows=rows)


class _Census:
    """The entries, refs and calls of the process at this moment.

    Args:
        core: the process's core worker.
    """

    def __init__(self, core: Any) -> None:
        self._core = core
        self._memory = core.address_info()["object_store_address"]
        self._sent = core.peers.unanswered()
        self._entries: list[Entry] = []
        self._calls: dict[int, PendingCall] = {}
        refs: list[ObjectRef[Any]] = []
        for thing in gc.get_objects():
            kind = type(thing)  # Not isinstance, which a user's __class__ can make do anything.
            if kind not in _FIELDS or not all(hasattr(thing, name) for name in _FIELDS[kind]):
                continue  # Not ours, or another thread is about to make it.
            if kind is ObjectRef:
                refs.append(thing)
            elif kind is not PendingCall:
                self._entries.append(thing)
            elif _is_pending(thing, self._sent):
                self._calls[thing.seq] = thing
        self._local = {id(ref._entry) for ref in refs}  # noqa: SLF001  # The entry behind a ref is the core's own.
        self._used = {
            id(entry)
            for call in self._calls.values()
            for entry in [*(call.deps or ()), *(call.contained or ())]
        }
        self._used |= {
            id(entry) for client in core.clients() for entry in _kept_for_restarts(client)
        }
        self._captured = {id(entry) for outer in self._entries for entry in outer.contained or ()}

    def objects(self) -> list[dict[str, Any]]:
        """One row an object that this process has a ref to, or keeps for others."""
        core: Any = self._core
        kind_of_process = "DRIVER" if core.facts().is_driver else "WORKER"
        kept, borrowers = core.ownership.kept(), core.ownership.borrowers
        own_id = core.worker_id
        rows = []
        for entry in self._entries:
            kind = self._reference_type(entry, kept)
            if entry.home is core and kind is not None:
                object_id = entry.object_id
                rows.append(
                    {
                        "object_id": object_id.hex(),
                        "object_size": _size_of(entry),
                        "task_status": self._status(entry),
                        "reference_type": kind,
                        "type": kind_of_process,
                        "pid": os.getpid(),
                        "owner_id": getattr(entry, "owner_id", own_id),
                        "borrower_ids": sorted(borrowers(object_id)),
                        "stored": self._stored(entry),
                        "site": self._site(entry),
                    }
                )
        return rows

    def calls(self) -> list[dict[str, Any]]:
        """One row a call that was submitted here and has not ended."""
        prefix = self._core.object_prefix.hex()
        return [
            {
                "task_id": f"{prefix}{call.seq:016x}",
                "name": call.name,
                "actor_id": getattr(call.submitter, "actor_id", None),
                "owner_id": self._core.worker_id,
                "parent_task_id": call.parent.task_id if call.parent is not None else None,
                "state": self._state(call),
                "submitted_s": call.submitted_s,
                "required_resources": (
                    dict(call.task_options.resources) if call.task_options is not None else {}
                ),
            }
            for call in self._calls.values()
        ]

    def _reference_type(self, entry: Entry, kept: frozenset[int]) -> str | None:
        if type(entry) is HandleEntry:
            return "ACTOR_HANDLE"
        if type(entry) is NextItem:
            return None
        found = [
            ("USED_BY_PENDING_TASK", self._used),
            ("LOCAL_REFERENCE", self._local),
            ("CAPTURED_IN_OBJECT", self._captured),
            ("PINNED_IN_MEMORY", kept),
        ]
        kind = next((name for name, entries in found if id(entry) in entries), None)
        if kind is None and entry.payload is not None and isinstance(entry, OwnedEntry):
            kind = "PINNED_IN_MEMORY"  # By a reply on its way, or a generator.
        return kind

    def _stored(self, entry: Entry) -> str:
        """Where the value is; empty if there is none, or nobody here knows."""
        if entry.payload is None or isinstance(entry, (BorrowedEntry, HandleEntry)):
            return ""
        if entry.payload[0] != IN_FILE:
            return "INLINE"
        in_memory = entry.pin is not None and entry.pin.path.startswith(self._memory)
        return "MEMORY" if in_memory else "DISK"

    def _site(self, entry: Entry) -> tuple[str, str, int, str] | None:
        """What has made it, and the file, or notebook cell, the line and the function."""
        return described(entry.site) if isinstance(entry, OwnedEntry) else None

    def _status(self, entry: Entry) -> str:
        if not isinstance(entry, OwnedEntry):
            return "NIL"  # Its owner knows.
        if entry.payload is not None:
            return "FINISHED"
        call = self._calls.get(entry.seq)
        return "NIL" if call is None else self._state(call)

    def _state(self, call: PendingCall) -> str:
        if call.seq in self._sent:
            return "SUBMITTED_TO_WORKER"
        if any(entry.payload is None for entry in call.deps or ()):
            return "PENDING_ARGS_AVAIL"
        return "PENDING_NODE_ASSIGNMENT"


def _kept_for_restarts(client: Any) -> list[Entry]:
    """What the arguments of an actor's constructor refer to, as long as it may be run again."""
    if client.creation_refs is None:
        return []
    _, contained, creation, actor_class = client.creation_refs
    return [*(contained or ()), *(creation.deps or ()), *(actor_class.captured or ())]


def _size_of(entry: Entry) -> int:
    if entry.payload is None or type(entry) is HandleEntry:
        return -1
    return size_of(entry.payload)


def _is_pending(call: PendingCall, sent: frozenset[int]) -> bool:
    return call.seq in sent or any(entry.payload is None for entry in call.entries)
