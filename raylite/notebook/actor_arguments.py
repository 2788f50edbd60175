"""What can be written behind ``%%actor``: every option an actor has, and a few of the magic's own.

In Ray: nothing like it. The options come from the table that ``@remote`` itself checks, so the
two cannot differ.
"""

import keyword
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from IPython.core.error import UsageError
from IPython.core.magic_arguments import argument, parse_argstring

from raylite._options import OPTIONS, Target, names_for

__all__ = ["ActorArguments", "accepts_actor_options", "read_arguments"]

_ONLY_WHEN_STARTED: Final = ("name", "namespace", "lifetime", "get_if_exists")
"""Options of one instance; a class that had them could be started once only."""

_NAMES: Final = tuple(name for name in names_for(Target.ACTOR) if not name.startswith("_"))

_HELP: Final = {
    "get_if_exists": "with --name: take the running instance instead of replacing it",
    "lifetime": "detached: the instance lives until it is killed",
    "max_restarts": "how often it is started again after a crash; -1: without limit",
    "max_task_retries": "how often a call is tried again after a crash; -1: without limit",
    "name": "the name by which ray.get_actor finds the instance; starts one",
    "namespace": "in which the name is to be found",
    "num_cpus": "CPUs an instance holds while it lives",
    "num_gpus": "GPUs an instance holds while it lives",
    "resources": "other resources it holds, as {'camera': 1}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorArguments:
    """What was written behind ``%%actor``."""

    class_name: str | None = None
    variable: str | None = None
    class_options: Mapping[str, Any] = field(default_factory=dict)
    start_options: Mapping[str, Any] = field(default_factory=dict)
    start: str | None = None
    """The constructor's arguments as Python text; None if nothing is to be started."""

    @property
    def starts(self) -> bool:
        """Whether an instance is wanted."""
        return self.start is not None or self.variable is not None or "name" in self.start_options


def accepts_actor_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a magic with every option there is."""
    for name in reversed(_NAMES):
        help_text = _HELP.get(name, f"{name}, as for @ray.remote")
        flag = _flag(name)
        if OPTIONS[name].types == (bool,):
            function = argument(flag, dest=name, action="store_true", default=None, help=help_text)(
                function
            )
        else:
            metavar = "TEXT" if _is_text(name) else "VALUE"
            function = argument(flag, dest=name, nargs="+", metavar=metavar, help=help_text)(
                function
            )
    return function


def read_arguments(magic: Any, line: str, namespace: Mapping[str, Any]) -> ActorArguments:
    """Understand the line.

    Args:
        magic: the decorated method.
        line: what is behind ``%%actor``.
        namespace: the user's, in which values are evaluated.

    Raises:
        UsageError: in one sentence.
    """
    try:
        told = vars(parse_argstring(magic, line))
    except ValueError as error:  # A quote that is not closed.
        msg = f"%%actor: {error} in {line!r}."
        raise UsageError(msg) from None
    words = {name: told[name] for name in _NAMES if told[name] is not None}
    options = {name: _value(name, value, namespace) for name, value in words.items()}
    early = {name: one for name, one in options.items() if name not in _ONLY_WHEN_STARTED}
    late = {name: one for name, one in options.items() if name in _ONLY_WHEN_STARTED}
    made = ActorArguments(
        class_name=told["class_name"],
        variable=_checked_variable(told["variable"]),
        class_options=early,
        start_options=late,
        start=None if told["start"] is None else _joined(told["start"]),
    )
    if late and not made.starts:
        msg = f"%%actor {_flag(next(iter(late)))} is about one instance: add --start to start it."
        raise UsageError(msg)
    return made


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _is_text(name: str) -> bool:
    return OPTIONS[name].types == (str,)


def _value(name: str, words: Any, namespace: Mapping[str, Any]) -> Any:
    """The value of an option from its words; True for one that is a mere flag."""
    if words is True:
        return True
    text = _joined(words)
    if _is_text(name):
        return text
    try:
        return eval(text, dict(namespace))  # noqa: S307  # the user's own code, as in any cell
    except Exception as error:
        msg = f"%%actor {_flag(name)} {text}: {type(error).__name__}: {error}"
        raise UsageError(msg) from None


def _joined(words: list[str]) -> str:
    """The words as one text; quotes around the whole belong to the option, as in a shell."""
    text = " ".join(words).strip()
    if len(words) == 1 and len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def _checked_variable(name: str | None) -> str | None:
    if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
        msg = f"%%actor --as {name}: this has to be the name of a variable, such as --as counter."
        raise UsageError(msg)
    return name
