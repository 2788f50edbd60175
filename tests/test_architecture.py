"""The layers of raylite, and the limits its files keep, as tests.

The table of ``docs/architecture.md`` stands here a second time, in a form that is held against
the code. A layer without files passes: it has not been written yet.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "raylite"

API = "the public API"
"""Stands for every module directly in ``raylite/`` that has no row of its own."""

MAY_IMPORT: dict[str, set[str]] = {
    "_core.common": set(),
    "_core.scheduling": {"_core.common"},
    "_core.gcs": {"_core.common", "_core.scheduling"},
    "_core.raylet": {"_core.common", "_core.scheduling"},
    "_core.object_store": {"_core.common", "exceptions"},
    "_core.rpc": {"_core.common", "exceptions"},
    "_core.core_worker": {"_core.common", "_core.object_store", "_core.rpc", "exceptions"},
    "_core.node": {
        *("_core.common", "_core.scheduling", "_core.gcs", "_core.raylet"),
        *("_core.object_store", "_core.rpc", "_core.core_worker"),
    },
    "_core": set(),
    "engines": set(),
    "engines.base": {"_core.common", "exceptions"},
    "engines.local": {
        "engines.base",
        "_core.common",
        "_core.node",
        "_core.rpc",
        "engines.local_engine",
    },
    "engines.local_engine": {
        *("engines.base", "_core.common", "exceptions"),
        *("_core.node", "_core.core_worker", "_core.rpc"),
    },
    "engines.local_runtime": {"_core.common", "_core.node", "_core.rpc", "exceptions"},
    "engines.local_checkup": {"_core.common", "_core.node", "_core.object_store", "_core.rpc"},
    # One process has the control plane, the errors and the bytes of every session.
    "engines.inline": {
        *("engines.base", "_core.common", "exceptions", "_core.gcs", "_core.raylet"),
        *("_core.node", "_core.core_worker", "_core.object_store", "_core.rpc"),
    },
    "engines.ray": {"engines.base", "_core.common", "exceptions"},
    "exceptions": {"_core.common"},
    API: {"engines.base", "_core.common", "exceptions"},
    "util": {API, "exceptions", "util.state"},
    "util.state": {API, "exceptions", "util.early_metrics", "engines.base", "_core.common"},
    "util.early_metrics": {API, "engines.base", "_core.common"},
    "util.metrics": {API, "exceptions", "util.state", "util.early_metrics", "_core.common"},
    "notebook": {
        *(API, "util.state", "exceptions", "engines.base"),
        *("_core.common.events", "_core.common.event_batch", "_core.common.states"),
        *("_core.common.bars", "_core.common.ids", "_port"),
    },
    "_port": {API, "_core.common"},
    "exercises": {API, "util.state", "exceptions", "notebook"},
    "cli": {API, "exceptions", "_core.common"},
    "__main__": {API, "cli"},
}

IMPURE = {
    *("asyncio", "concurrent", "datetime", "loky", "multiprocessing", "os", "queue"),
    *("random", "secrets", "select", "selectors", "shutil", "signal", "socket", "subprocess"),
    *("tempfile", "threading", "time", "uuid"),
}
IMPURE_WITH_REASON = {
    # A ref is handed to users, who await it or ask for its future. It decides nothing.
    "_core.common.object_ref": {"asyncio", "concurrent"},
    "_core.common.object_ref_generator": {"asyncio"},
}

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
LONG_FUNCTIONS: dict[str, str] = {}
"""``path:function`` of those that may be longer, and the reason a reader accepts."""

TEXT = {".cfg", ".css", ".ipynb", ".js", ".md", ".py", ".sh", ".toml", ".txt", ".yml", ""}
MADE_BY_TOOLS = {
    *(".cache", ".coverage", ".git", ".hypothesis", ".ipynb_checkpoints", ".mypy_cache"),
    *(".pytest_cache", ".ruff_cache", ".venv", "__pycache__", "artifacts", "dist"),
}
SAID_NOWHERE = re.compile(
    r"(?<![\w.*])/(?:work|root|opt)/"  # folders of one machine
    r"|file:///"
    r"|(?:pypi|npmjs|anaconda)\.(?:org|com)|pythonhosted|repo\.anaconda"
)


def name_of(path: Path) -> str:
    """The module's name without ``raylite.``; empty for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
PURE = (
    *("_core.common", "_core.scheduling", "_core.gcs", "_core.raylet"),
    *("_core.core_worker.reference_counter", "notebook.world", "_port"),
    # What a picture says is decided without a clock, a browser or a terminal.
    *(name for name in MODULES if name.startswith("notebook.") and name.endswith("model")),
)
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def layer_of(module: str) -> str:
    """The longest row that the module is below of, or the public API."""
    parts = module.split(".")
    rows = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((row for row in rows if row in MAY_IMPORT), API)


def is_at_or_below(module: str, parent: str) -> bool:
    return module == parent or module.startswith(f"{parent}.")


