"""Cells with raylite's magics, as they are written for Ray: ``%%actor`` becomes ``@ray.remote``.

In Ray: nothing like them. A magic without a counterpart stays in the copy as a comment.
"""

import ast
import json
import re
import shlex
from dataclasses import dataclass
from typing import Final

from raylite._options import OPTIONS, Target, names_for
from raylite._port.analysis import Part, Program
from raylite._port.magic_lines import Cell, Magic
from raylite._port.places import Edit, Places

__all__ = ["MagicEdits", "magic_edits"]

_OF_ONE_INSTANCE: Final = ("name", "namespace", "lifetime", "get_if_exists")
_NOT_THERE: Final = "# Not on Ray: "


@dataclass(frozen=True, slots=True)
class _Told:
    """What stands behind ``%%actor`` or ``%%task``."""

    options: dict[str, str]
    """Python text by the option's name."""
    wanted: str | None
    variable: str | None
    arguments: str | None
    """Of the constructor or the call, as Python text; None if nothing is started."""


@dataclass(frozen=True, slots=True)
class MagicEdits:
    """What is written anew in the place of magics."""

    edits: list[Edit]
    done: dict[int, str]
    """By line, what stands there for those that Ray has a counterpart for; the others become
    comments."""


def magic_edits(program: Program, part: Part, cell: Cell, ray: str) -> MagicEdits:
    """What is to be written in the place of magics.

    Args:
        program: of which the part is one.
        part: with the magics.
        cell: the same, read.
        ray: by which name the program has Ray.
    """
    places = Places(part.text)
    edits: list[Edit] = []
    done: dict[int, str] = {}
    for magic in cell.magics:
        if not magic.is_ours:
            continue
        if magic.is_for_cell and magic.name in {"actor", "task"}:
            changed = _decorated(magic, part, cell, ray, places)
            if changed is not None:
                edits += changed
                texts = (edit.text.strip() for edit in changed)
                done[magic.line] = " ... ".join(text for text in texts if text)
                continue
        statement = _statement(magic, program, ray)
        edits.append(_line(magic, part, places, statement))
        if statement is not None:
            done[magic.line] = statement
    return MagicEdits(edits, done)


def _line(magic: Magic, part: Part, places: Places, statement: str | None) -> Edit:
    """The line of a magic, as a statement or a comment; its end stays."""
    start, end = places.start_of(magic.line), places.start_of(magic.line + 1)
    whole = part.text[start:end]
    bare = whole.rstrip("\r\n")
    if statement is None:
        written = re.sub(r"^#[ \t]?", "", bare.strip()) if part.in_comments else bare.strip()
        statement = f"{'pass  ' if magic.space else ''}{_NOT_THERE}{written}"
    return Edit(start, start + len(bare), f"{magic.space}{statement}")


def _statement(magic: Magic, program: Program, ray: str) -> str | None:
    """What Ray has in the place of a line magic; None if nothing."""
    written = None
    match magic.name, magic.rest.split():
        case _ if magic.is_for_cell:
            pass
        case "load_ext", _ if not program.bindings.by_name:
            written = "import ray"
        case "raylite", ["init", *options]:
            written = f"{ray}.init({_keywords(options)})"
        case "raylite", ["shutdown"]:
            written = f"{ray}.shutdown()"
        case "timeline", [file]:
            written = f"{ray}.timeline({json.dumps(file, ensure_ascii=False)})"
        case "kill", [str(word)] if word.isidentifier():
            is_variable = word in program.bindings.other_names
            handle = word if is_variable else f'{ray}.get_actor("{word}")'
            written = f"{ray}.kill({handle})"
    return written


def _keywords(options: list[str]) -> str:
    """``--num-cpus 4`` as ``num_cpus=4``."""
    words = [word for option in options for word in option.split("=")]
    pairs = zip(words[::2], words[1::2], strict=False)
    return ", ".join(f"{name.lstrip('-').replace('-', '_')}={value}" for name, value in pairs)


