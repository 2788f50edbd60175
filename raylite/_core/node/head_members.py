"""The processes that take part in a session: who they are, how they come and how they go.

In Ray: ``src/ray/gcs/gcs_job_manager.h`` for drivers and ``gcs_worker_manager.h`` for workers.

A driver has left when it says so, when its connection is closed or when its process is gone,
whichever is seen first; a worker has left when the fork server has waited for its process. With
the driver that began it a session ends; a runtime that ``raylite start`` began lives on, and what
belongs to the driver's job ends, but for its detached actors.
"""

import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from raylite._core.common import messages as tell
from raylite._core.common.events import DriverStateChanged
from raylite._core.common.ids import ActorID, JobID, NodeID, WorkerID
from raylite._core.common.states import ActorState
from raylite._core.common.task_spec import WorkerExit
from raylite._core.common.worker_output import OutputLines, Picture
from raylite._core.core_worker.peers import Listener
from raylite._core.node.head_config import HeadConfig
from raylite._core.node.jobs import Job, Jobs
from raylite._core.node.process_watch import watch_process, watch_sentinel
from raylite._core.object_store.names import remove_files_of
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import DefineEnvironment, Hello, Notice, Welcome

__all__ = ["Members"]

_MAX_FAILED_STARTS: Final = 5


@dataclass(slots=True, eq=False)
class _Process:
    """A driver or worker that has said hello."""

    connection: Connection
    hello: Hello
    stop_watch: Callable[[], None] | None = None
    """Ends the watch over a driver."""


