"""Whether a call whose code has raised is made again.

In Ray: ``TaskManager::RetryTaskIfPossible`` in ``src/ray/core_worker/task_manager.cc``. Left out
here: the pause of a second before it.
"""

from collections.abc import Collection

from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.object_store.serialization import loads_inline

__all__ = ["may_retry"]


def may_retry(call: PendingCall, payload: bytes, cancelled: Collection[int]) -> bool:
    """Whether a call is made again; if so, that is one of its retries.

    Args:
        call: with its options.
        payload: the error that its code has raised.
        cancelled: the numbers of calls that nobody wants any more.
    """
    retry = call.task_options.retry_exceptions
    if not retry or call.retries_left == 0 or call.seq in cancelled:
        return False
    if retry is not True and not isinstance(loads_inline(payload), retry):
        return False
    call.received_refs = None  # They were in the error.
    call.retries_left -= 1  # From -1 on it never reaches 0: without limit.
    return True
