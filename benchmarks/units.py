"""The units of figures, how each is told, and which way is better."""

from enum import Enum


class Unit(Enum):
    """In which unit a row is told."""

    RATE = "/s"
    GIGABYTES_PER_S = "GB/s"
    RATIO = ""
    SECONDS = "s"
    MEGABYTES = "MB"
    PERCENT = "%"

    @property
    def more_is_better(self) -> bool:
        """Whether a larger figure is the better one."""
        return self in {Unit.RATE, Unit.GIGABYTES_PER_S, Unit.RATIO}

    @property
    def negligible(self) -> float:
        """Below this, two figures do not differ: no ratio is told, and no spread is too wide."""
        return 0.5 if self is Unit.PERCENT else 0.0


def figure(value: float, unit: Unit) -> str:
    """A figure with its unit and the digits that matter: ``1,234/s``, ``0.327 s``."""
    match unit:
        case Unit.RATE:
            return f"{value:,.0f}/s" if value >= 100 else f"{value:.3g}/s"  # noqa: PLR2004
        case Unit.GIGABYTES_PER_S:
            return f"{value:.2f} GB/s"
        case Unit.RATIO:
            return f"{value:.2f}"
        case Unit.SECONDS:
            return f"{value:.3f} s"
        case Unit.MEGABYTES:
            return f"{value:.1f} MB"
        case Unit.PERCENT:
            return f"{value:.2f} %"


def times(ratio: float) -> str:
    """A ratio with the digits that matter: ``0.43x``, ``8.4x``, ``220x``."""
    if ratio >= 100:  # noqa: PLR2004 - beyond this nobody needs the last digit
        return f"{float(f'{ratio:.2g}'):,.0f}x"
    return f"{ratio:.1f}x" if ratio >= 1 else f"{ratio:.2f}x"
