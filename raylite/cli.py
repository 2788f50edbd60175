"""The commands of ``raylite``: ``start``, ``status``, ``memory``, ``stop``, ``doctor``, and more.

In Ray: ``python/ray/scripts/scripts.py``. Left out here: other machines, ports, dashboards and
jobs; their options are accepted, so that a script need not be changed, with a note.
"""

import argparse
import importlib
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from raylite._cli_values import count, folder, labels, resources, store_memory
from raylite._core.common.version import __version__
from raylite._course_cli import add_course_commands
from raylite._memory_rows import told_by_owners
from raylite._memory_text import GROUPED_BY, KINDS, PLACES, SORTED_BY, UNITS, MemoryTable
from raylite._port_cli import add_port_command
from raylite._runtime_text import quantities, status_text
from raylite._store_options import PLASMA, SPILLING
from raylite.exceptions import RaySystemError

__all__ = ["main"]

_ABOUT: Final = """\
A runtime that several programs and notebooks of yours share on this machine.

raylite start --head starts it, ray.init() in a program or notebook joins it, and raylite stop ends
it. Without one, ray.init() starts a session that ends with the program. To run a program that was
written for Ray, write: python -m raylite PROGRAM.py"""
_KINDS: Final = "\n".join(f"  {word:20}  {text}" for word, text in KINDS.items())
_WHERE: Final = "\n".join(f"  {word:20}  {text}" for word, text in PLACES.items())
_START: Final = """\
Start the runtime. The command returns when programs can join it.

Afterwards, in any program or notebook of yours on this machine:

    import raylite as ray
    ray.init()

Each program is a job of its own, and whatever it has made ends with it, save for actors with
lifetime="detached". These live until somebody kills them, or the runtime ends. Workers inherit the
environment variables of this command."""
_STATUS: Final = """\
Show the runtime's resources, nodes, drivers and actors.

The exit code is 0 if there is a runtime, and 1 if there is none."""
_MEMORY: Final = f"""\
Show the objects in the runtime: how large each is, what keeps it, who owns it, which processes
borrow it, where its value is, and the line of the program that has made it.

What keeps an object, in Ray's words:
{_KINDS}

Where its value is; otherwise the state of the call that is to give it:
{_WHERE}

A session that a program or notebook has started for itself is asked there: by %raylite memory in a
notebook, else by: from raylite.util.state import list_objects; list_objects(detail=True)"""
_STOP: Final = """\
End the runtime, with all its actors, workers and files.

Programs that have joined it are told that their session is over. Sessions that a program has
started for itself are left alone. It is no error if nothing runs."""
_ADDRESS: Final = "the runtime's address, as raylite start has named it; otherwise your own"
_IGNORED: Final = (
    *("--port", "--node-ip-address", "--dashboard-host"),
    *("--dashboard-port", "--dashboard-agent-listen-port", "--dashboard-agent-grpc-port"),
    *("--include-dashboard", "--temp-dir", "--redis-password"),
    *("--node-manager-port", "--object-manager-port", "--min-worker-port", "--max-worker-port"),
    *("--worker-port-list", "--ray-client-server-port", "--metrics-export-port", "--node-name"),
    *("--system-config", "--log-style", "--log-color", "--autoscaling-config"),
)
_IGNORED_FLAGS: Final = ("--disable-usage-stats", "--no-monitor", "--verbose", "-v")
_LOOK_EVERY_S: Final = 0.2
_INTERRUPTED: Final = 130
_MISUSE: Final = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Args:
        argv: what follows ``raylite``; None: what this process was started with.

    Returns:
        The exit code: 0, 1 if it could not be done, or 2 if no command was given.

    Raises:
        SystemExit: with 2, if the command line is wrong; with 0, after ``--help``.
    """
    parser = _parser()
    told, unknown = parser.parse_known_args(argv)
    if unknown:
        which = f" {told.command}" if told.command else ""
        parser.error(f"{' '.join(unknown)} is not known: see raylite{which} --help")
    if told.command is None:
        parser.print_help(sys.stderr)
        return _MISUSE
    try:
        code: int = told.run(told)
    except KeyboardInterrupt:
        return _fail(told.command, "interrupted.", _INTERRUPTED)
    except RaySystemError as error:
        return _fail(told.command, f"{error}. Try: raylite stop --force")
    return code


def _parser() -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("raylite", description=_ABOUT, formatter_class=plain)
    parser.add_argument("--version", action="version", version=f"raylite {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    start = commands.add_parser(
        "start", help="start the runtime", description=_START, formatter_class=plain
    )
    start.set_defaults(run=_start)
    _add_start_options(start)
    status = commands.add_parser(
        "status", help="show what runs in it", description=_STATUS, formatter_class=plain
    )
    status.set_defaults(run=_status)
    memory = commands.add_parser(
        "memory", help="show the objects in it", description=_MEMORY, formatter_class=plain
    )
    memory.set_defaults(run=_memory)
    _add_memory_options(memory)
    stop = commands.add_parser("stop", help="end it", description=_STOP, formatter_class=plain)
    stop.set_defaults(run=_stop)
    doctor = commands.add_parser("doctor", help="see what may be in the way of a session")
    words = "raylite._doctor_text"
    doctor.set_defaults(run=lambda _: importlib.import_module(words).write_diagnosis())
    add_course_commands(commands)
    add_port_command(commands)
    for command in (status, memory, stop):
        command.add_argument("--address", metavar="FOLDER", help=_ADDRESS)
    stop.add_argument(
        "-f", "--force", action="store_true", help="with SIGKILL, for one that does not answer"
    )
    return parser


def _add_start_options(start: argparse.ArgumentParser) -> None:
    start.add_argument(
        "--head", action="store_true", help="needed, as in Ray: there are no other nodes to start"
    )
    start.add_argument(
        "--num-cpus",
        type=count,
        metavar="N",
        help="how many CPUs tasks and actors share; otherwise as many as there are",
    )
    start.add_argument(
        "--num-gpus", type=count, default=0, metavar="N", help="the same for GPUs; otherwise none"
    )
    start.add_argument(
        "--resources",
        type=resources,
        default={},
        metavar="JSON",
        help="further resources by name, as '{\"camera\": 1}'",
    )
    start.add_argument(
        "--memory", type=count, metavar="BYTES", help="what tasks can ask for; otherwise all of it"
    )
    start.add_argument(
        "--labels", type=labels, default={}, metavar="KEY=VALUE,...", help="of the node"
    )
    start.add_argument(
        "--block", action="store_true", help="return only when the runtime ends; Ctrl-C ends it"
    )
    _add_store_options(start)
    start.add_argument("--address", help=argparse.SUPPRESS)
    for name in _IGNORED:
        start.add_argument(name, help=argparse.SUPPRESS)
    for name in _IGNORED_FLAGS:
        start.add_argument(name, action="store_true", help=argparse.SUPPRESS)


def _add_store_options(start: argparse.ArgumentParser) -> None:
    start.add_argument(
        "--object-store-memory",
        type=store_memory,
        metavar="BYTES",
        help="what all large values together may take; otherwise what there is room for",
    )
    start.add_argument(
        "--plasma-directory",
        type=partial(folder, PLASMA),
        metavar="FOLDER",
        help="where large values lie; otherwise in memory, if there is a folder for that",
    )
    start.add_argument(
        "--object-spilling-directory",
        type=partial(folder, SPILLING),
        metavar="FOLDER",
        help="where they go that find no room there; otherwise where temporary files go",
    )


def _add_memory_options(memory: argparse.ArgumentParser) -> None:
    memory.add_argument(
        "--sort-by", choices=SORTED_BY, default=SORTED_BY[0], help="otherwise the largest first"
    )
    memory.add_argument(
        "--group-by",
        choices=GROUPED_BY,
        help="a table for each node, or for each line of a program",
    )
    memory.add_argument("--units", choices=UNITS, help="of sizes; otherwise what fits each")
    memory.add_argument(
        "-n", "--n", "--num-entries", type=count, metavar="N", help="objects in a table at most"
    )
    memory.add_argument("--stats-only", action="store_true", help="only the sums")
    memory.add_argument("--no-format", action="store_true", help="cut nothing to fit a terminal")


def _start(told: argparse.Namespace) -> int:
    if told.address is not None or not told.head:
        what = "--address adds a node to a cluster" if told.address else "--head is missing"
        return _fail("start", f"{what}, and raylite has this machine alone: raylite start --head")
    _note_ignored(told)
    if told.block:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        memory = {} if told.memory is None else {"memory": told.memory}
        resources = {**told.resources, **memory}
        runtime = _engine().start(
            told.num_cpus,
            told.num_gpus,
            resources,
            told.labels,
            object_store_memory=told.object_store_memory,
            plasma_directory=told.plasma_directory or "",
            spilling_directory=told.object_spilling_directory or "",
        )
    except FileExistsError as error:
        return _fail("start", f"{error}. See raylite status; raylite stop ends it.")
    except (OSError, RuntimeError) as error:
        return _fail("start", f"the runtime could not be started: {error}")
    text = (
        f"A raylite runtime has started: {quantities(runtime.resources)}, head process "
        f"{runtime.pid}.\n\n"
        "To join it, in any program or notebook of yours on this machine:\n"
        "    import raylite as ray\n"
        "    ray.init()\n"
        "To look at it:  raylite status\n"
        "To end it:      raylite stop\n"
        f"Its address, if it is not found by itself: {runtime.address}\n"
    )
    if told.block:
        return _block(runtime.address, text)
    sys.stdout.write(text)
    return 0


def _block(address: str, text: str) -> int:
    """Say so, and wait for the runtime's end; Ctrl-C or SIGTERM is the order to end it."""
    engine = _engine()
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
        while engine.is_running(address):
            time.sleep(_LOOK_EVERY_S)
    except KeyboardInterrupt:
        found = engine.find(address)
        if found is not None:
            engine.end(found, force=False)
    return 0


