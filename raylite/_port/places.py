"""Places in a text: from the lines and bytes that Python's parser counts to characters.

In Ray: nothing like it.
"""

from dataclasses import dataclass

from raylite._port.magic_lines import split_lines

__all__ = ["Edit", "Places", "edited"]


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Something else in the place of what stands between two offsets, in characters."""

    start: int
    end: int
    text: str


def edited(text: str, edits: list[Edit]) -> str:
    """The text with all edits made; of what lies within another one only the outer is."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if edit.start < at:
            continue
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


class Places:
    """Turns the parser's places in one text into offsets.

    Args:
        text: as it was parsed.
    """

    def __init__(self, text: str) -> None:
        self._lines = split_lines(text)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def offset(self, line: int, column_bytes: int) -> int:
        """How many characters there are before a place.

        Args:
            line: from 1 on.
            column_bytes: bytes of UTF-8 before it in its line, as the parser counts.
        """
        return self._starts[line - 1] + self.column(line, column_bytes) - 1

    def column(self, line: int, column_bytes: int) -> int:
        """The same in characters of the line, from 1 on."""
        return len(self._of(line).encode()[:column_bytes].decode(errors="ignore")) + 1

    def start_of(self, line: int) -> int:
        """How many characters there are before a line; behind the last one, all."""
        return self._starts[min(line - 1, len(self._lines))]

    def code(self, line: int) -> str:
        """The line, without the space around it."""
        return self._of(line).strip()

    def _of(self, line: int) -> str:
        return self._lines[line - 1] if line <= len(self._lines) else ""
