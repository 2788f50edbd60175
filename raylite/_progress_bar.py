"""``raylite.util.tqdm``: a progress bar that a task, an actor or the driver moves on.

In Ray: ``python/ray/experimental/tqdm_ray.py``. Left out here: nothing of that; of the package
``tqdm``, what is about drawing: the driver draws, and all bars of a cell together.
"""

# ruff: noqa: N801  # the names are those of the package tqdm

import itertools
import math
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar, overload

from raylite import _engine
from raylite._bar_ticker import TICKER
from raylite._core.common.bars import BarState

__all__ = ["tqdm", "trange"]

T = TypeVar("T")

_numbers: Final = itertools.count(1)
_ABOUT_DRAWING: Final = frozenset(
    {
        *("file", "ncols", "nrows", "mininterval", "maxinterval", "miniters", "ascii", "gui"),
        *("dynamic_ncols", "smoothing", "bar_format", "write_bytes", "lock_args", "colour"),
        *("delay", "unit_divisor", "flush_interval_s"),
    }
)
"""Keywords of tqdm's, and one of Ray's, that are taken and have no effect."""
_LONGEST_TEXT: Final = 200


class tqdm(Generic[T]):
    """A progress bar, in a task, in an actor's method, or in the driver.

    1. A loop over it counts, and nothing more: what is told is told beside it, ten times a second.
    2. The driver shows all bars of a cell in one picture below that cell, with the time left;
       bars of several tasks with the same ``desc`` are added up, with a line for each.
    3. What is over in less than half a second shows nothing.

    Args:
        iterable: what to loop over; None: :meth:`update` says how far it is.
        desc: what stands before the bar.
        total: how many steps there are; None: the iterable's length, if it has one.
        unit: what one step is, such as ``"file"``.
        unit_scale: whether 1200 is shown as 1.2k.
        leave: whether the bar stays to be seen when it has ended.
        disable: whether nothing is shown at all.
        initial: how many steps were done before.
        position: where the bar stands among those of its task, from 0 on.
        postfix: what stands behind the bar, as for :meth:`set_postfix`.
        others: what tqdm takes about drawing; it has no effect.

    Raises:
        TypeError: for a keyword that tqdm does not have, or a total that is no number.
        ValueError: for a negative total.
    """

    @overload
    def __init__(
        self: "tqdm[Any]",
        iterable: None = None,
        desc: str | None = None,
        total: float | None = None,
        **options: Any,
    ) -> None: ...

    @overload
    def __init__(
        self,
        iterable: Iterable[T],
        desc: str | None = None,
        total: float | None = None,
        **options: Any,
    ) -> None: ...

    def __init__(
        self,
        iterable: Iterable[T] | None = None,
        desc: str | None = None,
        total: float | None = None,
        *,
        unit: str | None = None,
        unit_scale: bool | float = False,
        leave: bool | None = True,
        disable: bool | None = False,
        initial: float = 0,
        position: int | None = None,
        postfix: Mapping[str, object] | str | None = None,
        **others: Any,
    ) -> None:
        self._closed = True  # Until it is whole: __del__ comes in any case.
        _check_keywords(others)
        if total is None:
            total = _length(iterable)
        self._iterable = iterable
        self.n = initial
        self.total = _checked_total(total)
        self.desc = desc or ""
        self.unit = unit or "it"
        self.disable = bool(disable)
        self.leave = leave is None or bool(leave)
        self.pos = position or 0
        self._scaled = bool(unit_scale)
        self._postfix = ""
        self._began_s = time.monotonic()
        self._number = next(_numbers)
        self._initial = _number(initial)
        self._call, self._who, self._origin = "", "", 0
        if postfix:
            self.postfix = postfix
        if not self.disable:
            self._call, self._who, self._origin = _whose()
            self._closed = False
            TICKER.add(self._number, self)

    def __iter__(self) -> Iterator[T]:
        """Loop over what there is, counting."""
        if self._iterable is None:
            msg = (
                "This tqdm was given nothing to loop over: write tqdm(things), or "
                "tqdm(total=100) and .update(1) for each step."
            )
            raise TypeError(msg)
        try:
            for item in self._iterable:
                yield item
                self.n += 1
        finally:
            self.close()

    def update(self, n: float | None = 1) -> None:
        """So many further steps are done; a negative number takes steps back."""
        self.n += 1 if n is None else n

    def close(self) -> None:
        """It is over: the bar stops here. Twice is harmless."""
        if not self._closed:
            self._closed = True
            TICKER.ended(self.state(ended=True))

    def reset(self, total: float | None = None) -> None:
        """Begin anew.

        Args:
            total: how many steps there are now; None: as many as before.
        """
        self.n = self._initial = 0.0
        self._began_s = time.monotonic()
        if total is not None:
            self.total = _checked_total(total)
        if self._closed and not self.disable:
            self._closed = False
            self._number = next(_numbers)
            TICKER.add(self._number, self)

    def refresh(self, *_args: object, **_kwargs: object) -> None:
        """Nothing: the bar is drawn anew by itself, ten times a second."""

    clear = display = unpause = refresh

    def set_description(self, desc: str | None = None, refresh: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002  # as tqdm has it
        """What stands before the bar from now on."""
        self.desc = desc or ""

    set_description_str = set_description

    @property
    def postfix(self) -> Any:
        """What stands behind the bar; None: nothing."""
        return self._postfix or None

    @postfix.setter
    def postfix(self, value: Any) -> None:
        text = ", ".join(_pair(*pair) for pair in value.items()) if _is_mapping(value) else value
        self._postfix = "" if text is None else str(text)

    def set_postfix(
        self,
        ordered_dict: Mapping[str, object] | None = None,
        refresh: bool = True,  # noqa: ARG002, FBT001, FBT002  # as tqdm has it
        **kwargs: object,
    ) -> None:
        """What stands behind the bar from now on: ``bar.set_postfix(loss=0.25)``."""
        self.postfix = {**(ordered_dict or {}), **kwargs}

    def set_postfix_str(self, s: str = "", refresh: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002  # as tqdm has it
        """The same as text."""
        self.postfix = s

    @classmethod
    def write(cls, s: str, file: Any = None, end: str = "\n", nolock: bool = False) -> None:  # noqa: ARG003, FBT001, FBT002  # as tqdm has it
        """Print a line; ``print`` does as well, since bars make way for it."""
        (file or sys.stdout).write(f"{s}{end}")

    def state(self, *, ended: bool) -> BarState:
        """How far it is, in the words that travel."""
        return BarState(
            number=self._number,
            call=self._call,
            who=self._who,
            origin=self._origin,
            desc=str(self.desc)[:_LONGEST_TEXT],
            done=_number(self.n),
            total=_number(self.total) if self.total is not None else None,
            unit=str(self.unit)[:_LONGEST_TEXT],
            scaled=self._scaled,
            initial=self._initial,
            position=self.pos,
            postfix=self._postfix[:_LONGEST_TEXT],
            age_s=time.monotonic() - self._began_s,
            keep=self.leave,
            ended=ended,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if not self._closed:
            self._closed = True
            TICKER.dropped(self.state(ended=True))

    def __len__(self) -> int:
        if self.total is None:
            msg = "This tqdm does not know how many steps there are: give it total=..."
            raise TypeError(msg)
        return int(self.total)

    def __bool__(self) -> bool:
        return self.total is None or self.total > 0

    def __repr__(self) -> str:
        total = "?" if self.total is None else f"{self.total:g}"
        return f"<tqdm {self.desc!r}: {self.n:g} of {total}>"


def trange(*args: int, **kwargs: Any) -> tqdm[int]:
    """``tqdm(range(...), ...)``."""
    return tqdm(range(*args), **kwargs)


def _whose() -> tuple[str, str, int]:
    """Whose code makes a bar: the task's id, its name, and the cell that has caused it."""
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        return "", "", 0
    facts = engine.facts()
    if facts.is_driver:
        return "", "", facts.origin
    return str(facts.task_id or ""), str(facts.task_name or ""), facts.origin


def _check_keywords(others: Mapping[str, object]) -> None:
    unknown = sorted(others.keys() - _ABOUT_DRAWING)
    if unknown:
        msg = (
            f"tqdm() has no keyword {unknown[0]!r}. It takes desc, total, unit, unit_scale, leave, "
            "disable, initial, position and postfix."
        )
        raise TypeError(msg)


def _length(iterable: Any) -> int | None:
    try:
        return len(iterable)
    except (TypeError, AttributeError):  # It has none, or cannot tell.
        return None


def _checked_total(total: Any) -> float | None:
    if total is None:
        return None
    try:
        number = float(total)
    except (TypeError, ValueError):
        msg = f"tqdm(total={total!r}): this has to be a number of steps, or None."
        raise TypeError(msg) from None
    if number < 0 or math.isnan(number):
        msg = f"tqdm(total={total!r}): this has to be 0 or more."
        raise ValueError(msg)
    return None if math.isinf(number) else total


def _number(value: Any) -> float:
    """What a program has made of a count, as a number that can be drawn."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return number if math.isfinite(number) else 0.0


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _pair(key: str, value: object) -> str:
    return f"{key}={value:.3g}" if isinstance(value, float) else f"{key}={value}"


tqdm.__module__ = trange.__module__ = "raylite.util"
