"""When something was seen on the screen, and how many frames a second were drawn.

The browser's clock and Python's are one machine's, so that a time taken there can be held against
one taken here.
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from playwright.sync_api import Page

__all__ = [
    "delays_ms",
    "frames_ms",
    "frames_per_second",
    "longest_frame_ms",
    "sightings",
    "watch_for",
]


def watch_for(page: Page, selector: str) -> None:
    """From now on note each new text of the first element that the selector names, and when."""
    page.evaluate(
        """selector => {
            window.rayliteSeen = {texts: [], times_s: []};
            const look = () => {
                const text = document.querySelector(selector)?.textContent ?? "";
                const {texts, times_s} = window.rayliteSeen;
                if (texts.at(-1) === text) return;
                texts.push(text);
                times_s.push((performance.timeOrigin + performance.now()) / 1000);
            };
            look();
            new MutationObserver(look).observe(
                document.body, {childList: true, subtree: true, characterData: true});
        }""",
        selector,
    )


def sightings(page: Page) -> list[tuple[str, float]]:
    """What :func:`watch_for` has seen: each text, and when it was there, in seconds since 1970."""
    seen: dict[str, list[str | float]] = page.evaluate("() => window.rayliteSeen")
    return [
        (str(text), float(at_s)) for text, at_s in zip(seen["texts"], seen["times_s"], strict=True)
    ]


def delays_ms(
    happened: Sequence[tuple[str, float]], seen: Sequence[tuple[str, float]]
) -> list[float]:
    """How long after it happened each thing was first seen, in milliseconds.

    Args:
        happened: words, and when that happened which they stand for, in seconds since 1970.
        seen: texts, and when they were there. Words that no text contains are left out.
    """
    found = []
    for words, happened_at_s in happened:
        after = (at_s for text, at_s in seen if words in text and at_s >= happened_at_s)
        if (seen_at_s := next(after, None)) is not None:
            found.append((seen_at_s - happened_at_s) * 1000)
    return found


def frames_ms(page: Page, duration_s: float) -> list[float]:
    """The times between the frames that the page draws from now on, in milliseconds."""
    times: list[float] = page.evaluate(
        """duration_ms => new Promise(done => {
            const times = [];
            const frame = now => {
                times.push(now);
                if (now - times[0] < duration_ms) requestAnimationFrame(frame);
                else done(times);
            };
            requestAnimationFrame(frame);
        })""",
        duration_s * 1000,
    )
    return [later - earlier for earlier, later in pairwise(times)]


def frames_per_second(frames: Sequence[float]) -> float:
    """Of frames that took so many milliseconds each: the rate of the usual one."""
    return 1000 / median(frames)


def longest_frame_ms(frames: Sequence[float]) -> float:
    """The longest time for which the picture stood still, in milliseconds."""
    return max(frames)
