"""What installers, conda and Binder read agrees with itself."""

import importlib
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

import raylite

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ONLY_CONDA = {"python", "pip"}
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
"""Where the conda package that holds no more than the Python package is called otherwise."""


def environment(path: str) -> dict:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def by_name(requirements: list[str]) -> dict[str, str]:
    """``["a>=1"]`` as ``{"a": ">=1"}``."""
    matches = [re.fullmatch(r"([\w-]+)(.*)", text) for text in requirements]
    return {match[1]: match[2] for match in matches if match}


def test_binder_installs_what_conda_installs() -> None:
    assert environment("binder/environment.yml") == environment("environment.yml")


def test_conda_has_every_dependency_with_its_bound_and_what_the_course_needs() -> None:
    asked = [*PYPROJECT["project"]["dependencies"], *PYPROJECT["dependency-groups"]["lab"]]
    wanted = {CONDA_NAMES.get(name, name): bound for name, bound in by_name(asked).items()}
    conda = by_name(environment("environment.yml")["dependencies"])
    assert {name: bound for name, bound in conda.items() if name not in ONLY_CONDA} == wanted


def test_binder_reads_its_python_version_in_this_spelling_only() -> None:
    first = environment("binder/environment.yml")["dependencies"][0]
    assert re.fullmatch(r"python=3\.1[1-9]", first)


def test_only_community_channels_are_asked() -> None:
    assert environment("environment.yml")["channels"] == ["conda-forge", "nodefaults"]


@pytest.mark.parametrize(
    "script", ["binder/postBuild", "scripts/environment", "scripts/lab", ".ci/run"]
)
def test_a_script_is_executable_and_parses(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["bash", "-n", script], cwd=ROOT, check=True)


def test_every_dependency_is_explained_with_its_bound() -> None:
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| ([\w-]+) \| ([\d.]+) \| \w", text, re.MULTILINE)
    wanted = by_name(PYPROJECT["project"]["dependencies"])
    assert {name: f">={bound}" for name, bound in explained} == wanted


def test_the_changelog_knows_the_version() -> None:
    version = PYPROJECT["project"]["version"]
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[({re.escape(version)}|Unreleased)\]", text, re.MULTILINE)


def test_the_package_says_that_it_has_types() -> None:
    assert (ROOT / "raylite/py.typed").is_file()


def test_the_console_script_is_there() -> None:
    module, _, function = PYPROJECT["project"]["scripts"]["raylite"].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_the_version_is_written_down_once_more_and_the_same() -> None:
    assert raylite.__version__ == PYPROJECT["project"]["version"]
