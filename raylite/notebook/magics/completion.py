"""What the Tab key offers behind a magic: its options, words it knows, and actors that live.

In Ray: nothing like it. The methods behind a handle need nothing here: a handle lists them itself.
"""

import re
import weakref
from collections.abc import Collection, Sequence
from typing import Any, Final

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)

from raylite._core.common.states import ActorState, TaskState
from raylite.notebook.magics.actor_finder import actor_words
from raylite.notebook.magics.check_magic import exercise_names

__all__ = ["complete_magics", "stop_completing"]

_WITH_ACTORS: Final = ("%kill", "%watch", "%actors")
_WITH_EXERCISES: Final = ("%check", "%%check")
_MAGICS: Final = (
    *_WITH_EXERCISES,
    *("%%actor", "%%task", "%%trace", "%raylite", "%tasks", "%objects", "%timeline"),
    *_WITH_ACTORS,
)
_GET_ACTOR: Final = re.compile(r"\bget_actor\(\s*[\"']([^\"']*)$")
_STATES: Final = {
    "%actors": tuple(state.name for state in ActorState),
    "%tasks": tuple(state.name for state in TaskState),
}


class _Words:
    """Knows the words for one shell.

    Args:
        shell: IPython's.
        subcommands: of ``%raylite``.
    """

    def __init__(self, shell: Any, subcommands: Collection[str]) -> None:
        self._shell = weakref.ref(shell)
        self._subcommands = tuple(subcommands)

    def fitting(self, context: CompletionContext) -> list[str]:
        """What can stand where the cursor is; nothing where no magic of raylite's is."""
        shell = self._shell()
        line = context.line_with_cursor[: context.cursor_position]
        if shell is None:
            return []
        named = _GET_ACTOR.search(line)
        if named is not None:
            words: Sequence[str] = actor_words({}, ids=False)
            return [word for word in words if word.startswith(named.group(1))]
        before = line.split()
        title = _title(before[0]) if before else ""
        # The first word itself is IPython's to complete.
        if title not in _MAGICS or (len(before) == 1 and line == line.rstrip()):
            return []
        begun = "" if line != line.rstrip() else before.pop()
        return [word for word in self._words(shell, title, before[-1]) if word.startswith(begun)]

    def _words(self, shell: Any, title: str, last: str) -> Sequence[str]:
        if last == "--state":
            return _STATES.get(title, ())
        options = _options(shell, title)
        if title == "%raylite":
            return [*self._subcommands, *options]
        if title in _WITH_EXERCISES:
            return exercise_names()
        if title in _WITH_ACTORS:
            return [*_plain(actor_words(shell.user_ns)), *options]
        return options


def complete_magics(shell: Any, subcommands: Collection[str]) -> None:
    """Have a shell offer words behind raylite's magics. Twice is harmless.

    Args:
        shell: IPython's.
        subcommands: what can stand behind ``%raylite``.
    """
    stop_completing(shell)
    words = _Words(shell, subcommands)

    @context_matcher(identifier=_NAME)
    def raylite_matcher(context: CompletionContext) -> SimpleMatcherResult:
        try:
            fitting = words.fitting(context)
        except Exception:  # The session may be ending; the Tab key goes on.
            fitting = []
        found = [SimpleCompletion(text=word, type="magic") for word in fitting]
        # Names of Python's beside them would only be in the way.
        return SimpleMatcherResult(completions=found, suppress=bool(found))

    shell.Completer.custom_matchers.append(raylite_matcher)


def stop_completing(shell: Any) -> None:
    """Take that back."""
    matchers = shell.Completer.custom_matchers
    matchers[:] = [one for one in matchers if getattr(one, "matcher_identifier", "") != _NAME]


_NAME: Final = "raylite.magics"


def _title(command: str) -> str:
    """The magic as it is listed; a line magic may be written without its sign."""
    return command if command.startswith("%") else f"%{command}"


def _options(shell: Any, title: str) -> list[str]:
    kind = "cell" if title.startswith("%%") else "line"
    magic = shell.magics_manager.magics[kind].get(title.lstrip("%"))
    parser = getattr(magic, "parser", None)
    if parser is None:
        return []
    return [
        text
        for action in parser._actions  # noqa: SLF001  # there is no public way
        for text in action.option_strings
        if text.startswith("--")
    ]


def _plain(words: Sequence[str]) -> list[str]:
    """Those that can be written without quotes."""
    return [word for word in words if not any(character.isspace() for character in word)]