def _status(told: argparse.Namespace) -> int:
    engine = _engine()
    found = engine.find(told.address)
    if found is None:
        none = f"No raylite runtime is running{_where(told.address)}."
        sys.stdout.write(f"{none} To start one: raylite start --head\n")
        return 1
    # What is piped on is not cut; a terminal would break the lines of a wide table.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    sys.stdout.write(status_text(engine.look(found), width))
    return 0


def _memory(told: argparse.Namespace) -> int:
    engine = _engine()
    found = engine.find(told.address)
    if found is None:
        sys.stdout.write(
            f"No raylite runtime is running{_where(told.address)}. To start one: raylite start "
            "--head. A session that a program or notebook has started for itself is asked there: "
            "by %raylite memory in a notebook, else by: from raylite.util.state import "
            "list_objects; list_objects(detail=True)\n"
        )
        return 1
    rows, num_missing = engine.objects(found)
    table = MemoryTable(
        told_by_owners(rows),
        sort_by=told.sort_by,
        group_by=told.group_by,
        units=told.units,
        num_entries=told.n,
        stats_only=told.stats_only,
    )
    fits = sys.stdout.isatty() and not told.no_format
    sys.stdout.write(table.text(shutil.get_terminal_size().columns if fits else None))
    if num_missing:
        sys.stderr.write(
            f"raylite memory: {num_missing} of the processes did not answer in time, so their "
            "objects are missing.\n"
        )
    return 0


def _stop(told: argparse.Namespace) -> int:
    engine = _engine()
    found = engine.find(told.address)
    if found is None:
        sys.stdout.write(f"No raylite runtime is running{_where(told.address)}.\n")
        return 0
    if not engine.end(found, force=told.force):
        return _fail(
            "stop",
            f"the runtime, head process {found.pid}, does not end. Try: raylite stop --force",
        )
    sys.stdout.write("The raylite runtime has ended.\n")
    return 0


def _where(address: str | None) -> str:
    return f" at {address}" if address else ""


def _engine() -> Any:
    return importlib.import_module("raylite.engines.local_runtime")


def _note_ignored(told: argparse.Namespace) -> None:
    names = (*_IGNORED, *_IGNORED_FLAGS)
    given = [name for name in names if getattr(told, name.lstrip("-").replace("-", "_"))]
    if given:
        sys.stderr.write(
            f"raylite start: {', '.join(given)} has no effect: raylite runs on this machine, "
            "without ports and dashboards.\n"
        )


def _fail(command: str, text: str, code: int = 1) -> int:
    sys.stderr.write(f"raylite {command}: {text}\n")
    return code
