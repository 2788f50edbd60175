"""What ``%%actor`` and ``%%task`` share: every option of ``@remote`` as an option of the magic.

In Ray: nothing like it. The options come from the table that ``@remote`` itself checks, so the
two cannot differ.
"""

import keyword
from collections.abc import Callable, Mapping
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic_arguments import argument, parse_argstring

from raylite._options import OPTIONS, Target, names_for

__all__ = [
    "accepts_options",
    "checked_variable",
    "evaluated_arguments",
    "flag",
    "given_options",
    "joined",
    "option_names",
    "parsed",
]


def option_names(target: Target) -> tuple[str, ...]:
    """The options of a task or an actor."""
    return tuple(name for name in names_for(target) if not name.startswith("_"))


def accepts_options(
    target: Target, texts: Mapping[str, str]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that adds every option there is to a magic.

    Args:
        target: what the options are of.
        texts: the help, for options that have more to say than their name.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(option_names(target)):
            words = texts.get(name, f"{name}, as for @ray.remote")
            how: dict[str, Any] = {"nargs": "+", "metavar": "TEXT" if _is_text(name) else "VALUE"}
            if OPTIONS[name].types == (bool,):
                how = {"action": "store_true", "default": None}
            function = argument(flag(name), dest=name, help=words, **how)(function)
        return function

    return decorate


def parsed(magic: Any, line: str, title: str) -> dict[str, Any]:
    """What stands behind a magic, by the names of its options.

    Args:
        magic: the decorated method.
        line: what is behind it.
        title: the magic as it is written, such as ``%%actor``.

    Raises:
        UsageError: in one sentence.
    """
    try:
        return dict(vars(parse_argstring(magic, line)))
    except ValueError as error:  # A quote that is not closed.
        msg = f"{title}: {error} in {line!r}."
        raise UsageError(msg) from None


def given_options(
    told: Mapping[str, Any], target: Target, title: str, namespace: Mapping[str, Any]
) -> dict[str, Any]:
    """The options that were written, with their values.

    Args:
        told: what stands behind the magic.
        target: what the options are of.
        title: the magic.
        namespace: the user's, in which values are evaluated.

    Raises:
        UsageError: for a value that cannot be evaluated.
    """
    words = {name: told[name] for name in option_names(target) if told[name] is not None}
    return {name: _value(name, value, title, namespace) for name, value in words.items()}


def flag(name: str) -> str:
    """An option as it is written."""
    return f"--{name.replace('_', '-')}"


def _is_text(name: str) -> bool:
    return OPTIONS[name].types == (str,)


def _value(name: str, words: Any, title: str, namespace: Mapping[str, Any]) -> Any:
    """The value of an option from its words; True for one that is a mere flag."""
    if words is True:
        return True
    text = joined(words)
    if _is_text(name):
        return text
    try:
        return eval(text, dict(namespace))  # noqa: S307  # the user's own code, as in any cell
    except Exception as error:
        msg = f"{title} {flag(name)} {text}: {type(error).__name__}: {error}"
        raise UsageError(msg) from None


def joined(words: list[str]) -> str:
    """The words as one text; quotes around the whole belong to the option, as in a shell."""
    text = " ".join(words).strip()
    if len(words) == 1 and len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def checked_variable(name: str | None, title: str, example: str) -> str | None:
    """The name of a variable.

    Raises:
        UsageError: if it cannot be one.
    """
    if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
        msg = f"{title} --as {name}: this has to be the name of a variable, such as --as {example}."
        raise UsageError(msg)
    return name


def evaluated_arguments(
    text: str, title: str, namespace: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments as they would stand between the brackets of a call.

    Args:
        text: Python expressions.
        title: the magic with the option that they are of.
        namespace: the user's.

    Raises:
        UsageError: if they cannot be evaluated.
    """

    def taken(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return args, kwargs

    call = "__arguments_of_start"
    option = title.rpartition(" ")[2]
    try:
        found: tuple[tuple[Any, ...], dict[str, Any]] = eval(  # noqa: S307  # the user's own code, as in any cell
            f"{call}({text})", {**namespace, call: taken}
        )
    except NameError as error:
        msg = (
            f"{title} {text}: {error}. The arguments are Python expressions; a text has "
            f"quotes of its own inside of those around all arguments: {option} \"'text'\"."
        )
        raise UsageError(msg) from None
    except Exception as error:
        what = error.msg if isinstance(error, SyntaxError) else error
        msg = f"{title} {text}: {type(error).__name__}: {what}"
        raise UsageError(msg) from None
    return found
