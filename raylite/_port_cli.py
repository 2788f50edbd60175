"""The command ``raylite port``: what of a program is raylite's alone, and the program for Ray.

In Ray: nothing like it.
"""

import argparse
import errno
import importlib
import io
import os
import sys
import tempfile
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["add_port_command"]

_PORT: Final = """\
List the lines of programs and notebooks that cannot run on Ray, or do something else there, and
what to write instead; and write the program for Ray.

    raylite port words.py                      list the lines, change nothing
    raylite port words.py --to-ray             print the program for Ray
    raylite port words.py --to-ray --write     change the file
    raylite port lesson.ipynb -o lesson_ray.ipynb

'import raylite as ray' becomes 'import ray', with --to-raylite the other way round, and so do the
modules below. %%actor and %%task become @ray.remote, other magics of raylite's become comments.
Nothing else changes: not the layout, not comments and texts, not a notebook's outputs.

The exit code is 0 if there is nothing to do, 1 if lines were found (with --write or -o: lines that
have to be changed by hand), and 2 if a file cannot be read."""
_FOUND: Final = 1
_UNREADABLE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A file, or standard input."""

    name: str
    text: str
    encoding: str
    is_notebook: bool


def add_port_command(commands: Any) -> None:
    """Add ``port`` to the commands of ``raylite``.

    Args:
        commands: what ``ArgumentParser.add_subparsers`` gave.
    """
    port = commands.add_parser(
        "port",
        help="take a program to Ray, or back",
        description=_PORT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    port.add_argument("files", nargs="+", metavar="FILE", help="program or notebook; - is stdin")
    way = port.add_mutually_exclusive_group()
    way.add_argument("--to-ray", action="store_true", help="the program for Ray")
    way.add_argument("--to-raylite", action="store_true", help="the program for raylite")
    where = port.add_mutually_exclusive_group()
    where.add_argument("--write", action="store_true", help="change the files themselves")
    where.add_argument(
        "-o", "--output", metavar="FILE|DIR", type=Path, help="write there; several files: a folder"
    )
    port.set_defaults(run=_port)


def _port(told: argparse.Namespace) -> int:
    finding = importlib.import_module("raylite._port.finding")
    direction = finding.Direction.TO_RAYLITE if told.to_raylite else finding.Direction.TO_RAY
    wrong = _misuse(told)
    if wrong:
        return _fail(wrong)
    codes = [_port_one(name, direction, told) for name in told.files]
    return max(codes)


def _misuse(told: argparse.Namespace) -> str:
    if told.write and "-" in told.files:
        return "--write changes files, and - is standard input: write -o FILE, or use a pipe"
    several = len(told.files) > 1
    names = [Path(name).name for name in told.files]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None and told.output is not None:
        return f"-o {told.output}: two files would be written as {twice} there, one over the other"
    if several and told.output is not None and not told.output.is_dir():
        return f"-o {told.output}: for several files this has to be a folder that is there"
    if several and (told.to_ray or told.to_raylite) and not (told.write or told.output):
        return "several programs cannot be printed at once: add --write, or -o DIR"
    return ""


def _port_one(name: str, direction: Any, told: argparse.Namespace) -> int:
    report = importlib.import_module("raylite._port.report")
    try:
        source = _read(name)
        done, text = _ported(source, direction)
    except (OSError, SyntaxError, ValueError, LookupError, RecursionError, MemoryError) as error:
        return _fail(_why(_shown(name), error))
    writes = told.write or told.output is not None
    prints = not writes and (told.to_ray or told.to_raylite)
    summary = sys.stderr if prints else sys.stdout
    if writes:
        target = _target(source, told)
        is_new = done.is_changed or target != Path(source.name)
        try:
            if is_new:
                _write(target, text.encode(source.encoding))
        except (OSError, UnicodeError) as error:
            return _fail(_why(str(target), error))
        left, _ = _ported(_Source(**{**_fields(source), "text": text}), direction)
        summary.write(f"Written: {target}.\n" if is_new else "")
        summary.write(report.text_of(str(target), left.findings, direction))
        return _FOUND if left.findings else 0
    summary.write(report.text_of(source.name, done.findings, direction))
    if prints:
        sys.stdout.write(text)
    return _FOUND if done.findings else 0


def _fields(source: _Source) -> dict[str, Any]:
    return {name: getattr(source, name) for name in source.__slots__}


def _read(name: str) -> _Source:
    """Read a program, by the encoding it names; or a notebook.

    Raises:
        OSError: if there is no such file.
        SyntaxError: for an encoding that Python does not know.
        ValueError: for bytes that are not of that encoding.
    """
    raw = sys.stdin.buffer.read() if name == "-" else _bytes(Path(name))
    is_notebook = name.endswith(".ipynb") or (name == "-" and raw.lstrip()[:1] == b"{")
    encoding = "utf-8" if is_notebook else tokenize.detect_encoding(io.BytesIO(raw).readline)[0]
    text = raw.decode(encoding)
    return _Source(name=_shown(name), text=text, encoding=encoding, is_notebook=is_notebook)


def _bytes(path: Path) -> bytes:
    if path.is_char_device() or path.is_block_device():
        msg = "this is a device, which may have no end"
        raise ValueError(msg)
    return path.read_bytes()


def _shown(name: str) -> str:
    return "standard input" if name == "-" else name


def _ported(source: _Source, direction: Any) -> tuple[Any, str]:
    program = importlib.import_module("raylite._port.program")
    if not source.is_notebook:
        done, text = program.ported_text(source.text, direction)
        return done, text
    notebook = importlib.import_module("raylite._port.notebook_file").Notebook(source.text)
    done = program.ported(notebook.parts, direction)
    return done, notebook.with_codes(done.texts)


def _target(source: _Source, told: argparse.Namespace) -> Path:
    if told.output is None:
        return Path(source.name)
    output: Path = told.output
    return output / Path(source.name).name if output.is_dir() else output


def _write(target: Path, text: bytes) -> None:
    """All of it, or nothing: the file is there as it was until the new one is complete."""
    there = target.resolve()  # A link stays one.
    if there.exists() and not there.is_file():
        there.write_bytes(text)  # Such as /dev/null, in the place of which nothing may be put.
        return
    if there.exists() and not there.stat().st_mode & 0o222:
        raise PermissionError(errno.EACCES, "this is read-only, and left as it is")
    handle, name = tempfile.mkstemp(prefix=f".{there.name}.", dir=there.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        mode = there.stat().st_mode & 0o777 if there.exists() else 0o666 & ~_umask()
        Path(name).chmod(mode)
        Path(name).replace(there)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _why(name: str, error: Exception) -> str:
    match error:
        case SyntaxError(lineno=int(line), msg=said):
            cell = f"{error.filename}, " if str(error.filename).startswith("cell") else ""
            return f"{name}, {cell}line {line}: this is not Python: {said}"
        case SyntaxError(msg=said):
            return f"{name}: this is not Python: {said}"
        case UnicodeError() | LookupError():
            return f"{name}: this is no text, or is in another encoding than it says"
        case RecursionError() | MemoryError():
            return f"{name}: this is nested too deeply to be read"
        case OSError(strerror=str(said)):
            return f"{name}: {said}"
    return f"{name}: {error}"


def _fail(text: str) -> int:
    sys.stderr.write(f"raylite port: {text}.\n")
    return _UNREADABLE
