"""What a call to a dead actor is told beside why it died: when, after what, and what to do.

In Ray: ``ActorDeathCause`` in ``src/ray/protobuf/common.proto`` has the why alone.
"""

from raylite._core.rpc.peer_messages import ActorUpdate

__all__ = ["life_told"]

_AT_ONCE_S = 1.0
_MINUTE_S = 60.0


def life_told(news: ActorUpdate, now_s: float) -> list[str]:
    """Sentences, one a line.

    Args:
        news: the last that was heard of the actor.
        now_s: the time of the call.
    """
    told = []
    ago_s = now_s - news.at_s
    if news.at_s and ago_s >= _AT_ONCE_S:
        told.append(f"That was {_span(ago_s)} before this call.")
    if news.num_restarts:
        times = "once" if news.num_restarts == 1 else f"{news.num_restarts} times"
        told.append(f"It had been restarted {times} (max_restarts={news.max_restarts}).")
    if advice := _advice(news):
        told.append(advice)
    return told


def _advice(news: ActorUpdate) -> str:
    make = f"{news.class_name}.remote(...)"
    if news.class_name == "?":  # It ended too long ago.
        return ""
    if "owner has died" in news.reason:
        return (
            "An actor ends with the process that made it, unless it was made with"
            f"\n{news.class_name}.options(name=..., lifetime='detached').remote(...)."
        )
    if not news.intended and not news.max_restarts:
        return (
            f"Make a new one with {make}. It is restarted by itself if it is made with\n"
            f"{news.class_name}.options(max_restarts=1).remote(...)."
        )
    return f"Make a new one with {make}."


def _span(seconds: float) -> str:
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE_S:.0f} min"
