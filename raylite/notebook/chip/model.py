"""What is shown for an ObjectRef: how far its call is, what came of it, and which line made it.

In Ray: nothing; a notebook shows ``ObjectRef(00ffff...)``.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

from raylite._core.common.events import TaskEnded, TaskStateChanged
from raylite._core.common.states import TaskState
from raylite.notebook.live.shown_words_model import call_label, timed
from raylite.notebook.live.words import one_line, size, span
from raylite.notebook.world.moment import Moment
from raylite.notebook.world.world import World

__all__ = ["Behind", "ChipView", "chip_view", "ended_call"]

_KIND: Final = 60
_PREVIEW: Final = 100
_SITE: Final = 120
_ERROR: Final = 160
_ID_DIGITS: Final = 16
_OWNER_DIGITS: Final = 32

_WAITS: Final = {
    TaskState.PENDING_ARGS_AVAIL: "waits for an argument",
    TaskState.PENDING_NODE_ASSIGNMENT: "waits for a worker",
    TaskState.SUBMITTED_TO_WORKER: "is on its way",
    TaskState.PENDING_ACTOR_TASK_ORDERING_OR_CONCURRENCY: "waits in the actor's mailbox",
}
_WAITS_OF_ACTORS: Final = {
    TaskState.PENDING_NODE_ASSIGNMENT: "waits for its actor",
    TaskState.SUBMITTED_TO_WORKER: "waits in the actor's mailbox",
}
"""Ray's states are those of tasks; in an actor two of them mean something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What the ref itself tells."""

    id: str
    """In hexadecimal digits."""
    is_there: bool
    has_failed: bool = False
    size_bytes: int = -1
    kind: str = ""
    preview: str = ""
    error: str = ""
    """What was raised, in a line."""
    made: str = ""
    """The line that made it."""
    is_of_this_session: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipView:
    """The chip at one moment."""

    sign: str
    word: str
    tone: str
    id: str
    how_long: str
    what: str
    """Type and size."""
    preview: str
    call: str
    made: str
    told: str
    """All of it in a sentence."""
    is_over: bool

    def to_dict(self) -> dict[str, Any]:
        """For the browser."""
        return asdict(self)


def ended_call(world: World, task_id: str) -> TaskEnded | None:
    """The event of a call that has ended, if it is among those that are kept."""
    found = world.recent.find(task_id)
    if found is not None:
        return found
    number = int(task_id[-8:], 16)
    for rows in reversed(world.rows):
        if rows.owner_id[:_OWNER_DIGITS] == task_id[:_OWNER_DIGITS] and number in rows.numbers():
            for event in rows.events():
                if event.task_id == task_id:
                    return event
    return None


def chip_view(
    behind: Behind,
    moment: Moment,
    ended: TaskEnded | None = None,
    going: TaskStateChanged | None = None,
) -> ChipView:
    """The chip of a ref.

    Args:
        behind: what the ref tells.
        moment: when.
        ended: how its call has ended, if that is known.
        going: where its call is, if it takes long enough to be seen.
    """
    has_ended = behind.is_there or ended is not None
    has_failed = behind.has_failed or (ended is not None and ended.state is TaskState.FAILED)
    if not has_ended and (moment.is_over or not behind.is_of_this_session):
        sign, word, tone, how_long = "✕", "lost", "over", "with its session"
    elif has_ended:
        sign, word, tone = ("✕", "failed", "again") if has_failed else ("✓", "done", "good")
        how_long = _took(ended)
    else:
        sign, word, tone, how_long = _pending(going, moment)
    what = _what(behind, ended)
    name = ended.name if ended is not None else going.name if going is not None else ""
    view = ChipView(
        sign=sign,
        word=word,
        tone=tone,
        id=f"ObjectRef {behind.id[:_ID_DIGITS]}…",
        how_long=how_long,
        what=what,
        preview=one_line(behind.error, _ERROR) or one_line(behind.preview, _PREVIEW),
        call=call_label(name) if name else "",
        made=one_line(behind.made, _SITE),
        told="",
        is_over=has_ended or word == "lost",
    )
    return _with_sentence(view)


def _pending(going: TaskStateChanged | None, moment: Moment) -> tuple[str, str, str, str]:
    if going is None:
        return "◌", "pending", "wait", ""
    since = span(moment.now_s - going.at_s)
    if going.new in _WAITS:
        words = _WAITS if going.actor_id is None else {**_WAITS, **_WAITS_OF_ACTORS}
        return "◌", "pending", "wait", f"{words[going.new]}, for {since}"
    inside = {
        TaskState.RUNNING_IN_RAY_GET: ", and waits in ray.get",
        TaskState.RUNNING_IN_RAY_WAIT: ", and waits in ray.wait",
    }
    return "◔", "running", "start", f"for {since}{inside.get(going.new, '')}"


def _took(ended: TaskEnded | None) -> str:
    if ended is None or ended.ended_s <= ended.started_s:
        return ""
    ran, waited = ended.ended_s - ended.started_s, ended.started_s - ended.submitted_s
    return f"in {timed(ran)}" + (f", after waiting {timed(waited)}" if waited > ran else "")


def _what(behind: Behind, ended: TaskEnded | None) -> str:
    if behind.has_failed:
        return ""
    number = behind.size_bytes
    if number < 0 and ended is not None and ended.state is TaskState.FINISHED:
        number = ended.result_bytes
    kind = one_line(behind.kind, _KIND)
    told = size(number) if number >= 0 else ""
    return ", ".join(part for part in (kind, told) if part)


def _with_sentence(view: ChipView) -> ChipView:
    parts = [
        f"{view.word} {view.how_long}".strip(),
        view.what,
        view.preview,
        f"{view.call}".strip(),
        view.made,
    ]
    told = f"{view.id}: " + "; ".join(part for part in parts if part)
    return ChipView(**{**asdict(view), "told": told})
