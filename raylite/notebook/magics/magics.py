"""The magics: ``%%actor``, ``%%task`` and ``%raylite``; and what loads them and those beside it.

In Ray: nothing like it. Each does little more than call a function.
"""

import difflib
import importlib
import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

import raylite
from raylite.notebook.flow.trace_magic import TraceMagic
from raylite.notebook.magics.actor_arguments import accepts_actor_options, read_arguments
from raylite.notebook.magics.actor_cell import define_actor, start_actor
from raylite.notebook.magics.cell_code import call_in_cell, run_cell_body
from raylite.notebook.magics.check_magic import CheckMagic
from raylite.notebook.magics.completion import complete_magics, stop_completing
from raylite.notebook.magics.look_magics import LookMagics
from raylite.notebook.magics.magic_lines import UsageError, in_one_sentence, read_line
from raylite.notebook.magics.own_errors import hide_own_lines, show_own_lines
from raylite.notebook.magics.running_instances import RunningInstances
from raylite.notebook.magics.task_cell import (
    accepts_task_options,
    call_task,
    define_task,
    read_task_arguments,
)
from raylite.notebook.tables import session_status as session
from raylite.notebook.tables.memory_view import memory
from raylite.notebook.tables.metrics_view import metrics

__all__ = ["SUBCOMMANDS", "RayliteMagics", "load", "unload"]

Shown: TypeAlias = Any
"""Something with a text and a table, or None."""

SUBCOMMANDS: Final = {
    "status": "what runs",
    "memory": "the objects, and which line has made them",
    "metrics": "what the program counts and measures",
    "doctor": "what on this machine may be in the way, and what to do",
    "init": "start a session",
    "shutdown": "end it with all its actors",
    "as-ray": "'import ray' gives raylite from now on",
    "port": "the lines that could not run on Ray, and what to write there",
}
"""What can stand behind ``%raylite``."""


@magics_class
class RayliteMagics(Magics):
    """What ``%load_ext raylite`` adds to a shell, beside :class:`.LookMagics`."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._instances = RunningInstances()

    @no_var_expand
    @cell_magic
    @magic_arguments()
    @argument(
        "--as",
        dest="variable",
        metavar="VARIABLE",
        help="the variable for the handle; starts an instance",
    )
    @argument(
        "--start",
        nargs="*",
        metavar="ARGS",
        help="start an instance with these arguments, Python expressions: --start 10, step=2",
    )
    @argument(
        "--class", dest="class_name", metavar="NAME", help="which class; otherwise the last one"
    )
    @accepts_actor_options
    def actor(self, line: str, cell: str) -> None:
        """Make the class in the cell an actor class, and perhaps start an instance.

        The rest of the cell runs as usual. Running the cell again replaces the instance.
        """
        shell: Any = self.shell
        told = read_arguments(self.actor, line, shell.user_ns)
        tree = run_cell_body(shell, f"%%actor {line}".rstrip(), cell)
        actor_class = define_actor(tree, told, shell.user_ns)
        if told.starts:
            start = partial(start_actor, actor_class, told, shell.user_ns, self._instances)
            sys.stdout.write(f"{call_in_cell(shell, start)}\n")

    @no_var_expand
    @cell_magic
    @magic_arguments()
    @argument(
        "--as",
        dest="variable",
        metavar="VARIABLE",
        help="the variable for the ref; calls the function",
    )
    @argument(
        "--run",
        nargs="*",
        metavar="ARGS",
        help="call it with these arguments, Python expressions: --run 10, step=2",
    )
    @argument(
        "--function",
        dest="function_name",
        metavar="NAME",
        help="which function; otherwise the last one",
    )
    @accepts_task_options
    def task(self, line: str, cell: str) -> None:
        """Make the function in the cell a remote function, and perhaps call it.

        The rest of the cell runs as usual. Running the cell again defines it anew.
        """
        shell: Any = self.shell
        told = read_task_arguments(self.task, line, shell.user_ns)
        tree = run_cell_body(shell, f"%%task {line}".rstrip(), cell)
        function = define_task(tree, told, shell.user_ns)
        if told.runs:
            call = partial(call_task, function, told, shell.user_ns)
            sys.stdout.write(f"{call_in_cell(shell, call)}\n")

    @line_magic
    @magic_arguments()
    @argument("--num-cpus", type=int, help="with init: how many CPUs tasks and actors share")
    @argument("--num-gpus", type=int, help="with init: the same for GPUs")
    @argument(
        "what",
        nargs="?",
        default="status",
        help="; ".join(f"{word}: {text}" for word, text in SUBCOMMANDS.items()),
    )
    @argument("name", nargs="?", default="", help="with port: only the cell that has defined it")
    @argument("--cell", action="store_true", help="with port: only the cell that ran before")
    @argument("--all", action="store_true", help="with port: all cells that have run, as usual")
    def raylite(self, line: str) -> Shown:
        """Look at the session, start it, end it, or let programs written for Ray run in it."""
        told = read_line(self.raylite, line, "%raylite")
        numbers = {"num_cpus": told.num_cpus, "num_gpus": told.num_gpus}
        actions: dict[str, Callable[[], Shown]] = {
            "status": session.status,
            "memory": memory,
            "metrics": metrics,
            "doctor": _doctor,
            "init": lambda: session.init(**numbers),
            "shutdown": session.shutdown,
            "as-ray": _stand_in_for_ray,
            "port": lambda: _port(self.shell, told),
        }
        if told.what not in actions:
            near = difflib.get_close_matches(told.what, actions, n=1)
            meant = f" Did you mean {near[0]}?" if near else ""
            msg = f"%raylite {told.what}: write one of {', '.join(actions)} behind %raylite.{meant}"
            raise UsageError(msg)
        if told.what != "port" and (told.name or told.cell or told.all):
            msg = f"%raylite {line}: only port takes a name, --cell or --all."
            raise UsageError(msg)
        with in_one_sentence(f"%raylite {line}"):
            return actions[told.what]()


def _doctor() -> Any:
    return importlib.import_module("raylite._doctor_text").doctor()  # Asked for rarely.


def _port(shell: Any, told: Namespace) -> Any:
    if sum((bool(told.name), told.cell, told.all)) > 1:
        msg = "%raylite port: write a name, --cell or --all, and only one of them."
        raise UsageError(msg)
    found = importlib.import_module("raylite.notebook.magics.port_cells")  # Asked for rarely.
    return found.port_cells(shell, name=told.name, last=told.cell)


def _stand_in_for_ray() -> None:
    try:
        raylite.install_as_ray()
    except RuntimeError as error:
        raise UsageError(str(error)) from None
    sys.stdout.write("'import ray' gives raylite from now on, here and in the workers.\n")


_CLASSES: Final[tuple[type[Magics], ...]] = (RayliteMagics, LookMagics, TraceMagic, CheckMagic)


def load(shell: Any) -> None:
    """Add the magics to a shell that does not have them."""
    for kind in _CLASSES:
        if shell.magics_manager.registry.get(kind.__name__) is None:
            shell.register_magics(kind)
    complete_magics(shell, SUBCOMMANDS)
    hide_own_lines(shell)


def unload(shell: Any) -> None:
    """Take them away again."""
    manager = shell.magics_manager
    for kind in _CLASSES:
        manager.registry.pop(kind.__name__, None)
        for where, names in kind.magics.items():
            for name in names:
                manager.magics[where].pop(name, None)
    stop_completing(shell)
    show_own_lines(shell)
