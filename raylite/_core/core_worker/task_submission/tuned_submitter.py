"""The way to an actor whose calls are limited, or not recorded.

In Ray: ``PendingTasksFull`` in ``src/ray/core_worker/task_submission/actor_task_submitter.h``. A
class of its own, so that calls of ordinary actors pay nothing for it.
"""

from collections.abc import Mapping
from typing import Any

from raylite._core.common.call_options import ActorCalls, MethodOptions
from raylite._core.common.ids import ActorID
from raylite._core.core_worker.task_submission.actor_task_submitter import (
    ActorTaskSubmitter,
)
from raylite._core.core_worker.task_submission.submitter_home import SubmitterHome
from raylite.exceptions import PendingCallsLimitExceeded

__all__ = ["TunedSubmitter", "submitter_for"]


class TunedSubmitter(ActorTaskSubmitter):
    """Looks at each call before it is made."""

    def __init__(self, home: SubmitterHome, actor_id: ActorID, calls: ActorCalls) -> None:
        super().__init__(home, actor_id, calls)
        self._limit = calls.max_pending
        self._usual = MethodOptions(quiet=calls.quiet, items_ahead=calls.items_ahead)

    def submit(  # noqa: PLR0917  # By position, as in its base.
        self,
        method: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        num_returns: int,
        keep_alive: object,
        how: MethodOptions | None = None,
    ) -> Any:
        """Queue one call, if there is room for it.

        Raises:
            PendingCallsLimitExceeded: if this process waits for too many calls of the actor.
        """
        if 0 < self._limit <= self.num_unanswered():
            msg = (
                f"{method}() was not submitted to the actor {self.actor_id}: this process waits "
                f"for {self._limit} of its calls already, which is its max_pending_calls. Wait for "
                "some of them with ray.wait first, or make the actor with a higher limit."
            )
            raise PendingCallsLimitExceeded(msg)
        how = self._usual if how is None else self._completed(how)
        return super().submit(method, args, kwargs, num_returns, keep_alive, how)

    def _completed(self, how: MethodOptions) -> MethodOptions:
        """A call's own options, and the actor's where they say nothing."""
        usual = self._usual
        if how.quiet is None:
            how = how.replaced(quiet=usual.quiet)
        if how.items_ahead < 0:
            how = how.replaced(items_ahead=usual.items_ahead)
        return how


def submitter_for(home: SubmitterHome, actor_id: ActorID, calls: ActorCalls) -> ActorTaskSubmitter:
    """The way to an actor."""
    tuned = calls.max_pending > 0 or calls.quiet or calls.items_ahead > 0
    return (TunedSubmitter if tuned else ActorTaskSubmitter)(home, actor_id, calls)
