"""Making actors, finding them, and seeing how they end.

In Ray: ``src/ray/core_worker/actor_management/actor_manager.h``.
"""

import os
from functools import partial
from typing import Any

from raylite._core.common.call_options import USUAL_CALLS, ActorCalls, ActorOptions, Definition
from raylite._core.common.ids import ACTOR_ID_BYTES, ActorID, WorkerID
from raylite._core.common.messages import (
    ActorDependenciesReady,
    ActorExiting,
    ActorOutOfScope,
    CreationFailed,
    CreationFinished,
    RegisterActor,
)
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY
from raylite._core.common.states import ActorState
from raylite._core.common.task_spec import ActorSpec, WorkerExit
from raylite._core.object_store.serialization import dumps_error
from raylite._core.rpc.peer_messages import ActorUpdate, CreateActor, LeaseContext
from raylite.engines.inline.answers import error_of
from raylite.engines.inline.calls import Call, object_id
from raylite.engines.inline.entries import HandleEntry
from raylite.engines.inline.executing import is_ctrl_c
from raylite.engines.inline.instance import Instance
from raylite.engines.inline.mailbox import Mailbox
from raylite.engines.inline.worlds import World
from raylite.exceptions import ActorAlreadyExistsError, ActorDiedError

__all__ = ["Actors"]


class _Creation(Record):
    """What an actor is made from, each time it is made."""

    blob: bytes
    """Its class."""
    captured: Any
    call: Call
    """Of the constructor; its arguments stay."""
    options: ActorOptions


