"""The magics: ``%%actor`` and ``%raylite``. Each does little more than call a function.

In Ray: nothing like it.
"""

import sys
from collections.abc import Callable
from typing import Any, ClassVar, TypeAlias

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

import raylite
from raylite.notebook import session_status as session
from raylite.notebook.actor_arguments import accepts_actor_options, read_arguments
from raylite.notebook.actor_cell import define_actor, start_actor
from raylite.notebook.cell_code import UsageError, run_cell_body
from raylite.notebook.memory_view import MemoryStatus, memory
from raylite.notebook.metrics_view import MetricsStatus, metrics
from raylite.notebook.own_errors import hide_own_lines, show_own_lines
from raylite.notebook.running_instances import RunningInstances

__all__ = ["RayliteMagics", "load", "unload"]

Shown: TypeAlias = session.SessionStatus | MemoryStatus | MetricsStatus | None


@magics_class
class RayliteMagics(Magics):
    """What ``%load_ext raylite`` adds to a shell."""

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
            said = start_actor(actor_class, told, shell.user_ns, self._instances)
            sys.stdout.write(f"{said}\n")

    @line_magic
    @magic_arguments()
    @argument("--num-cpus", type=int, help="with init: how many CPUs tasks and actors share")
    @argument("--num-gpus", type=int, help="with init: the same for GPUs")
    @argument(
        "what",
        nargs="?",
        default="status",
        help="status: what runs; memory: the objects, and which line has made them; "
        "metrics: what the program counts and measures; "
        "init: start a session; shutdown: end it with all its actors; "
        "as-ray: 'import ray' gives raylite from now on",
    )
    def raylite(self, line: str) -> Shown:
        """Look at the session, start it, end it, or let programs written for Ray run in it."""
        try:
            told = parse_argstring(self.raylite, line)
        except (UsageError, ValueError) as error:
            msg = f"%raylite {line}: {error}. %raylite? shows what can stand there."
            raise UsageError(msg) from None
        numbers = {"num_cpus": told.num_cpus, "num_gpus": told.num_gpus}
        actions: dict[str, Callable[[], Shown]] = {
            "status": session.status,
            "memory": memory,
            "metrics": metrics,
            "init": lambda: session.init(**numbers),
            "shutdown": session.shutdown,
            "as-ray": _stand_in_for_ray,
        }
        if told.what not in actions:
            msg = f"%raylite {told.what}: write one of {', '.join(actions)} behind %raylite."
            raise UsageError(msg)
        return actions[told.what]()


def _stand_in_for_ray() -> None:
    try:
        raylite.install_as_ray()
    except RuntimeError as error:
        raise UsageError(str(error)) from None
    sys.stdout.write("'import ray' gives raylite from now on, here and in the workers.\n")


class _Loaded:
    """Which shells have the magics."""

    names: ClassVar[dict[str, tuple[str, ...]]] = {"cell": ("actor",), "line": ("raylite",)}


def load(shell: Any) -> None:
    """Add the magics to a shell that does not have them."""
    if shell.magics_manager.registry.get(RayliteMagics.__name__) is None:
        shell.register_magics(RayliteMagics)
    hide_own_lines(shell)


def unload(shell: Any) -> None:
    """Take them away again."""
    manager = shell.magics_manager
    manager.registry.pop(RayliteMagics.__name__, None)
    for kind, names in _Loaded.names.items():
        for name in names:
            manager.magics[kind].pop(name, None)
    show_own_lines(shell)
