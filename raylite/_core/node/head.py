"""The head: one loop that hears everything and carries out what the pure parts decide.

In Ray: the GCS server and the raylet, two processes. Left out here: storage, health checks,
and other machines.

The loop takes one message after the other. Messages to the control plane are stamped with the time
and given to :class:`~raylite._core.gcs.gcs.Gcs` or to the raylets; the instructions they answer
with are carried out by :class:`~raylite._core.node.head_actions.Actions` and nowhere else. Calls
never come this way.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Final, get_args

from raylite._core.common import instructions as do
from raylite._core.common import messages as tell
from raylite._core.common.bars import BarsTold
from raylite._core.common.event_log import EventLog
from raylite._core.common.events import Event, TaskStateChanged
from raylite._core.common.ids import NodeID, WorkerID
from raylite._core.common.label_selector import NODE_ID_LABEL
from raylite._core.common.states import InvalidTransitionError
from raylite._core.common.worker_output import OutputLines, Picture
from raylite._core.gcs.gcs import Gcs
from raylite._core.node.descendants import adopt_orphans
from raylite._core.node.event_readers import EventReaders
from raylite._core.node.folder_keeper import FolderKeeper
from raylite._core.node.head_actions import Actions
from raylite._core.node.head_bars import BarRelay
from raylite._core.node.head_config import HeadConfig
from raylite._core.node.head_members import Members
from raylite._core.node.head_messages import HeadMessages
from raylite._core.node.head_publisher import Publisher
from raylite._core.node.head_reports import Reports
from raylite._core.node.head_requests import HeadRequests
from raylite._core.node.jobs import FIRST_JOB
from raylite._core.node.machine import node_total
from raylite._core.node.output_relay import OutputRelay
from raylite._core.node.session_folder import remove_folders, sweep
from raylite._core.node.task_log import TaskLog
from raylite._core.node.worker_pool import WorkerPool
from raylite._core.raylet.cluster_lease_manager import ClusterLeaseManager
from raylite._core.rpc.codec import unpack_message
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.interrupt import InterruptGuard
from raylite._core.rpc.peer_messages import (
    DefineEnvironment,
    Drained,
    Request,
    Response,
    SubscribeActor,
    TaskEvents,
    WorkerExited,
)
from raylite._core.rpc.poller import Poller
from raylite._core.rpc.report_messages import MetricsTold, Report

__all__ = ["Head"]

_SWEEP_AFTER_S: Final = 2.0
_logger = logging.getLogger("raylite.head")

_GCS_MESSAGES: Final = get_args(tell.GcsMessage)
_RAYLET_MESSAGES: Final = get_args(tell.ClusterMessage)


class Head:
    """The session's centre.

    Args:
        config: what the driver said.
        fork_server: the process that workers are forked from.
    """

    def __init__(self, config: HeadConfig, fork_server: Any) -> None:
        self.session = config.session
        self.node_id: NodeID = config.node_id
        self.events: EventLog[Event] = EventLog()
        self.task_log = TaskLog(config.session.began_s)
        self.task_events = config.task_events
        self.gcs = Gcs(self.events.record)
        labels = {**config.labels, NODE_ID_LABEL: config.node_id}
        total = node_total(config.total, is_first=True)
        self.raylet = ClusterLeaseManager(
            config.node_id,
            total,
            self.events.record,
            labels=labels,
            # One is made ready while the driver loads; nobody knows who comes to a shared runtime.
            num_warm=0 if config.driver_pid is None else 1,
            warm_env_key=FIRST_JOB,
        )
        self.gcs.nodes.add(config.node_id, total, self.now_s(), labels)
        self.poller = Poller(InterruptGuard(needed=False), _nothing, _nothing)
        self.folders = FolderKeeper(self)
        self.members = Members(self, config)
        self.pool = WorkerPool(
            config.session, fork_server, self.members.worker_starting, self.members.worker_exited
        )
        self.messages = HeadMessages(self, is_on=config.task_events)
        self.publisher = Publisher(self)
        self.readers = EventReaders(self)
        self.requests = HeadRequests(self)
        self.reports = Reports(self)
        self.output = OutputRelay(self)
        self.bars = BarRelay(self)
        self.gpu_ids: dict[WorkerID, tuple[int, ...]] = {}
        self._actions = Actions(self)
        self._tick_timer = False
        self.over = False

    def now_s(self) -> float:
        """Seconds since the session began."""
        return time.monotonic() - self.session.began_s

    def run(self) -> None:
        """Serve until the session is over; then end everything."""
        adopt_orphans()
        self._actions.follow(self.raylet.tick(self.now_s()))
        self.poller.call_later(_SWEEP_AFTER_S, lambda: sweep(self.session))
        self.members.watch()
        try:
            self.poller.run_until(lambda: self.over)
        finally:
            self.members.close()
            self.pool.close()
            remove_folders(self.session)
            if self.now_s() < _SWEEP_AFTER_S:
                sweep(self.session)

    def end(self) -> None:
        """The session is over."""
        self.over = True

    def send(self, worker_id: WorkerID, message: object) -> None:
        """Send to a process, if it is there."""
        self.members.send(worker_id, message)

    # Messages to the pure parts, and what they answer.

    def tell_gcs(self, message: Any) -> None:
        """Give a message to the control plane and carry out what it decides."""
        self._tell(self.gcs.handle, message)

    def tell_raylet(self, message: Any) -> None:
        """Give a message to the raylet and carry out what it decides."""
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
        """A node comes or goes, which concerns the control plane and the raylets."""
        # These first: what the control plane then looks for a place for, is not to go to a node
        # that is gone.
        self.tell_raylet(message)
        self.tell_gcs(message)

    def _tell(self, handle: Callable[[Any], list[do.Instruction]], message: Any) -> None:
        try:
            found = handle(message.replaced(at_s=self.now_s()))
        except (InvalidTransitionError, ValueError):
            _logger.exception("the head could not take %s; the session goes on", message)
            return
        self._actions.follow(found)
        self.readers.news()
        self._tick_when_due()
        # Told when all that was due is done, so that nothing set aside meanwhile counts as free.
        if self.gcs.groups.needs_resources and self._actions.all_done:
            self._report_resources()

    def _report_resources(self) -> None:
        found = self.gcs.handle(tell.ReportResources(nodes=self.raylet.nodes(), at_s=self.now_s()))
        self._actions.follow(found)
        if self.gcs.groups.needs_resources:
            # Drivers keep leases for their next task, one after the other maybe for ever.
            wanted = self.gcs.groups.nodes_wanted(self.raylet.nodes_if_returned())
            self._actions.follow(self.raylet.reclaim(wanted))

    # Frames.

    def on_frame(self, connection: Connection, kind: int, body: bytes) -> None:
        """Somebody has said something."""
        if not connection.peer_id:
            self.members.greet(connection, kind, body)
            return
        message = unpack_message(body)
        self.messages.received(connection, message, len(body))
        if isinstance(message, _RAYLET_MESSAGES):
            if isinstance(message, tell.WorkerStays):
                self.pool.stays(message.worker_id)
            self.tell_raylet(message)
        elif isinstance(message, _GCS_MESSAGES):
            if isinstance(message, tell.RegisterActor):
                self.publisher.subscribe_actor(message.spec.actor_id, connection.peer_id)
            self.tell_gcs(message)
        else:
            self._on_other(connection, message)

    def _on_other(self, connection: Connection, message: object) -> None:
        match message:
            case TaskStateChanged() | TaskEvents():
                self._log(message)
            case Request():
                self._answer(connection, message)
            case SubscribeActor():
                self.publisher.subscribe_actor(message.actor_id, connection.peer_id)
                self.publisher.send_update(connection.peer_id, message.actor_id)
            case WorkerExited():
                self.pool.exited(message)
            case OutputLines() | Picture() | DefineEnvironment():
                self.members.on_message(connection.peer_id, message)
            case Drained():
                self.requests.drained(message.number)
            case Report():
                self.reports.arrived(connection.peer_id, message)
            case MetricsTold():
                self.reports.told(connection.peer_id, message)
            case BarsTold():
                self.bars.told(connection.peer_id, message)

    def _log(self, told: TaskStateChanged | TaskEvents) -> None:
        """A process says what has become of calls and objects."""
        if isinstance(told, TaskEvents):
            self.task_log.add(told)
            self.messages.told(told)
            for event in told.events:
                self.events.record(event)
        else:
            self.events.record(told.replaced(at_s=told.at_s - self.session.began_s))
        self.readers.news()

    def _answer(self, connection: Connection, request: Request) -> None:
        try:
            value = self.requests.handle(connection, request)
        except Exception as error:  # It is the asker's to deal with.
            connection.send_message(Response(number=request.number, error=error))
            return
        if value is not HeadRequests.LATER:
            connection.send_message(Response(number=request.number, value=value))

    # Things that happen a little later.

    def _tick_when_due(self) -> None:
        due_s = self.raylet.next_tick_s()
        if due_s is None or self._tick_timer:
            return
        self._tick_timer = True

        def tick() -> None:
            self._tick_timer = False
            self._actions.follow(self.raylet.tick(self.now_s()))
            self._tick_when_due()

        self.poller.call_later(max(0.0, due_s - self.now_s()), tick)


def _nothing() -> None:
    """The head computes nothing, so nothing of it can take its time."""
