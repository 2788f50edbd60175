"""The head: one loop that hears everything and carries out what the pure parts decide.

In Ray: the GCS server and the raylet, two processes. Left out here: storage, health checks,
and other machines.

The loop takes one message after the other. Messages to the control plane are stamped with the time
and given to :class:`~raylite._core.gcs.gcs.Gcs` or :class:`~raylite._core.raylet.raylet.Raylet`;
the instructions they answer with are carried out here and nowhere else. Calls never come this way.
"""

import logging
import socket
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, get_args

from raylite._core.common import instructions as do
from raylite._core.common import messages as tell
from raylite._core.common.event_log import EventLog
from raylite._core.common.events import TaskStateChanged
from raylite._core.common.ids import JobID, WorkerID
from raylite._core.common.states import InvalidTransitionError
from raylite._core.common.task_spec import WorkerExit
from raylite._core.core_worker.peers import Listener
from raylite._core.gcs.gcs import Gcs
from raylite._core.node.descendants import adopt_orphans
from raylite._core.node.head_config import HeadConfig
from raylite._core.node.head_publisher import Publisher
from raylite._core.node.head_requests import HeadRequests
from raylite._core.node.process_watch import watch_process, watch_sentinel
from raylite._core.node.session_folder import remove_folders, sweep
from raylite._core.node.task_log import TaskLog
from raylite._core.node.worker_pool import WorkerPool
from raylite._core.object_store.plasma import remove_files_of
from raylite._core.raylet.raylet import Raylet
from raylite._core.rpc.codec import unpack_message
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.interrupt import InterruptGuard
from raylite._core.rpc.peer_messages import (
    CreateActor,
    Drained,
    ExitWorker,
    Hello,
    LeaseGranted,
    Notice,
    OutputLines,
    Request,
    Response,
    ReturnIdleLeases,
    SubscribeActor,
    TaskEvents,
    Welcome,
    WorkerExited,
)
from raylite._core.rpc.poller import Poller

__all__ = ["Head"]

_EXIT_GRACE_S: Final = 5.0
_SWEEP_AFTER_S: Final = 2.0
_EVENT_PAUSE_S: Final = 0.05
_MAX_FAILED_STARTS: Final = 5
_logger = logging.getLogger("raylite.head")

_GCS_MESSAGES: Final = get_args(tell.GcsMessage)
_RAYLET_MESSAGES: Final = get_args(tell.RayletMessage)


@dataclass(slots=True, eq=False)
class _Process:
    """A driver or worker that has said hello."""

    connection: Connection
    hello: Hello


