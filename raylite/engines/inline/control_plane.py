"""The GCS and the raylets, which decide here as they do elsewhere; workers are made of nothing.

In Ray: the GCS server and the raylet. The pure parts are the very same as in a session of
processes, and so are their events, tables and words. What differs is who carries out what they
decide: a worker that is to be started is there at once, and one that is to be ended is gone.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from raylite._core.common import messages as tell
from raylite._core.common.environment import Environment
from raylite._core.common.event_log import EventLog
from raylite._core.common.events import DriverStateChanged, Event
from raylite._core.common.ids import WORKER_ID_BYTES, NodeID, WorkerID
from raylite._core.common.label_selector import NODE_ID_LABEL
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.common.session import SessionAddress
from raylite._core.common.task_spec import WorkerExit
from raylite._core.gcs.gcs import Gcs
from raylite._core.node.cluster_requests import ClusterRequests
from raylite._core.node.head_actions import Actions
from raylite._core.node.head_config import wants_task_events
from raylite._core.node.head_messages import HeadMessages
from raylite._core.node.head_publisher import Publisher
from raylite._core.node.jobs import Job, Jobs
from raylite._core.node.machine import node_total
from raylite._core.node.state_tables import StateTables
from raylite._core.node.task_log import TaskLog
from raylite._core.raylet.cluster_lease_manager import ClusterLeaseManager
from raylite._core.rpc.codec import HEADER_BYTES
from raylite._core.rpc.cpus import cpu_count
from raylite._core.rpc.interrupt import InterruptGuard
from raylite._core.rpc.peer_messages import Hello
from raylite.engines.base import EngineConfig

__all__ = ["ControlPlane"]

_MAX_EXITS: Final = 256


class _PoolStatistics(Record):
    """How many workers there are; all of them are this process."""

    started: int
    alive: int


class _Place(Record):
    """Where a worker is."""

    node_id: NodeID
    env_key: str


class Asker:
    """Who asks, where elsewhere there is a connection.

    Args:
        peer_id: a worker, or the driver.
        answered: told what the answer is, if it comes later.
    """

    def __init__(self, peer_id: WorkerID, answered: Callable[[Any], None] | None = None) -> None:
        self.peer_id = peer_id
        self._answered = answered

    def send_message(self, message: Any) -> None:
        """The answer has come."""
        if self._answered is not None:
            self._answered(message.value)


class ControlPlane:
    """Takes messages, and has the engine do what is decided.

    Args:
        config: what ``init`` was told.
        driver_id: this process, as the one that makes calls.
        namespace: of the session.
        deliver: is given what is said to a worker or driver.
        news: called when there are new events.
    """

    def __init__(
        self,
        config: EngineConfig,
        driver_id: WorkerID,
        namespace: str,
        deliver: Callable[[WorkerID, Any], None],
        news: Callable[[], None],
    ) -> None:
        self.guard = InterruptGuard(needed=sys.platform != "emscripten")
        """Holds Ctrl-C back while something is half done; it is let through to calls."""
        self.lock = threading.RLock()
        began_s = time.monotonic()
        self.session = _address(began_s)
        self.node_id = NodeID(os.urandom(WORKER_ID_BYTES).hex())
        self.task_events = wants_task_events()
        self.events: EventLog[Event] = EventLog()
        self.task_log = TaskLog(began_s)
        self.gpu_ids: dict[WorkerID, tuple[int, ...]] = {}
        self.send = deliver
        self.readers = _Readers(news)
        self.gcs = Gcs(self.events.record)
        self.pool = _Pool(self)
        self.messages = HeadMessages(self, is_on=self.task_events)
        self.publisher = Publisher(self)
        self.poller = _Poller()
        self.requests = _Requests(self)
        self.members = _Members(self, driver_id, namespace)
        self.raylet = self._nodes(config)
        self.tables = StateTables(self)
        self._actions = Actions(self)
        for node in config.further_nodes:
            self.add_node(node.total(), node.labels)

    def _nodes(self, config: EngineConfig) -> ClusterLeaseManager:
        labels = {**config.labels, NODE_ID_LABEL: self.node_id}
        total = node_total(ResourceSet.of(_asked(config)), is_first=True)
        raylet = ClusterLeaseManager(self.node_id, total, self.events.record, labels=labels)
        self.gcs.nodes.add(self.node_id, total, self.now_s(), labels)
        return raylet

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Nobody else, and no Ctrl-C, comes in between."""
        guarded = self.guard.enter()
        try:
            with self.lock:
                yield
        finally:
            if guarded:
                self.guard.leave()

    def now_s(self) -> float:
        """Seconds since the session began."""
        return time.monotonic() - self.session.began_s

    def ask(self, what: str, asker: Asker, *args: Any) -> Any:
        """Ask about nodes and groups; see :class:`ClusterRequests`."""
        with self.undisturbed():
            return self.requests.cluster.questions[what](asker, 0, *args)

    def add_node(self, total: Any, labels: Any) -> NodeID:
        """A node more."""
        node_id = NodeID(os.urandom(WORKER_ID_BYTES).hex())
        found = ResourceSet.of(total)
        message = tell.AddNode(
            node_id=node_id, total=found, labels={**labels, NODE_ID_LABEL: node_id}, at_s=0.0
        )
        self.ask("add_node", Asker(self.members.driver_id), message)
        return node_id

    # What the actions and the requests ask of a head.

    def tell_gcs(self, message: Any) -> None:
        """Give a message to the control plane and carry out what it decides."""
        with self.undisturbed():
            self._tell(self.gcs.handle, message)

    def tell_raylet(self, message: Any) -> None:
        """Give a message to the raylets and carry out what they decide."""
        with self.undisturbed():
            if not isinstance(message, tell.RequestWorkerLease):
                self._tell(self.raylet.handle, message)
                return
            rejected = self.requests.cluster.rejected(message)
            if rejected is not None:
                self._actions.follow([rejected])
                return
            self._tell(self.raylet.handle, message)
            self.publisher.warn_if_infeasible(message)

    def tell_all(self, message: tell.AddNode | tell.RemoveNode) -> None:
        """A node comes or goes."""
        self.tell_raylet(message)
        self.tell_gcs(message)

    def _tell(self, handle: Callable[[Any], list[Any]], message: Any) -> None:
        self._actions.follow(handle(message.replaced(at_s=self.now_s())))
        if self.gcs.groups.needs_resources and self._actions.all_done:
            nodes = self.raylet.nodes()
            self._actions.follow(
                self.gcs.handle(tell.ReportResources(nodes=nodes, at_s=self.now_s()))
            )
        self.readers.news()

    def received(self, sender_id: WorkerID, message: Any) -> None:
        """Record a message of a caller's, as it would have come here."""
        self.messages.received(Asker(sender_id), message, -HEADER_BYTES)  # type: ignore[arg-type]  # Only its name is asked for.

    def end_worker(self, worker_id: WorkerID, exit_: WorkerExit) -> None:
        """A worker is gone, for whatever reason."""
        with self.undisturbed():
            if self.pool.forget(worker_id):
                self.requests.note_exit(worker_id, exit_)
                self.publisher.process_gone(worker_id)
                message = tell.WorkerDied(worker_id=worker_id, exit=exit_, at_s=0.0)
                self.messages.between(message, to_gcs=True)
                self.tell_gcs(message)
                self.tell_raylet(message)


