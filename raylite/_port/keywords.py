"""The keywords of calls that one side takes and the other does not, or takes as something else.

In Ray: ``ray.init`` in ``python/ray/_private/worker.py``, and ``ray_option_utils.py``.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from raylite._init_options import _IGNORED as PASSED_OVER
from raylite._options import OPTIONS
from raylite._port.finding import Direction, Kind

__all__ = ["KEYWORDS", "KeywordRule", "literal"]

_NOTHING: Final = object()
_REFUSED_BY_RAY: Final = (
    *("_cluster_id", "_lru_evict", "_max_cpus", "_object_store_memory", "_redis_max_memory"),
    *("allow_multiple", "storage"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordRule:
    """A keyword of a call."""

    call: str
    """A name below ``ray``; ``remote`` stands for ``.options`` as well, and ``*`` for any call."""
    keyword: str
    kind: Kind
    what: str
    instead: str
    when: Callable[[ast.expr], bool] = lambda _: True
    """Of which values this is true."""


def literal(value: ast.expr) -> Any:
    """What an expression says that is written out; an object of its own if it is not."""
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _NOTHING


def _is_folder(value: ast.expr) -> bool:
    told = literal(value)
    return isinstance(told, str) and "/" in told and "://" not in told


def _is_true(value: ast.expr) -> bool:
    return literal(value) not in {False, None}


def _is_negative(value: ast.expr) -> bool:
    told = literal(value)
    return isinstance(told, int | float) and told < 0


def _is_given(value: ast.expr) -> bool:
    return literal(value) is not None


def _has_effect(harmless: tuple[Any, ...]) -> Callable[[ast.expr], bool]:
    return lambda value: literal(value) not in [None, *harmless]


_NEGATIVE: Final = (
    "With a negative timeout Ray waits without end, or ends the process; raylite gives up at once"
)
_TIMEOUT: Final = "timeout=max(0, left)"

_TO_RAY: Final = (
    KeywordRule(
        call="init",
        keyword="nodes",
        kind=Kind.MISSING,
        what="Virtual nodes are raylite's: ray.init() does not know nodes=",
        instead="Leave it out, and start nodes: ray start --head here, ray start "
        "--address=HEAD:6379 on each further machine; then ray.init(address='auto')",
        when=_is_given,
    ),
    KeywordRule(
        call="init",
        keyword="engine",
        kind=Kind.MISSING,
        what="Engines are raylite's: ray.init() does not know engine=",
        instead="Leave it out",
        when=_is_given,
    ),
    KeywordRule(
        call="init",
        keyword="local_mode",
        kind=Kind.MISSING,
        what="Ray has given up local_mode: it is a RuntimeError there",
        instead="Leave it out; to debug in one process stay with raylite.init(engine='inline')",
        when=_is_true,
    ),
    KeywordRule(
        call="init",
        keyword="address",
        kind=Kind.MISSING,
        what="A folder is the address of a raylite runtime; for Ray it is a ValueError",
        instead="address='auto', 'HEAD:6379' or 'ray://HEAD:10001'",
        when=_is_folder,
    ),
    KeywordRule(
        call="init",
        keyword="object_store_memory",
        kind=Kind.DIFFERS,
        what="It limits memory alone on Ray, which moves to disk what does not fit; raylite raises "
        "ObjectStoreFullError",
        instead="Nothing; count on the disk as well",
        when=_is_given,
    ),
    *(
        KeywordRule(
            call=call,
            keyword="timeout",
            kind=Kind.DIFFERS,
            what=_NEGATIVE,
            instead=_TIMEOUT,
            when=_is_negative,
        )
        for call in ("get", "wait")
    ),
    KeywordRule(
        call="*.get_next_unordered",
        keyword="ignore_if_timedout",
        kind=Kind.MISSING,
        what="With ignore_if_timedout Ray's ActorPool fails: UnboundLocalError",
        instead="Catch the TimeoutError of get_next_unordered(timeout=...)",
        when=_is_true,
    ),
    *(
        KeywordRule(
            call="init",
            keyword=name,
            kind=Kind.MISSING,
            what="raylite passes it over, and Ray does not know it any more: a RuntimeError",
            instead="Leave it out",
        )
        for name in _REFUSED_BY_RAY
    ),
    *(
        KeywordRule(
            call="init",
            keyword=name,
            kind=Kind.DIFFERS,
            what="raylite passes it over, and Ray does what it says",
            instead="Nothing, if that is what you want there; else leave it out",
            when=_has_effect(harmless),
        )
        for name, (harmless, _why) in PASSED_OVER.items()
        if name not in _REFUSED_BY_RAY
    ),
)

_TO_RAYLITE: Final = (
    *(
        KeywordRule(
            call="init",
            keyword=name,
            kind=Kind.DIFFERS,
            what=f"raylite passes it over: {why}",
            instead="Leave it out",
            when=_has_effect(harmless),
        )
        for name, (harmless, why) in PASSED_OVER.items()
    ),
    *(
        KeywordRule(
            call="remote",
            keyword=name,
            kind=Kind.MISSING,
            what="raylite does not do what it asks for, and refuses it",
            instead=option.instead,
        )
        for name, option in OPTIONS.items()
        if option.instead
    ),
)

KEYWORDS: Final[Mapping[Direction, tuple[KeywordRule, ...]]] = {
    Direction.TO_RAY: _TO_RAY,
    Direction.TO_RAYLITE: _TO_RAYLITE,
}