class Head:
    """The session's centre.

    Args:
        config: what the driver said.
        fork_server: the process that workers are forked from.
    """

    def __init__(self, config: HeadConfig, fork_server: Any) -> None:
        self.session = config.session
        self.namespace = config.namespace
        self.node_id = config.node_id
        self.events = EventLog()
        self.task_log = TaskLog(config.session.began_s)
        self.gcs = Gcs(self.events.record)
        self.raylet = Raylet(config.node_id, config.total, self.events.record, num_warm=1)
        self.gcs.nodes.add(config.node_id, config.total, self.now_s())
        self.pool = WorkerPool(
            config.session, fork_server, self._worker_starting, self._worker_exited
        )
        self.poller = Poller(InterruptGuard(needed=False), _nothing, _nothing)
        self._listener = Listener(
            config.session.head_address, config.session.key, self._accept, self._greeted
        )
        self.poller.add(self._listener.fd, self._listener)
        self._processes: dict[WorkerID, _Process] = {}
        self._fork_server: Connection | None = None
        self.drivers: set[WorkerID] = set()
        self._driver_hello: Hello | None = None
        self._todo: deque[do.Instruction] = deque()
        self.publisher = Publisher(self)
        self._tick_timer = False
        self._requests = HeadRequests(self)
        self._starter_pid = config.driver_pid
        self._over = False

    def now_s(self) -> float:
        """Seconds since the session began."""
        return time.monotonic() - self.session.began_s

    def run(self) -> None:
        """Serve until the last driver is gone; then end everything."""
        adopt_orphans()
        self._follow(self.raylet.tick(self.now_s()))
        self.poller.call_later(_SWEEP_AFTER_S, sweep)
        self._watch_driver(self._starter_pid)
        self._watch_fork_server()
        try:
            self.poller.run_until(lambda: self._over)
        finally:
            self._listener.close()
            self.pool.close()
            remove_folders(self.session)
            if self.now_s() < _SWEEP_AFTER_S:
                sweep()

    # Messages to the pure parts, and what they answer.

    def tell_gcs(self, message: Any) -> None:
        """Give a message to the control plane and carry out what it decides."""
        self._tell(self.gcs.handle, message)

    def tell_raylet(self, message: Any) -> None:
        """Give a message to the raylet and carry out what it decides."""
        self._tell(self.raylet.handle, message)
        if isinstance(message, tell.RequestWorkerLease):
            self.publisher.warn_if_infeasible(message.placement)

    def _tell(self, handle: Callable[[Any], list[do.Instruction]], message: Any) -> None:
        try:
            found = handle(message.replaced(at_s=self.now_s()))
        except (InvalidTransitionError, ValueError):
            _logger.exception("the head could not take %s; the session goes on", message)
            return
        self._follow(found)
        self.publisher.publish_events_soon()
        self._tick_when_due()

    def _follow(self, found: list[do.Instruction]) -> None:
        # A queue, not recursion: an instruction may lead to a message whose instructions come
        # after those that are already due.
        busy = bool(self._todo)
        self._todo.extend(found)
        while self._todo and not busy:
            self._carry_out(self._todo[0])
            self._todo.popleft()

    def _carry_out(self, instruction: do.Instruction) -> None:
        match instruction:
            case do.StartWorker():
                self.pool.start_worker()
            case do.StopWorker():
                self._stop_worker(instruction)
            case do.GrantWorkerLease():
                self._grant(instruction)
            case do.ReclaimIdleLeases():
                self.send(instruction.holder_id, ReturnIdleLeases())
            case do.RequestActorLease():
                self.tell_raylet(
                    tell.RequestWorkerLease(
                        lease_id=instruction.lease_id,
                        holder_id=instruction.holder_id,
                        placement=instruction.placement,
                        held=instruction.held,
                        actor_id=instruction.actor_id,
                        at_s=0.0,
                    )
                )
            case do.CancelActorLease():
                self.tell_raylet(tell.CancelWorkerLease(lease_id=instruction.lease_id, at_s=0.0))
            case do.PushCreationTask():
                self._push_creation(instruction)
            case do.PublishActor():
                self.publisher.publish_actor(instruction.actor_id)

    def _grant(self, grant: do.GrantWorkerLease) -> None:
        if grant.actor_id is not None:
            self.tell_gcs(
                tell.ActorWorkerLeased(
                    actor_id=grant.actor_id,
                    lease_id=grant.lease_id,
                    worker_id=grant.worker_id,
                    node_id=grant.node_id,
                    at_s=0.0,
                )
            )
            return
        granted = LeaseGranted(
            lease_id=grant.lease_id,
            worker_id=grant.worker_id,
            address=self.session.socket_path(grant.worker_id[:16]),
        )
        self.send(grant.holder_id, granted)

    def _push_creation(self, push: do.PushCreationTask) -> None:
        view = self.gcs.actors.view(push.actor_id)
        if view is not None:
            self.send(
                push.worker_id,
                CreateActor(
                    actor_id=push.actor_id,
                    owner_id=view.spec.owner_id,
                    creation_task=push.creation_task,
                    num_restarts=push.num_restarts,
                    class_name=view.spec.class_name,
                    name=view.spec.name,
                    namespace=view.spec.namespace,
                    held=view.spec.held.to_dict(),
                    handle=view.spec.handle,
                ),
            )

    def _stop_worker(self, stop: do.StopWorker) -> None:
        worker_id = stop.worker_id
        if stop.force:
            self.pool.kill(worker_id, stop.reason)
            return
        kill_if_still_asked = self.pool.expect_exit(worker_id, stop.reason)
        self.send(worker_id, ExitWorker(reason=stop.reason))
        self.poller.call_later(_EXIT_GRACE_S, kill_if_still_asked)

    def send(self, worker_id: WorkerID, message: object) -> None:
        """Send to a process, if it is there."""
        process = self._processes.get(worker_id)
        if process is not None:
            process.connection.send_message(message)

    # Processes that come and go.

    def _accept(self, sock: socket.socket) -> Connection:
        connection = Connection(sock, self._on_frame, self._on_close)
        self.poller.add_connection(connection)
        return connection

    def _greeted(self, connection: Connection, hello: Hello) -> None:
        if hello.role == "fork_server":
            self._fork_server = connection
            self.pool.connected(connection)
            return
        self._processes[hello.worker_id] = _Process(connection, hello)
        if hello.role == "driver":
            self.drivers.add(hello.worker_id)
            self._driver_hello = hello
            if hello.pid != self._starter_pid:
                self._watch_driver(hello.pid)
        self.send(hello.worker_id, self._welcome(hello))
        if hello.role == "worker":
            self.pool.registered(hello.worker_id, hello.pid)
            self.tell_raylet(
                tell.WorkerRegistered(worker_id=hello.worker_id, pid=hello.pid, at_s=0.0)
            )

    def _welcome(self, hello: Hello) -> Welcome:
        driver = self._driver_hello
        return Welcome(
            job_id=JobID("01000000"),
            node_id=self.node_id,
            namespace=hello.namespace or self.namespace,
            import_path=driver.import_path if driver else (),
            cwd=driver.cwd if driver else "",
            num_cpus=self.raylet.total.amount("CPU"),
        )

    def _on_close(self, connection: Connection) -> None:
        self.poller.remove(connection.fd)
        if connection is self._fork_server:
            self._fork_server = None  # It is about to end; its end is what counts.
        elif connection.peer_id in self.drivers:
            self.drivers.discard(connection.peer_id)
            self._over = not self.drivers

    def _watch_driver(self, pid: int) -> None:
        def gone() -> None:
            hellos = [self._processes[driver_id].hello for driver_id in self.drivers]
            self.drivers -= {hello.worker_id for hello in hellos if hello.pid == pid}
            self._over = not self.drivers

        watch_process(self.poller, pid, gone)

    def _watch_fork_server(self) -> None:
        def gone() -> None:
            if self._over:
                return
            self.pool.fork_server_lost()
            if self.pool.can_start:
                self._watch_fork_server()
            else:
                self._give_up(WorkerExit(intended=False, reason="their parent ends at once"))

        watch_sentinel(self.poller, self.pool.sentinel, gone)

    def _worker_starting(self, worker_id: WorkerID) -> None:
        self.tell_raylet(tell.WorkerStarting(worker_id=worker_id, at_s=0.0))

    def _worker_exited(self, worker_id: WorkerID, exit_: WorkerExit) -> None:
        process = self._processes.pop(worker_id, None)
        if process is not None:
            # What it said before it ended is older news than its end.
            process.connection.close_after_reading()
        remove_files_of(worker_id, {self.session.folder, self.session.shm_folder})
        self.publisher.process_gone(worker_id)
        self._requests.worker_exited(worker_id, exit_)
        message = tell.WorkerDied(worker_id=worker_id, exit=exit_, at_s=0.0)
        self.tell_gcs(message)
        if self.raylet.statistics().failed_starts < _MAX_FAILED_STARTS:
            self.tell_raylet(message)
        else:
            self._give_up(exit_)

    def _give_up(self, exit_: WorkerExit) -> None:
        text = (
            "No worker process can be started, so the session ends: "
            f"{exit_.reason}.\n{exit_.stderr_tail}"
        )
        self.publisher.to_drivers(Notice(text=text))
        self._over = True

    # Frames.

    def _on_frame(self, connection: Connection, kind: int, body: bytes) -> None:
        if not connection.peer_id:
            self._listener.greet(connection, kind, body)
            return
        message = unpack_message(body)
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
            case TaskStateChanged():
                self.events.record(message.replaced(at_s=message.at_s - self.session.began_s))
                self.publisher.publish_events_soon()
            case TaskEvents():
                self.task_log.add(message)
                self.publisher.publish_events_soon()
            case Request():
                self._answer(connection, message)
            case SubscribeActor():
                self.publisher.subscribe_actor(message.actor_id, connection.peer_id)
                self.publisher.send_update(connection.peer_id, message.actor_id)
            case WorkerExited():
                self.pool.exited(message)
            case OutputLines():
                self.publisher.to_drivers(message)
            case Drained():
                self._requests.drained(message.number)

    def _answer(self, connection: Connection, request: Request) -> None:
        try:
            value = self._requests.handle(connection, request)
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
            self._follow(self.raylet.tick(self.now_s()))
            self._tick_when_due()

        self.poller.call_later(max(0.0, due_s - self.now_s()), tick)


def _nothing() -> None:
    """The head computes nothing, so nothing of it can take its time."""