class Actors:
    """All actors of the session.

    Args:
        engine: the session.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._boxes: dict[ActorID, Mailbox] = {}
        self._living_in: dict[WorkerID, Mailbox] = {}

    def all(self) -> list[Mailbox]:
        """Those that are not dead, or of which calls are under way."""
        return list(self._boxes.values())

    def box(self, actor_id: ActorID, calls: ActorCalls = USUAL_CALLS) -> Mailbox:
        """The way to an actor."""
        found = self._boxes.get(actor_id)
        if found is None:
            found = self._boxes[actor_id] = Mailbox(self._engine, actor_id, calls)
            plane = self._engine.plane
            plane.publisher.subscribe_actor(actor_id, self._engine.worker_id)
            plane.publisher.send_update(self._engine.worker_id, actor_id)
        return found

    def create(
        self, definition: Definition, call: Call, options: ActorOptions
    ) -> tuple[ActorID, ObjectRef[Any] | None, bytes]:
        """Register an actor and have it made; see ``Engine.create_actor``."""
        spec = self._spec(definition, call, options)
        found = self._register(spec, options)
        if found is not None:
            return found
        box = self.box(spec.actor_id, options.calls)
        call.actor = box
        box.creation = _Creation(
            blob=definition.blob, captured=definition.captured, call=call, options=options
        )
        ref: ObjectRef[Any] | None = None
        if not options.detached:
            entry = HandleEntry(self._engine, object_id(call, 1), spec.actor_id)
            entry.site = call.site
            ref = ObjectRef(entry)
        call.when_ready(partial(self._announce, box))
        return spec.actor_id, ref, options.handle

    def _spec(self, definition: Definition, call: Call, options: ActorOptions) -> ActorSpec:
        return ActorSpec(
            actor_id=ActorID(os.urandom(ACTOR_ID_BYTES).hex()),
            class_name=definition.name,
            owner_id=call.owner_id,
            name=options.name,
            namespace=options.namespace or self._engine.facts().namespace,
            detached=options.detached,
            max_restarts=options.max_restarts,
            max_task_retries=options.calls.max_task_retries,
            placement=ResourceSet.of(options.placement),
            held=ResourceSet.of(options.held),
            strategy=options.strategy or DEFAULT_STRATEGY,
            env_key=call.env_key,
            handle=options.handle,
        )

    def _register(
        self, spec: ActorSpec, options: ActorOptions
    ) -> tuple[ActorID, ObjectRef[Any] | None, bytes] | None:
        plane = self._engine.plane
        if spec.name is not None:
            holder = plane.gcs.actors.lookup(spec.namespace, spec.name)
            if holder is not None and options.get_if_exists:
                return holder.spec.actor_id, None, holder.spec.handle
            if holder is not None:
                msg = (
                    f"The name {spec.name!r} is already taken in namespace {spec.namespace!r} by "
                    f"a living actor. Use it with ray.get_actor({spec.name!r}, "
                    f"namespace={spec.namespace!r}), or with .options(get_if_exists=True); or "
                    "choose another name."
                )
                raise ActorAlreadyExistsError(msg)
        message = RegisterActor(spec=spec, at_s=0.0)
        plane.received(spec.owner_id, message)
        plane.tell_gcs(message)
        return None

    def _announce(self, box: Mailbox) -> None:
        """All that goes to the constructor is there."""
        plane = self._engine.plane
        message = ActorDependenciesReady(actor_id=box.actor_id, creation_task=b"", at_s=0.0)
        plane.received(self._engine.worker_id, message)
        plane.tell_gcs(message)

    # What the control plane has to say.

    def on_update(self, news: ActorUpdate) -> None:
        """An actor's state is another."""
        box = self._boxes.get(news.actor_id)
        if box is None:
            return
        box.on_update(news)
        if news.state is ActorState.DEAD:
            self._engine.todo.append(partial(self._forget, box))

    def _forget(self, box: Mailbox) -> None:
        """Nobody needs the way to a dead actor, but for handles, which have it."""
        if box.is_idle():
            self._boxes.pop(box.actor_id, None)

    def placed(self, message: CreateActor, worker_id: WorkerID) -> None:
        """There is a worker for an actor."""
        box = self._boxes.get(message.actor_id)
        if box is not None and box.creation is not None:
            self._living_in[worker_id] = box
            self._engine.todo.append(partial(self._construct, box, message, worker_id))

    def worker_ended(self, worker_id: WorkerID, exit_: WorkerExit, *, with_hook: bool) -> None:
        """A worker is to end, with the actor in it."""
        box = self._living_in.pop(worker_id, None)
        if box is not None:
            box.lost(with_hook=with_hook)
        self._engine.plane.end_worker(worker_id, exit_)

    def leaves(self, box: Mailbox, on_purpose: bool, reason: str) -> None:  # noqa: FBT001  # As found.
        """An actor wishes to end."""
        worker_id = box.news.worker_id if box.news is not None else None
        for known, living in self._living_in.items():
            if living is box:
                worker_id = known
        if worker_id is None:
            return
        if on_purpose:
            self._engine.plane.tell_gcs(
                ActorExiting(actor_id=box.actor_id, worker_id=worker_id, reason=reason, at_s=0.0)
            )
        exit_ = WorkerExit(intended=on_purpose, reason=reason)
        self.worker_ended(worker_id, exit_, with_hook=on_purpose)

    def out_of_scope(self, actor_id: ActorID) -> None:
        """No handle is left: the actor ends after the calls that were made."""
        box = self._boxes.get(actor_id)
        if box is not None:
            box.out_of_scope = True
            self.end_if_idle(box)

    def end_if_idle(self, box: Mailbox) -> None:
        """End an actor that nobody can call any more, and that has nothing to do."""
        if box.out_of_scope and box.is_idle():
            plane = self._engine.plane
            message = ActorOutOfScope(actor_id=box.actor_id, at_s=0.0)
            plane.received(self._engine.worker_id, message)
            plane.tell_gcs(message)

    # The constructor.

    def _construct(self, box: Mailbox, message: CreateActor, worker_id: WorkerID) -> None:
        creation = box.creation
        if creation is None or self._living_in.get(worker_id) is not box:
            return  # It was killed meanwhile.
        engine, call = self._engine, creation.call
        call.worker_id, call.is_over = worker_id, False
        context = LeaseContext(
            resources=message.held, gpu_ids=message.gpu_ids, strategy=message.strategy
        )
        call.assignment, call.around = engine.share_of(context, call.env_key)
        box.env_key = call.env_key
        box.assignment, box.around = call.assignment, call.around
        call.world = World()
        try:
            actor_class = call.world.load(creation.blob)
            limits = creation.options.max_concurrency, creation.options.concurrency_groups
            box.instance = Instance(message, actor_class, call.world, limits)
            call.load_arguments(call.world)
            box.runner.construct(call, box.instance)
        except KeyboardInterrupt as error:
            self._failed(box, call, worker_id, error)
            if is_ctrl_c(error):
                raise
        except BaseException as error:  # Whatever the constructor raised.
            self._failed(box, call, worker_id, error)
        else:
            self._made(box, worker_id)
        finally:
            call.args, call.kwargs = (), {}

    def _made(self, box: Mailbox, worker_id: WorkerID) -> None:
        if box.instance is None:
            return  # It was killed by its own code.
        box.instance.is_made = True
        message = CreationFinished(actor_id=box.actor_id, worker_id=worker_id, at_s=0.0)
        self._engine.plane.received(worker_id, message)
        self._engine.plane.tell_gcs(message)

    def _failed(self, box: Mailbox, call: Call, worker_id: WorkerID, error: BaseException) -> None:
        instance = box.instance
        if instance is not None:
            wish = instance.wish_to_end(error)
            if wish is not None:
                self.leaves(box, *wish)
                return
        cause = error_of(call, error)
        died = ActorDiedError(cause, class_name=box.class_name, actor_id=box.actor_id)
        try:
            packed = dumps_error(died)
        except Exception:  # The user's exception may hold anything.
            died.cause = None
            packed = dumps_error(died)
        message = CreationFailed(
            actor_id=box.actor_id,
            worker_id=worker_id,
            error=packed,
            summary=f"its __init__ raised {type(error).__name__}: {error}",
            at_s=0.0,
        )
        self._engine.plane.received(worker_id, message)
        self._engine.plane.tell_gcs(message)
