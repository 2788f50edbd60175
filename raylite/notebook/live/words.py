"""Times, sizes and names as people read them.

In Ray: nothing like it. No text here is escaped: who draws does that.
"""

from collections.abc import Mapping
from typing import Final

__all__ = ["amounts", "count", "one_line", "size", "span"]

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_UNITS: Final = ((10**9, "GB"), (10**6, "MB"), (10**3, "KB"))
_TENTHS_BELOW: Final = 100


def span(seconds: float) -> str:
    """How long something has gone on, in whole seconds: ``2 s``, ``3 min 20 s``, ``1 h 2 min``.

    Args:
        seconds: less than 0 counts as 0.
    """
    whole = round(max(0.0, seconds))
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S} s"
    return f"{whole // _HOUR_S:,} h {whole % _HOUR_S // _MINUTE_S} min"


def size(size_bytes: int) -> str:
    """How large something is: ``812 B``, ``1.5 MB``."""
    for unit, name in ((number, name) for number, name in _UNITS if size_bytes >= number):
        found = size_bytes / unit
        return f"{found:.1f} {name}" if found < _TENTHS_BELOW else f"{found:,.0f} {name}"
    return f"{size_bytes} B"


def count(number: int, one: str, many: str = "") -> str:
    """``1 call``, ``1,024 calls``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def amounts(resources: Mapping[str, float], nothing: str = "nothing") -> str:
    """Resources: ``2 CPU, 0.5 GPU``."""
    told = [f"{amount:g} {one_line(name, 40)}" for name, amount in resources.items() if amount]
    return one_line(", ".join(told), 80) if told else nothing


def one_line(text: str, longest: int) -> str:
    """The text without line breaks and without what moves the cursor, cut to this length."""
    # A text of a megabyte is not walked through for its first words.
    start = text[: 4 * longest]
    flat = " ".join("".join(one if one.isprintable() else " " for one in start).split())
    is_cut = len(flat) > longest or len(text) > len(start)
    return f"{flat[: longest - 1].rstrip()}…" if is_cut else flat
