"""Put what was measured between markers in a page: ``<!-- benchmark: NAME -->`` and its end."""

from pathlib import Path


class MarkerMissingError(Exception):
    """A page has no place of that name, or more than one."""


def filled(page: str, name: str, text: str) -> str:
    """The page with ``text`` between the markers of that name.

    Raises:
        MarkerMissingError: The page has not exactly one pair of them.
    """
    begin, end = f"<!-- benchmark: {name} -->", f"<!-- benchmark: end of {name} -->"
    before, found_begin, rest = page.partition(begin)
    _old, found_end, after = rest.partition(end)
    if not found_begin or not found_end or begin in rest or end in after:
        message = f"The page needs one line {begin!r}, and after it one line {end!r}."
        raise MarkerMissingError(message)
    return f"{before}{begin}\n{text.strip()}\n{end}{after}"


def fill(path: Path, texts: dict[str, str]) -> None:
    """Write a page with each text at its place.

    Raises:
        MarkerMissingError: It has no such place; nothing is written then.
    """
    page = path.read_text(encoding="utf-8")
    for name, text in texts.items():
        try:
            page = filled(page, name, text)
        except MarkerMissingError as error:
            message = f"{path}: {error}"
            raise MarkerMissingError(message) from None
    path.write_text(page, encoding="utf-8")