def _address(began_s: float) -> SessionAddress:
    return SessionAddress(
        session_id=os.urandom(8).hex(),
        folder="",
        shm_folder="",
        spill_folder="",
        head_address=f"inline:{os.getpid()}",
        key=b"",
        began_s=began_s,
    )


def _asked(config: EngineConfig) -> dict[str, float]:
    cpus = cpu_count() if config.num_cpus is None else config.num_cpus
    asked = {**config.resources, "CPU": cpus, "GPU": config.num_gpus}
    if config.memory is not None:
        asked["memory"] = config.memory
    if config.object_store_memory is not None:
        asked["object_store_memory"] = config.object_store_memory
    return asked


class _Readers:
    def __init__(self, news: Callable[[], None]) -> None:
        self.news = news


class _Poller:
    def call_later(self, delay_s: float, action: Callable[[], None]) -> None:
        """Nothing comes later: what is not known now is not known at all."""


class _Pool:
    """Workers that are names, and this process."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane
        self._places: dict[WorkerID, _Place] = {}
        self._started = 0

    def start_worker(self, node_id: NodeID, env_key: str) -> None:
        worker_id = WorkerID(os.urandom(WORKER_ID_BYTES).hex())
        self._started += 1
        self._places[worker_id] = _Place(node_id=node_id, env_key=env_key)
        self._plane.tell_raylet(
            tell.WorkerStarting(worker_id=worker_id, node_id=node_id, env_key=env_key, at_s=0.0)
        )
        self._plane.tell_raylet(
            tell.WorkerRegistered(worker_id=worker_id, pid=os.getpid(), at_s=0.0)
        )

    def kill(self, worker_id: WorkerID, reason: str, *, is_crash: bool = False) -> None:
        self._plane.send(worker_id, WorkerExit(intended=not is_crash, reason=reason))

    def expect_exit(self, _worker_id: WorkerID, _reason: str) -> Callable[[], None]:
        return lambda: None

    def forget(self, worker_id: WorkerID) -> bool:
        return self._places.pop(worker_id, None) is not None

    def pid_of(self, _worker_id: WorkerID) -> int:
        return os.getpid()

    def place_of(self, worker_id: Any) -> _Place | None:
        return self._places.get(worker_id)

    def statistics(self) -> _PoolStatistics:
        return _PoolStatistics(started=self._started, alive=len(self._places))


class _Members:
    """One driver, and his job."""

    def __init__(self, plane: ControlPlane, driver_id: WorkerID, namespace: str) -> None:
        self._plane = plane
        self.driver_id = driver_id
        self.drivers = {driver_id}
        self.jobs = Jobs()
        hello = Hello(
            key=b"",
            worker_id=driver_id,
            pid=os.getpid(),
            role="driver",
            cwd=os.getcwd(),  # noqa: PTH109  # A text is wanted.
            namespace=namespace,
            entrypoint=" ".join(sys.argv),
        )
        self.job = self.jobs.begin(hello, plane.now_s())
        plane.events.record(
            DriverStateChanged(
                worker_id=driver_id,
                node_id=plane.node_id,
                pid=hello.pid,
                is_alive=True,
                entrypoint=hello.entrypoint,
                at_s=plane.now_s(),
            )
        )

    def define(self, env_key: str, environment: Environment) -> None:
        self.jobs.define(env_key, self.job, environment)

    def job_of(self, _worker_id: WorkerID) -> Job:
        return self.job

    def actor_changed(self, _actor_id: Any) -> None:
        """The job ends with the session."""

    def tell_driver_of(self, _worker_id: WorkerID, message: Any) -> None:
        self._plane.send(self.driver_id, message)


class _Requests:
    def __init__(self, plane: ControlPlane) -> None:
        self.cluster = ClusterRequests(plane)
        self._exits: dict[WorkerID, WorkerExit] = {}

    def note_exit(self, worker_id: WorkerID, exit_: WorkerExit) -> None:
        self._exits[worker_id] = exit_
        if len(self._exits) > _MAX_EXITS:
            del self._exits[next(iter(self._exits))]

    def known_exit(self, worker_id: WorkerID) -> WorkerExit | None:
        return self._exits.get(worker_id)
