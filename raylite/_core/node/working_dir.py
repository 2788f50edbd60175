"""The copy of a directory in which a job's workers find themselves.

In Ray: ``python/ray/_private/runtime_env/packaging.py``. Left out here: archives, since nothing
travels to another machine. As there, workers see the directory as it was when the job began, and
what they write stays in the copy, which they share and which goes with the session.
"""

import fnmatch
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

__all__ = ["MAX_BYTES", "copy_working_dir"]

MAX_BYTES: Final = 512 << 20
"""Ray's limit. A larger one is not meant to be copied, but has a home or a data set in it."""
_ALWAYS_LEFT_OUT: Final = (".git", ".venv", "venv", "__pycache__")
_LISTS: Final = (".gitignore", ".rayignore")


def copy_working_dir(source: str, target: str, excludes: Sequence[str]) -> None:
    """Copy a directory, without what its own lists and the given patterns leave out.

    Args:
        source: an existing directory.
        target: does not exist yet.
        excludes: patterns as in a ``.gitignore``, relative to the directory.

    Raises:
        ValueError: if there is too much to copy.
        OSError: if something cannot be read or written.
    """
    base = Path(source).resolve()
    patterns = [*_ALWAYS_LEFT_OUT, *_listed(base), *excludes]
    chosen = list(_chosen(base, base, patterns, {base}))
    size_bytes = sum(path.stat().st_size for path in chosen if path.is_file())
    if size_bytes > MAX_BYTES:
        msg = (
            f"The working directory {source} has {size_bytes >> 20} MiB, which exceeds the maximum "
            f"of {MAX_BYTES >> 20} MiB. Leave out what the workers do not need: "
            "runtime_env={'working_dir': ..., 'excludes': ['data/', '*.bin']}."
        )
        raise ValueError(msg)
    copy = Path(target)
    copy.mkdir(mode=0o700)
    try:
        for path in chosen:
            place = copy / path.relative_to(base)
            if path.is_dir():
                place.mkdir()
            else:
                shutil.copy(path, place)
    except BaseException:
        shutil.rmtree(copy, ignore_errors=True)
        raise


def _listed(base: Path) -> Iterator[str]:
    for name in _LISTS:
        path = base / name
        if path.is_file():
            yield from path.read_text(encoding="utf-8", errors="replace").splitlines()


def _chosen(base: Path, folder: Path, patterns: Sequence[str], above: set[Path]) -> Iterator[Path]:
    """What is in the folder and not left out; a directory ahead of what is in it.

    Links are followed, but not to a directory that they are below of.
    """
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = Path(entry.path)
        is_folder = entry.is_dir()
        if _is_left_out(path.relative_to(base).as_posix(), patterns, is_folder=is_folder):
            continue
        real = path.resolve()
        if is_folder and real not in above:
            yield path
            yield from _chosen(base, path, patterns, {*above, real})
        elif entry.is_file():  # A pipe or a socket cannot be copied, nor can a link to nowhere.
            yield path


def _is_left_out(relative: str, patterns: Sequence[str], *, is_folder: bool) -> bool:
    """Whether the last pattern that fits says so."""
    left_out = False
    for line in patterns:
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        wanted = pattern.startswith("!")
        pattern = pattern.removeprefix("!")
        if pattern.endswith("/") and not is_folder:
            continue
        if _fits(relative, pattern.rstrip("/")):
            left_out = not wanted
    return left_out


def _fits(relative: str, pattern: str) -> bool:
    if "/" in pattern:
        return fnmatch.fnmatchcase(relative, pattern.removeprefix("/").removeprefix("**/"))
    return fnmatch.fnmatchcase(relative.rpartition("/")[2], pattern)
