"""``python -m raylite PROGRAM.py``: a program written for Ray, run on raylite without an edit.

In Ray: ``python/ray/scripts/scripts.py`` for ``start``, ``status``, ``memory`` and ``stop``, which
are handed over to :mod:`raylite.cli`; nothing like it for programs.
"""

import difflib
import importlib
import sys
from collections.abc import Sequence

from raylite._program import NoProgramError, run_code, run_module, run_path

__all__ = ["main"]

_USAGE = """\
usage: python -m raylite PROGRAM.py [ARGUMENTS]
       python -m raylite -m MODULE [ARGUMENTS]
       python -m raylite -c CODE [ARGUMENTS]
       python -m raylite - [ARGUMENTS]
       python -m raylite start | status | memory | doctor | stop | course | port [OPTIONS]

The first four run a program written for Ray as python itself would: 'import ray' gives raylite,
in the program and in its workers, and the session ends with the program. The last is the command
raylite: 'python -m raylite COMMAND --help' tells what each of its commands does.
"""
_COMMANDS = ("start", "status", "memory", "doctor", "stop", "course", "port")
_MISUSE = 2


def main(argv: Sequence[str]) -> int:
    """Do what the command line says.

    Args:
        argv: what follows ``python -m raylite``.

    Returns:
        The exit code, if no program has ended with one of its own.

    Raises:
        BaseException: whatever the program ends with.
    """
    match list(argv):
        case ["-h" | "--help", *_]:
            sys.stdout.write(_USAGE)
        case ["-V" | "--version", *_]:
            sys.stdout.write(f"raylite {importlib.import_module('raylite').__version__}\n")
        case ["-m", module, *arguments]:
            run_module(module, arguments)
        case ["-c", code, *arguments]:
            run_code(code, arguments)
        case [command, *_] if command in _COMMANDS:
            return int(importlib.import_module("raylite.cli").main(list(argv)))
        case [path, *arguments] if path == "-" or not path.startswith("-"):
            return _run_file(path, arguments)
        case [option, *_]:
            what = "is not known" if option not in {"-m", "-c"} else "needs a word behind it"
            sys.stderr.write(f"python -m raylite: {option} {what}.\n{_USAGE}")
            return _MISUSE
        case _:
            sys.stderr.write(_USAGE)
            return _MISUSE
    return 0


def _run_file(path: str, arguments: Sequence[str]) -> int:
    try:
        run_path(path, arguments)
    except NoProgramError as error:
        sys.stderr.write(f"python -m raylite: {error}\n{_hint(path)}")
        return _MISUSE
    return 0


def _hint(path: str) -> str:
    meant = difflib.get_close_matches(path, _COMMANDS, 1)
    return f"Did you mean 'python -m raylite {meant[0]}'?\n" if meant else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
