"""The magics that look at a session: tables, the timeline, one actor.

``%actors``, ``%tasks``, ``%objects``, ``%timeline`` and ``%watch``; ``%kill`` is here as well, for
it names an actor as ``%watch`` does. Each calls a function.

In Ray: commands of ``ray`` in a terminal, and ``ray.kill``.
"""

import importlib
import sys
from typing import Any

from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

import raylite
from raylite.notebook.magics.actor_finder import find_actor
from raylite.notebook.magics.kill_actor import kill
from raylite.notebook.magics.magic_lines import UsageError, in_one_sentence, read_line
from raylite.notebook.tables.session_lists import MOST, SessionList, actors, objects, tasks

__all__ = ["LookMagics"]

_LIMIT = {"type": int, "default": MOST, "metavar": "N", "help": f"how many at most; else {MOST}"}


@magics_class
class LookMagics(Magics):
    """Tables, pictures, and the end of an actor."""

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("word", nargs="?", default="", help="the beginning of a class, a name or an id")
    @argument("--state", default="", metavar="STATE", help="only those in it: ALIVE, DEAD, ...")
    @argument("-n", "--limit", **_LIMIT)
    def actors(self, line: str) -> SessionList:
        """List the actors of the session: state, class, name, variable, process.

        As a function: raylite.notebook.actors().
        """
        told = read_line(self.actors, line, "%actors")
        with in_one_sentence(f"%actors {line}"):
            return actors(
                told.word,
                state=told.state,
                limit=_limit(told.limit),
                namespace=self._variables(),
            )

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("word", nargs="?", default="", help="the beginning of a function, a method or an id")
    @argument("--state", default="", metavar="STATE", help="only those in it: RUNNING, FAILED, ...")
    @argument("-n", "--limit", **_LIMIT)
    def tasks(self, line: str) -> SessionList:
        """List the newest tasks and calls of methods: state, name, how long, process, error.

        As a function: raylite.notebook.tasks().
        """
        told = read_line(self.tasks, line, "%tasks")
        with in_one_sentence(f"%tasks {line}"):
            return tasks(told.word, state=told.state, limit=_limit(told.limit))

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("word", nargs="?", default="", help="a part of the line that has made it, or an id")
    @argument("-n", "--limit", **_LIMIT)
    def objects(self, line: str) -> SessionList:
        """List the objects of the session, the largest first, and which line has made them.

        As a function: raylite.notebook.objects().
        """
        told = read_line(self.objects, line, "%objects")
        with in_one_sentence(f"%objects {line}"):
            return objects(told.word, limit=_limit(told.limit))

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("file", nargs="?", default="", help="a file to write, for ui.perfetto.dev")
    def timeline(self, line: str) -> Any:
        """Show what ran where and when, or write it to a file in the format of Chrome's traces.

        As functions: raylite.show_timeline(), and raylite.timeline("trace.json").
        """
        told = read_line(self.timeline, line, "%timeline")
        with in_one_sentence(f"%timeline {line}"):
            if not told.file:
                return importlib.import_module("raylite.notebook.timeline.view").show_timeline()
            raylite.timeline(told.file)
        sys.stdout.write(f"Wrote {told.file}: open it at ui.perfetto.dev or chrome://tracing.\n")
        return None

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument(
        "actors",
        nargs="*",
        metavar="actor",
        help="a variable with a handle, an actor's name, or the beginning of its id; several: a "
        "table; none: all there are and will be",
    )
    def watch(self, line: str) -> Any:
        """Show an actor while it lives: its state, its calls, its process.

        As a function: raylite.watch(actor).
        """
        told = read_line(self.watch, line, "%watch")
        with in_one_sentence(f"%watch {line}"):
            ids = [find_actor(word, self._variables()).actor_id for word in told.actors]
            found = importlib.import_module("raylite.notebook.dashboard.watch_actor")
            return found.watch_actor(*ids)

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("actors", nargs="+", metavar="actor", help="as for %%watch")
    @argument("--restart", action="store_true", help="it may start again, if it has restarts left")
    def kill(self, line: str) -> None:
        """End an actor's process at once, and say so in a line.

        As a function: raylite.kill(handle).
        """
        told = read_line(self.kill, line, "%kill")
        for word in told.actors:
            with in_one_sentence(f"%kill {word}"):
                said = kill(word, restart=told.restart, namespace=self._variables())
            sys.stdout.write(f"{said}\n")

    def _variables(self) -> dict[str, Any]:
        shell: Any = self.shell
        found: dict[str, Any] = shell.user_ns
        return found


def _limit(number: int) -> int:
    if number < 0:
        msg = f"--limit {number}: a number of rows is 0 or more."
        raise UsageError(msg)
    return number
