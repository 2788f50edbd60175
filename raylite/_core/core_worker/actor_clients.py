"""The ways from this process to actors, one for each actor that lives.

In Ray: the map of queues in ``src/ray/core_worker/task_submission/actor_task_submitter.h``.

A way is kept while its actor lives, since calls may wait in it. That of a dead actor is there for
those who still hold a handle: it knows why the actor is dead, and ends with the last of them. A
handle that comes back later asks the head anew.
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from raylite._core.common.call_options import ActorCalls
from raylite._core.common.ids import ActorID
from raylite._core.common.states import ActorState
from raylite._core.core_worker.task_submission.actor_task_submitter import ActorTaskSubmitter
from raylite._core.core_worker.task_submission.tuned_submitter import submitter_for
from raylite._core.rpc.peer_messages import ActorUpdate

__all__ = ["ActorClients"]


class ActorClients:
    """Finds or makes the way to an actor.

    Args:
        home: the process.
        subscribe: has the head tell from now on what becomes of an actor.
    """

    def __init__(self, home: Any, subscribe: Callable[[ActorID], None]) -> None:
        self._home = home
        self._subscribe = subscribe
        self._living: dict[ActorID, ActorTaskSubmitter] = {}
        self._dead: WeakValueDictionary[ActorID, ActorTaskSubmitter] = WeakValueDictionary()

    def get(
        self, actor_id: ActorID, calls: ActorCalls, *, subscribe: bool = True
    ) -> ActorTaskSubmitter:
        """The way to an actor, the same object for every handle in the process."""
        client = self.known(actor_id)
        if client is None:
            client = submitter_for(self._home, actor_id, calls)
            client = self._living.setdefault(actor_id, client)
            if subscribe:
                self._subscribe(actor_id)
        return client

    def known(self, actor_id: ActorID) -> ActorTaskSubmitter | None:
        """The way to an actor, if there is one."""
        return self._living.get(actor_id) or self._dead.get(actor_id)

    def all(self) -> list[ActorTaskSubmitter]:
        """The ways to all actors that are not known to be dead."""
        return list(self._living.values())

    def on_update(self, news: ActorUpdate) -> None:
        """The head says what has become of an actor."""
        client = self.known(news.actor_id)
        if client is None:
            return
        client.on_update(news)
        if news.state is ActorState.DEAD and news.actor_id in self._living:
            self._dead[news.actor_id] = client  # First: it is always found in one of them.
            del self._living[news.actor_id]