class Members:
    """Greets processes and notes their end.

    Args:
        head: which is told of both.
        config: what the driver said.
    """

    def __init__(self, head: Any, config: HeadConfig) -> None:
        self._head = head
        self._config = config
        self.drivers: set[WorkerID] = set()
        self._processes: dict[WorkerID, _Process] = {}
        self._fork_server: Connection | None = None
        self.jobs = Jobs()
        self._ended: dict[JobID, Job] = {}
        """Jobs that may be over."""
        self._hello_bytes = 0
        self._unwelcome: list[Hello] = []
        """Workers that are there before the driver of their job."""
        self._listener = Listener(
            config.session.head_address, config.session.key, self._accept, self._greeted
        )
        head.poller.add(self._listener.fd, self._listener)

    def watch(self) -> None:
        """Begin to watch the driver that started the session, and the fork server."""
        if self._config.driver_pid is not None:
            watch_process(self._head.poller, self._config.driver_pid, self._head.end)
        self._watch_fork_server()

    def close(self) -> None:
        """Greet nobody any more."""
        self._listener.close()

    def listen_again(self) -> None:
        """Somebody has removed the head's socket."""
        self._listener.listen_again(self._head.poller)

    def send(self, worker_id: WorkerID, message: object) -> None:
        """Send to a process, if it is there."""
        process = self._processes.get(worker_id)
        if process is not None:
            process.connection.send_message(message)

    def connection_of(self, worker_id: WorkerID) -> Connection | None:
        """The connection of a driver or worker; None if it is not there."""
        process = self._processes.get(worker_id)
        return process.connection if process is not None else None

    def everyone(self) -> list[WorkerID]:
        """All drivers and workers that have said hello and are not known to have ended."""
        return [
            worker_id
            for worker_id, process in self._processes.items()
            if not process.connection.closed
        ]

    def greet(self, connection: Connection, kind: int, body: bytes) -> None:
        """Judge the first frame of a connection."""
        self._hello_bytes = len(body)
        self._listener.greet(connection, kind, body)

    def connection_closed(self, connection: Connection) -> None:
        """Somebody has hung up."""
        self._head.poller.remove(connection.fd)
        if connection is self._fork_server:
            self._fork_server = None  # It is about to end; its end is what counts.
        elif connection.peer_id in self.drivers:
            self.driver_left(connection.peer_id)

    def worker_starting(self, worker_id: WorkerID, node_id: NodeID, env_key: str) -> None:
        """The pool has begun to start a worker."""
        self._head.folders.look()
        self._head.tell_raylet(
            tell.WorkerStarting(worker_id=worker_id, node_id=node_id, env_key=env_key, at_s=0.0)
        )

    def worker_exited(self, worker_id: WorkerID, exit_: WorkerExit) -> None:
        """A worker's process is gone."""
        process = self._processes.pop(worker_id, None)
        if process is not None:
            # What it said before it ended is older news than its end.
            process.connection.close_after_reading()
        message = self._forget(worker_id, exit_)
        if self._head.raylet.statistics().failed_starts < _MAX_FAILED_STARTS:
            self._head.tell_raylet(message)
        else:
            self._give_up(exit_)

    def driver_left(self, driver_id: WorkerID) -> None:
        """A driver takes no part any more; whatever has no owner without it ends."""
        process = self._processes.pop(driver_id, None)
        if process is None:
            return
        self.drivers.discard(driver_id)
        # Whatever a thread of it still says is a stranger's.
        process.connection.peer_id = WorkerID("")
        self._record(process.hello, is_alive=False)
        if process.stop_watch is not None:
            process.stop_watch()
        if self._config.driver_pid is not None:
            self._head.end()
            return
        job = self.jobs.end(driver_id, self._head.now_s())
        exit_ = WorkerExit(intended=True, reason="its driver has ended")
        self._head.tell_raylet(self._forget(driver_id, exit_))
        if job is not None:
            self._close_soon(job)

    def actor_changed(self, actor_id: ActorID) -> None:
        """An actor's state is another: if it was the last of an ended job, the job is over."""
        view = self._head.gcs.actors.view(actor_id)
        if view is not None and view.state is ActorState.DEAD:
            job = self.jobs.of_environment(view.spec.env_key)
            if job is not None and job.ended_s is not None:
                self._close_soon(job)

    def job_of(self, worker_id: WorkerID) -> Job | None:
        """The job that a driver, or a living worker, belongs to."""
        place = self._head.pool.place_of(worker_id)
        if place is None:
            return self.jobs.of_driver(worker_id)
        return self.jobs.of_environment(place.env_key)

    def on_message(
        self, sender_id: WorkerID, message: OutputLines | Picture | DefineEnvironment
    ) -> None:
        """A worker has printed, or a process will submit work for an environment of its job."""
        if isinstance(message, OutputLines | Picture):
            self._head.output.take(message)
            return
        job = self.job_of(sender_id)
        if job is not None:
            self.jobs.define(message.env_key, job, message.environment)

    def tell_driver_of(self, worker_id: WorkerID, message: Notice) -> None:
        """Send to the driver whose job a process belongs to, if it is still there."""
        job = self.job_of(worker_id)
        if job is not None:
            self.send(job.driver_id, message)

    def _forget(self, worker_id: WorkerID, exit_: WorkerExit) -> tell.WorkerDied:
        """Tell everybody but the raylet that a process is gone."""
        head = self._head
        remove_files_of(worker_id, (head.session.shm_folder, head.session.spill_folder))
        Path(head.session.socket_path(worker_id[:16])).unlink(missing_ok=True)
        head.publisher.process_gone(worker_id)
        head.reports.process_gone(worker_id)
        head.bars.process_gone(worker_id, exit_.reason)
        head.output.process_gone(worker_id)
        head.requests.worker_exited(worker_id, exit_)
        message = tell.WorkerDied(worker_id=worker_id, exit=exit_, at_s=0.0)
        head.messages.between(message, to_gcs=True)
        head.tell_gcs(message)
        return message

    def _close_soon(self, job: Job) -> None:
        """Look, when all that is due was done, whether something of an ended job still lives."""
        if not self._ended:
            self._head.poller.call_later(0.0, self._close_what_is_over)
        self._ended[job.job_id] = job

    def _close_what_is_over(self) -> None:
        ended, self._ended = self._ended, {}
        living = self._head.gcs.actors.environments()
        for job in ended.values():
            if not (job.is_over or living & job.environments.keys()):
                self._close(job)

    def _close(self, job: Job) -> None:
        environments = dict(job.environments)
        self.jobs.close(job)
        for env_key in sorted(environments):
            self._head.tell_raylet(tell.EnvironmentGone(env_key=env_key, at_s=0.0))
        for copy in {environment.copied_to for environment in environments.values()} - {""}:
            shutil.rmtree(copy, ignore_errors=True)

    def _accept(self, sock: socket.socket) -> Connection:
        connection = Connection(sock, self._head.on_frame, self.connection_closed)
        connection.note_sent = self._head.messages.sent
        self._head.poller.add_connection(connection)
        return connection

    def _greeted(self, connection: Connection, hello: Hello) -> None:
        if hello.role == "fork_server":
            self._fork_server = connection
            self._head.pool.connected(connection)
            return
        if hello.role == "visitor":
            return
        self._head.messages.received(connection, hello, self._hello_bytes)
        process = self._processes[hello.worker_id] = _Process(connection, hello)
        if hello.role == "driver":
            self._driver_came(process)
        else:
            self._head.pool.registered(hello.worker_id, hello.pid)
            self._welcome_worker(hello)
            self._head.tell_raylet(
                tell.WorkerRegistered(worker_id=hello.worker_id, pid=hello.pid, at_s=0.0)
            )

    def _driver_came(self, process: _Process) -> None:
        driver_id = process.hello.worker_id
        self.drivers.add(driver_id)
        job = self.jobs.begin(process.hello, self._head.now_s())
        self._record(process.hello, is_alive=True)
        process.stop_watch = watch_process(
            self._head.poller, process.hello.pid, lambda: self._driver_is_gone(process)
        )
        self.send(driver_id, self._welcome(job, self._config.node_id, job.job_id))
        self._head.readers.greet(driver_id)
        waiting, self._unwelcome = self._unwelcome, []
        for hello in waiting:
            self._welcome_worker(hello)

    def _record(self, driver: Hello, *, is_alive: bool) -> None:
        event = DriverStateChanged(
            worker_id=driver.worker_id,
            node_id=self._config.node_id,
            pid=driver.pid,
            is_alive=is_alive,
            entrypoint=driver.entrypoint,
            at_s=self._head.now_s(),
        )
        self._head.events.record(event)
        self._head.readers.news()

    def _driver_is_gone(self, process: _Process) -> None:
        process.connection.close_after_reading()
        self.driver_left(process.hello.worker_id)

    def _welcome_worker(self, hello: Hello) -> None:
        place = self._head.pool.place_of(hello.worker_id)
        job = self.jobs.of_environment(place.env_key) if place else None
        if place is None:
            return  # Its end is known already.
        if job is not None:
            self.send(hello.worker_id, self._welcome(job, place.node_id, place.env_key))
            self._head.readers.greet(hello.worker_id)
        elif self.jobs.all():
            self._head.pool.kill(hello.worker_id, "its job is over")
        else:
            self._unwelcome.append(hello)

    def _welcome(self, job: Job, node_id: NodeID, env_key: str) -> Welcome:
        return Welcome(
            job_id=job.job_id,
            node_id=node_id,
            namespace=job.namespace,
            import_path=job.import_path,
            cwd=job.cwd,
            num_cpus=self._head.raylet.total.amount("CPU"),
            env_key=env_key or job.job_id,
            environment=job.environments[env_key or job.job_id],
            task_events=self._config.task_events,
        )

    def _watch_fork_server(self) -> None:
        pool = self._head.pool

        def gone() -> None:
            if self._head.over:
                return
            self._head.folders.look()  # That may be why.
            pool.fork_server_lost()
            self._head.requests.drains_lost()
            if pool.can_start:
                self._watch_fork_server()
            else:
                self._give_up(WorkerExit(intended=False, reason="their parent ends at once"))

        watch_sentinel(self._head.poller, pool.sentinel, gone)

    def _give_up(self, exit_: WorkerExit) -> None:
        text = (
            "No worker process can be started, so the session ends: "
            f"{exit_.reason}.\n{exit_.stderr_tail}"
        )
        self._head.publisher.to_drivers(Notice(text=text))
        self._head.end()
