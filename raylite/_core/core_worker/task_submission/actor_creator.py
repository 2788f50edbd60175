"""Creating actors: registration, the constructor's arguments, and who counts the handles.

In Ray: ``CoreWorker::CreateActor`` in ``src/ray/core_worker/core_worker.cc`` and
``actor_task_submitter.cc`` (``SubmitActorCreationTask``).

1. *Registration*: the head learns of the actor. For a named one the creator waits for the
   answer, since the name may be taken; an ordinary one is announced and not waited for.
2. *Scheduling*: once every ref among the constructor's arguments has a value, the head may
   create the actor.
3. *Buffering*: calls wait in the :mod:`.actor_task_submitter` until the actor is there.
4. *Notification*: the head tells every process that holds a handle where the actor is.
"""

import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from sys import _getframe
from typing import Any, Protocol

from raylite._core.common.call_options import ActorCalls, ActorOptions, Definition
from raylite._core.common.ids import ACTOR_ID_BYTES, ActorID, WorkerID
from raylite._core.common.messages import ActorDependenciesReady, RegisterActor
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY
from raylite._core.common.task_spec import ActorSpec
from raylite._core.core_worker.call_sites import site_of_actor
from raylite._core.core_worker.entries import HandleEntry
from raylite._core.core_worker.environments import Environments
from raylite._core.core_worker.failures import not_serializable
from raylite._core.core_worker.head_link import HeadLink
from raylite._core.core_worker.task_submission.actor_task_submitter import ActorTaskSubmitter
from raylite._core.core_worker.task_submission.calls import (
    PendingCall,
    all_ready,
    pack_arguments,
    set_parent,
    when_ready,
)
from raylite._core.core_worker.task_submission.definitions import ship
from raylite._core.core_worker.task_submission.locality import locality_of
from raylite._core.object_store.serialization import NotSerializableError
from raylite.exceptions import ActorAlreadyExistsError

__all__ = ["ActorCreator", "CreationTask"]


class CreationTask(Record):
    """What a worker needs to become the actor. The head passes it on unread."""

    blob: bytes
    """The class."""
    source_files: dict[str, str]
    payload: bytes
    """The packed call of the constructor."""
    max_concurrency: int | None
    concurrency_groups: Mapping[str, int]
    items_ahead: int = -1
    """Of all its generators together."""
    origin: int = 0
    """The cell that has caused the creation, directly or through others; 0: none."""


class CreatorHome(Protocol):
    """The process, as far as the creation of actors needs it."""

    worker_id: WorkerID
    namespace: str
    environments: Environments
    store: Any
    origin: int
    """The cell that has caused what is submitted, where no call has; 0: none."""
    parent_call: Callable[[], Any] | None
    """Gives the call whose code creates an actor; None where none is executed."""

    def next_seq(self) -> int:
        """The next number of a call."""
        ...

    def now_s(self) -> float:
        """The monotonic clock."""
        ...

    def actor_client(
        self, actor_id: ActorID, calls: ActorCalls, *, subscribe: bool = True
    ) -> ActorTaskSubmitter:
        """The way to an actor."""
        ...


class ActorCreator:
    """Creates actors on behalf of one process.

    Args:
        home: the process.
        head: its connection to the head.
    """

    def __init__(self, home: CreatorHome, head: HeadLink) -> None:
        self._home = home
        self._head = head

    def create(
        self,
        actor_class: Definition,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        options: ActorOptions,
    ) -> tuple[ActorID, ObjectRef[Any] | None, bytes]:
        """Register an actor and have it created; see ``Engine.create_actor``."""
        home = self._home
        ship(actor_class)
        try:
            payload, pin, contained, deps = pack_arguments(home.store, "__init__", args, kwargs)
        except NotSerializableError as error:
            raise not_serializable(actor_class.name, args, kwargs, error) from None
        spec = self._spec(actor_class, options)
        found = self._register(spec, options)
        if found is not None:
            return found
        client = home.actor_client(spec.actor_id, options.calls, subscribe=False)
        creation = _Creation(0, "__init__", payload, client, (), None, home.now_s())
        creation.deps, creation.is_sent = deps, False
        creation.origin = home.origin
        if home.parent_call is not None:
            set_parent(creation, home.parent_call())
        # Kept as long as the actor lives: its constructor may be run again.
        # Not the class itself: a class is a circle, so Python would let go of it late.
        client.creation_refs = (pin, contained, creation, replace(actor_class, target=None))
        announce = partial(self._announce, client, options)
        if when_ready(creation, announce):
            announce()
        if options.detached:
            return spec.actor_id, None, options.handle
        entry = HandleEntry(home, home.next_seq(), spec.actor_id, client)  # type: ignore[arg-type]  # The process is the home of its entries.
        entry.site = site_of_actor(_getframe(3))
        return spec.actor_id, ObjectRef(entry), options.handle

    def _spec(self, actor_class: Definition, options: ActorOptions) -> ActorSpec:
        return ActorSpec(
            actor_id=ActorID(os.urandom(ACTOR_ID_BYTES).hex()),
            class_name=actor_class.name,
            owner_id=self._home.worker_id,
            name=options.name,
            namespace=options.namespace or self._home.namespace,
            detached=options.detached,
            max_restarts=options.max_restarts,
            max_task_retries=options.calls.max_task_retries,
            placement=ResourceSet.of(options.placement),
            held=ResourceSet.of(options.held),
            strategy=options.strategy or DEFAULT_STRATEGY,
            env_key=self._home.environments.key_for(options.env_vars),
            handle=options.handle,
        )

    def _register(
        self, spec: ActorSpec, options: ActorOptions
    ) -> tuple[ActorID, ObjectRef[Any] | None, bytes] | None:
        message = RegisterActor(spec=spec, at_s=self._home.now_s())
        if spec.name is None:
            self._head.push(message)
            return None
        holder = self._head.ask("register_named_actor", message)
        if holder is None:
            return None
        if options.get_if_exists:
            actor_id, handle = holder
            return actor_id, None, handle
        msg = (
            f"The name {spec.name!r} is already taken in namespace {spec.namespace!r} by a living "
            f"actor. Use it with ray.get_actor({spec.name!r}, namespace={spec.namespace!r}), or "
            "with .options(get_if_exists=True); or choose another name."
        )
        raise ActorAlreadyExistsError(msg)

    def _announce(self, client: ActorTaskSubmitter, options: ActorOptions) -> None:
        """Have the actor made, if all that goes to its constructor is there by now."""
        if client.creation_refs is None:
            return  # It was killed meanwhile.
        _, _, creation, actor_class = client.creation_refs
        if creation.is_sent or not all_ready(creation):
            return
        creation.is_sent = True
        task = CreationTask(
            blob=actor_class.blob,
            source_files=dict(actor_class.source_files),
            payload=creation.wire_payload(),
            max_concurrency=options.max_concurrency,
            concurrency_groups=dict(options.concurrency_groups),
            items_ahead=options.calls.items_ahead,
            origin=creation.origin,
        )
        self._head.send(
            ActorDependenciesReady(
                actor_id=client.actor_id,
                creation_task=pickle.dumps(task, pickle.HIGHEST_PROTOCOL),
                locality=locality_of(creation.deps or ()),
                at_s=self._home.now_s(),
            )
        )


class _Creation(PendingCall):
    """The call of a constructor."""

    __slots__ = ("is_sent",)

    is_sent: bool