def _decorated(magic: Magic, part: Part, cell: Cell, ray: str, places: Places) -> list[Edit] | None:
    """``%%actor`` or ``%%task`` taken out, a decorator put in; None if that is not to be done."""
    target = Target.ACTOR if magic.name == "actor" else Target.TASK
    told = _told(magic.rest, target)
    if told is None:
        return None
    kinds = (ast.ClassDef,) if target is Target.ACTOR else (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in cell.tree.body if isinstance(node, kinds)]
    if told.wanted is not None:
        found = [node for node in found if node.name == told.wanted]
    if not found:
        return None
    node = found[-1]
    of_instance = {name: v for name, v in told.options.items() if name in _OF_ONE_INSTANCE}
    if target is Target.TASK:
        of_instance = {}
    of_definition = {name: v for name, v in told.options.items() if name not in of_instance}
    decorator = _decorator(node, of_definition, ray, places)
    if decorator is None:
        return None
    start = places.start_of(magic.line)
    edits = [Edit(start, places.start_of(magic.line + 1), ""), decorator]
    if told.arguments is not None or told.variable is not None or of_instance:
        end = len(part.text.rstrip())
        started = _started(node.name, told, of_instance, target)
        last = cell.tree.body[-1]
        defines = isinstance(last, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        edits.append(Edit(end, end, f"\n\n\n{started}" if defines else f"\n{started}"))
    return edits


def _decorator(
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
    options: dict[str, str],
    ray: str,
    places: Places,
) -> Edit | None:
    written = f"@{ray}.remote{_call(options) if options else ''}"
    if not node.decorator_list:
        start = places.offset(node.lineno, node.col_offset)
        return Edit(start, start, f"{written}\n")
    is_remote = [
        isinstance(one, ast.Attribute) and one.attr == "remote" for one in node.decorator_list
    ]
    if len(is_remote) != 1 or not is_remote[0]:
        return None
    one = node.decorator_list[0]
    start = places.offset(one.lineno, one.col_offset)
    end = places.offset(one.end_lineno or one.lineno, one.end_col_offset or one.col_offset)
    return Edit(start, end, written.removeprefix("@"))


def _started(name: str, told: _Told, options: dict[str, str], target: Target) -> str:
    variable = told.variable or (f"{name}_ref" if target is Target.TASK else _variable(name))
    chosen = f"{name}.options{_call(options)}" if options else name
    return f"{variable} = {chosen}.remote({told.arguments or ''})"


def _variable(class_name: str) -> str:
    """As ``%%actor`` names the handle of an instance."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()
    return apart if apart != class_name else f"{apart}_actor"


def _call(options: dict[str, str]) -> str:
    return f"({', '.join(f'{name}={value}' for name, value in options.items())})"


def _told(rest: str, target: Target) -> _Told | None:
    """Understand what stands behind the magic; None for what cannot be understood."""
    try:
        lexer = shlex.shlex(rest, posix=False)
        lexer.whitespace_split, lexer.commenters = True, ""
        words = [part for word in lexer for part in _apart(word)]
    except ValueError:
        return None
    begins = {"actor": "--start", "task": "--run"}[target.name.lower()] if target.name else ""
    picks = "--class" if target is Target.ACTOR else "--function"
    flags = {f"--{name.replace('_', '-')}": name for name in names_for(target)}
    known, behind = {*flags, begins, picks, "--as"}, dict[str, list[str]]()
    for word in words:
        if word in known:
            behind[word] = last = []
        elif not behind:
            return None
        else:
            last.append(word)
    texts = {flag: _joined(given) for flag, given in behind.items()}
    return _Told(
        options={
            flags[flag]: _value(flags[flag], text) for flag, text in texts.items() if flag in flags
        },
        wanted=texts.get(picks),
        variable=texts.get("--as"),
        arguments=texts.get(begins),
    )


def _apart(word: str) -> list[str]:
    """``--name=acc`` as two words."""
    flag, equals, value = word.partition("=")
    return [flag, value] if equals and flag.startswith("--") else [word]


def _joined(words: list[str]) -> str:
    text = " ".join(words).strip()
    if len(words) == 1 and len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def _value(name: str, text: str) -> str:
    if OPTIONS[name].types == (str,):
        return f'"{text}"' if '"' not in text else repr(text)
    return text or "True"
