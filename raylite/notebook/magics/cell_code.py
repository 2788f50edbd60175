"""Runs the body of a cell magic as if the magic were not there.

In Ray: nothing like it. The body goes through the shell's own machinery, under the name of its
cell: line numbers in tracebacks are those the user sees, and ``inspect`` finds the source.

What the body raises is shown as it would be without the magic, too: the shell asks an exception
for ``_render_traceback_``, and the answer has the frames of the body alone.
"""

import ast
import functools
import re
import sys
import types
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar

from IPython.core.error import UsageError

from raylite.notebook.magics.own_errors import without_own_lines

__all__ = [
    "UsageError",
    "call_in_cell",
    "class_names",
    "function_names",
    "raise_as_text",
    "run_cell_body",
]

T = TypeVar("T")
_AWAITS: Final = re.compile(r"\bawait\b|\basync")
_NO_AWAIT: Final = (
    "A cell with a magic can await only inside of its functions. Without the magic it can: what "
    "%%trace shows, with raylite.trace() as t: ... records, and t at the end of the cell shows.\n"
)


def run_cell_body(shell: Any, first_line: str, body: str, *, keep_last_as: str = "") -> ast.Module:
    """Compile and run the body in the user's namespace.

    Args:
        shell: IPython's.
        first_line: that of the cell, which has the magic; the body begins in the line below.
        body: the rest of the cell.
        keep_last_as: a variable for the value of the last line, if that is an expression.

    Returns:
        The body as it was understood.

    Raises:
        Exception: what the body raises, with a traceback that begins in the body.
    """
    raw = f"{first_line}\n{body}"
    # The magic's line stays as a comment, so that all others keep their numbers.
    text = f"# {first_line}\n{shell.transform_cell(body)}"
    name = shell.compile.cache(text, _cell_number(shell), raw_code=raw)
    try:
        tree: ast.Module = shell.compile.ast_parse(text, name)
        shown = shell.transform_ast(tree)
        if keep_last_as and shown.body and isinstance(shown.body[-1], ast.Expr):
            shown.body[-1] = _assignment(keep_last_as, shown.body[-1])
        code = compile(shown, name, "exec", shell.compile.flags)
    except SyntaxError as error:
        _raise_syntax_error(shell, error)
    try:
        exec(code, shell.user_global_ns, shell.user_ns)  # noqa: S102  # that is what a cell is
    except UsageError:
        raise
    except BaseException as error:
        trace = error.__traceback__
        _show_from(shell, error, trace.tb_next if trace else None)
        raise
    return tree


def _assignment(variable: str, line: ast.Expr) -> ast.Assign:
    target = ast.Name(id=variable, ctx=ast.Store())
    kept = ast.Assign(targets=[target], value=line.value)
    return ast.fix_missing_locations(ast.copy_location(kept, line))


def call_in_cell(shell: Any, action: Callable[[], T]) -> T:
    """Call something on behalf of the magic's line: what it makes was made in that line.

    Args:
        shell: IPython's.
        action: makes something.
    """
    space: dict[str, Any] = {"action": action}
    name = _cell_file(shell) or "<magic>"
    exec(compile("made = action()", name, "exec"), space)  # noqa: S102  # a line of our own
    made: T = space["made"]
    return made


def _cell_number(shell: Any) -> int:
    """The number of the running cell, which the shell noted for the cell's own code."""
    name = _cell_file(shell)
    number: int = shell.compile._filename_map[name] if name else shell.execution_count  # noqa: SLF001  # as below
    return number


def _cell_file(shell: Any) -> str:
    """By which name the code of the running cell goes; empty if it has none."""
    numbers = getattr(shell.compile, "_filename_map", {})
    frame: types.FrameType | None = sys._getframe()  # noqa: SLF001  # the way to the callers
    while frame is not None and frame.f_code.co_filename not in numbers:
        frame = frame.f_back
    return frame.f_code.co_filename if frame is not None else ""


def class_names(tree: ast.Module) -> list[str]:
    """The classes that are defined at the top of the body, in order."""
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef)]


def function_names(tree: ast.Module) -> list[str]:
    """The functions that are defined at the top of the body, in order."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [node.name for node in tree.body if isinstance(node, kinds)]


def raise_as_text(error: BaseException) -> NoReturn:
    """Raise an error of raylite's so that the cell shows what it says, and no frame of ours.

    Raises:
        BaseException: the error.
    """
    lines = f"{type(error).__name__}: {error}".split("\n")
    _render_with(error, lambda: lines)
    raise error


def _show_from(shell: Any, error: BaseException, whole: types.TracebackType | None) -> None:
    if isinstance(error, SyntaxError):
        return  # From an import or an eval in the body; the shell shows such without asking.
    own = getattr(error, "_render_traceback_", None)
    trace = without_own_lines(whole)

    def render() -> list[str]:
        error.__traceback__ = trace
        if own is not None:
            lines: list[str] = own()
            return lines
        stb: list[str] = shell.InteractiveTB.structured_traceback(
            type(error), error, trace, tb_offset=0
        )
        return stb

    _render_with(error, render)


def _render_with(error: BaseException, render: Callable[[], list[str]]) -> None:
    # An exception may refuse attributes; it is then shown with our frames, which is no harm.
    try:
        error._render_traceback_ = render  # type: ignore[attr-defined]  # IPython's hook
    except AttributeError:
        return


def _raise_syntax_error(shell: Any, error: SyntaxError) -> NoReturn:
    """Have it shown as the shell shows those of any cell.

    The shell would show a SyntaxError that comes from a magic with every frame in between, and
    does not ask it. So what is raised only looks like one.
    """
    lines = shell.SyntaxTB.structured_traceback(type(error), error, [])
    if _AWAITS.search(str(error.msg)):
        lines = [*lines, _NO_AWAIT]
    stand_in: Any = type(type(error).__name__, (Exception,), {"__module__": "builtins"})
    shown = stand_in(str(error))
    _render_with(shown, functools.partial(list, lines))
    sys.last_value = error
    raise shown from None
