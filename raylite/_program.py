"""Running a program that was written for Ray, as Python itself would run it.

In Ray: nothing like it. ``__main__`` is a fresh module, so that cloudpickle ships the program's
classes and functions whole, and ``sys.argv``, ``sys.path[0]``, exit codes, Ctrl-C and tracebacks
are those of ``python PROGRAM.py``. The session ends with the process, as that of any program.
"""

import builtins
import importlib.machinery
import io
import linecache
import os
import pkgutil
import runpy
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any, Final

from raylite._as_ray import install_as_ray

__all__ = ["NoProgramError", "run_code", "run_module", "run_path"]

_HIDDEN: Final = (
    __file__,
    str(Path(__file__).with_name("__main__.py")),
    runpy.run_path.__code__.co_filename,
)
"""The files whose frames stand between Python and the program."""
_PACKAGE: Final = str(Path(__file__).parent) + os.sep


class NoProgramError(Exception):
    """There is nothing to run, and the text says why."""


def run_path(path: str, arguments: Sequence[str]) -> None:
    """As ``python PATH ARGUMENTS``: a file, a folder or archive with a ``__main__.py``, or ``-``.

    Raises:
        NoProgramError: if there is no such file.
        BaseException: whatever the program ends with.
    """
    sys.argv = [path, *arguments]
    if path == "-":
        _first_on_path("")
        _run(lambda: compile(sys.stdin.read(), "<stdin>", "exec"))
    elif _is_container(path):
        _first_on_path(str(Path.cwd() / path), even_if_safe=True)
        _run_in_module("__main__", alter_argv=False)
    else:
        source = _source_of(path)
        _first_on_path(str(Path(path).resolve().parent))
        # Python gives the full path, but does not follow links.
        full = str(Path.cwd() / path)
        loader = importlib.machinery.SourceFileLoader("__main__", full)
        facts = {"__file__": full, "__cached__": None, "__loader__": loader}
        _run(lambda: compile(source, full, "exec"), **facts)


def run_code(code: str, arguments: Sequence[str]) -> None:
    """As ``python -c CODE ARGUMENTS``.

    Raises:
        BaseException: whatever the code ends with.
    """
    sys.argv = ["-c", *arguments]
    _first_on_path("")
    if sys.version_info >= (3, 13):  # From then on Python's tracebacks quote such code.
        lines = code.splitlines(keepends=True)
        linecache.cache["<string>"] = (len(code), None, lines, "<string>")
    _run(lambda: compile(code, "<string>", "exec"))


def run_module(name: str, arguments: Sequence[str]) -> None:
    """As ``python -m NAME ARGUMENTS``.

    Raises:
        BaseException: whatever the module ends with.
    """
    sys.argv = ["-m", *arguments]
    _first_on_path(str(Path.cwd()))
    _run_in_module(name, alter_argv=True)


def _source_of(path: str) -> bytes:
    try:
        with io.open_code(path) as file:
            return file.read()
    except OSError as error:
        msg = f"can't open file {str(Path.cwd() / path)!r}: [Errno {error.errno}] {error.strerror}"
        raise NoProgramError(msg) from None


def _is_container(path: str) -> bool:
    finder = pkgutil.get_importer(path)
    return finder is not None and finder.find_spec("__main__") is not None


def _first_on_path(folder: str, *, even_if_safe: bool = False) -> None:
    """Put the program's folder where ``python -m raylite`` has put the current one."""
    if sys.flags.safe_path:
        if even_if_safe:
            sys.path.insert(0, folder)
    else:
        sys.path[0] = folder


def _run_in_module(name: str, *, alter_argv: bool) -> None:
    def run(_main: dict[str, Any]) -> None:
        # What Python itself calls for 'python -m'; there is no public way that keeps __main__.
        runpy._run_module_as_main(name, alter_argv=alter_argv)  # type: ignore[attr-defined]  # noqa: SLF001  # As above.

    _as_main(run)


def _run(compiled: Callable[[], CodeType], **facts: Any) -> None:
    def run(main: dict[str, Any]) -> None:
        main.update(facts)
        exec(compiled(), main)  # noqa: S102  # It is what the user asked for.

    _as_main(run)


def _as_main(run: Callable[[dict[str, Any]], None]) -> None:
    install_as_ray()
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __loader__=importlib.machinery.BuiltinImporter)
    sys.modules["__main__"] = main
    try:
        run(main.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        _show_without_us(error)
        raise


def _show_without_us(failed: BaseException) -> None:
    """Have Python's last word on an exception begin with the program's first line.

    And end with its last. The exception is raised on all the same, so that Python itself ends the
    process, by a signal if it was Ctrl-C. Only what the program's own hook, or Python's, is given
    to print is shortened.
    """
    hook = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if error is failed:
            trace = _of_the_program(trace)
            error = error.with_traceback(trace)
        hook(kind, error, trace)

    sys.excepthook = show


def _of_the_program(trace: TracebackType | None) -> TracebackType | None:
    """Without our own frames, which are the first, and those of raylite that raised, the last."""
    while trace is not None and trace.tb_frame.f_code.co_filename in _HIDDEN:
        trace = trace.tb_next
    at, last = trace, None
    while at is not None:
        if not at.tb_frame.f_code.co_filename.startswith(_PACKAGE):
            last = at
        at = at.tb_next
    # With -X dev all of them are shown, for whoever looks for a fault in raylite.
    if last is not None and not sys.flags.dev_mode:
        last.tb_next = None
    return trace