def imports(nodes: Iterator[ast.AST], module: str) -> Iterator[str]:
    """Full names of what is imported, down to the module where a name is one."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: use absolute imports"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full.removeprefix("raylite.") in MODULES else str(node.module)


def of_raylite(names: Iterator[str]) -> Iterator[str]:
    """Only raylite's own, without ``raylite.``; the package itself is the empty name."""
    for name in names:
        if is_at_or_below(name, "raylite"):
            yield name.removeprefix("raylite").removeprefix(".")


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: all but the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from at_import(node)


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_a_layer_imports_only_what_its_row_names(layer: str) -> None:
    wrong = []
    for module, tree in TREES.items():
        if layer_of(module) != layer:
            continue
        for name in of_raylite(imports(ast.walk(tree), module)):
            own = layer_of(name) == layer
            if not own and not any(
                layer_of(name) == row or is_at_or_below(name, row) for row in MAY_IMPORT[layer]
            ):
                wrong.append(f"{module} imports raylite.{name}")
    assert not wrong, f"{layer} may import {sorted(MAY_IMPORT[layer])} only"


@pytest.mark.parametrize("layer", PURE)
def test_a_pure_layer_has_no_clock_thread_or_process(layer: str) -> None:
    for module, tree in TREES.items():
        if is_at_or_below(module, layer):
            used = {name.split(".")[0] for name in imports(ast.walk(tree), module)} & IMPURE
            used -= IMPURE_WITH_REASON.get(module, set())
            assert not used, f"{module} imports {used}; pure layers are told the time in messages"


RUNS_A_PROGRAM = {"exercises.program_trial"}
"""A student's program is run as it would be in a shell: no process of the session."""


def test_only_the_node_starts_processes() -> None:
    for module, tree in TREES.items():
        if not is_at_or_below(module, "_core.node") and module not in RUNS_A_PROGRAM:
            used = {name.split(".")[0] for name in imports(ast.walk(tree), module)}
            assert not used & {"loky", "subprocess"}, f"{module} is not in _core.node"


def test_only_its_own_engine_imports_ray() -> None:
    for module, tree in TREES.items():
        used = {name.split(".")[0] for name in imports(ast.walk(tree), module)}
        assert "ray" not in used or is_at_or_below(module, "engines.ray"), module


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = {
        module: set(of_raylite(imports(at_import(tree), module))) - {module}
        for module, tree in TREES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def source_files() -> list[Path]:
    folders = ("raylite", "tests", "benchmarks", "scripts")
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".js", ".css"}
    )


def test_every_file_fits_in_one_sitting() -> None:
    sizes = {p: p.read_text(encoding="utf-8").count("\n") for p in source_files()}
    assert not {str(path): n for path, n in sizes.items() if n > MAX_FILE_LINES}


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in source_files():
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{path.relative_to(ROOT).as_posix()}:{node.name}", node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end. The docstring is free: nobody is to save on it."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function):
        lines -= (function.body[0].end_lineno or 0) - function.body[0].lineno + 1
    return lines


def test_every_function_fits_on_one_screen() -> None:
    long = {name: length(node) for name, node in functions() if length(node) > MAX_FUNCTION_LINES}
    assert set(long) == set(LONG_FUNCTIONS), f"longer than {MAX_FUNCTION_LINES} lines: {long}"


def test_every_module_says_what_it_is_for() -> None:
    assert not [module for module, tree in TREES.items() if not ast.get_docstring(tree)]


def facade_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, as ruff sorts ``__all__``."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_the_facade_is_sorted_and_complete() -> None:
    import raylite

    public = {
        name
        for name, value in vars(raylite).items()
        if not name.startswith("_") and not isinstance(value, type(sys))
    }
    assert public <= set(raylite.__all__)
    assert not [name for name in raylite.__all__ if not hasattr(raylite, name)]
    names = [name for name in raylite.__all__ if not name.startswith("_")]
    assert names == sorted(names, key=facade_order)


def test_what_the_facade_gives_names_the_facade_as_its_home() -> None:
    import raylite

    homes = {name: getattr(getattr(raylite, name), "__module__", "") for name in raylite.__all__}
    assert not {name: home for name, home in homes.items() if str(home).startswith("raylite._")}


def test_import_raylite_alone_loads_neither_IPython_nor_numpy() -> None:  # noqa: N802  # its name
    heavy = {"IPython", "anywidget", "ipykernel", "ipywidgets", "matplotlib", "numpy", "traitlets"}
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, raylite; print(*sys.modules)"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not heavy.intersection(loaded)


def project_files() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = set(folders) - MADE_BY_TOOLS
        for name in set(names) - MADE_BY_TOOLS:
            if Path(name).suffix in TEXT:
                yield Path(folder, name)


def test_the_project_names_no_machine_and_no_registry() -> None:
    found = []
    for path in project_files():
        if path != Path(__file__):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if SAID_NOWHERE.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found
