"""What installers, conda and Binder read agrees with itself."""

import importlib
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from itertools import chain
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
    extras = PYPROJECT["project"]["optional-dependencies"].values()
    wanted = by_name([*PYPROJECT["project"]["dependencies"], *chain.from_iterable(extras)])
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is published."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment's folder of commands, with that package in it and not this folder.

    What the package depends on is shared with the environment that runs the tests.
    """
    place = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    commands = place / "bin"
    where = [str(commands / "python"), "-c", "import sysconfig as s; print(s.get_path('purelib'))"]
    site = Path(subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(commands / "python")]
    install = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", str(wheel)]
    subprocess.run([*pip, *install], cwd=place, check=True, env=_without_this_folder())
    return commands


def _without_this_folder() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def test_the_wheel_holds_the_lessons_and_nothing_that_students_are_not_to_have_by_accident(
    wheel: Path,
) -> None:
    names = [name for name in zipfile.ZipFile(wheel).namelist() if "/course/" in name]
    notebooks = ROOT / "notebooks"
    wanted = [
        *notebooks.glob("*.ipynb"), *notebooks.glob("images/*"), *notebooks.glob("solutions/*")
    ]  # fmt: skip
    assert sorted(names) == sorted(
        f"raylite/course/{path.relative_to(notebooks)}"
        for path in wanted
        if not path.name.startswith(".")
    )


def test_an_installed_package_copies_its_lessons_without_a_checkout(
    installed: Path, tmp_path: Path
) -> None:
    copy = [str(installed / "raylite"), "course", "copy", "my-course"]
    ran = subprocess.run(
        copy, cwd=tmp_path, capture_output=True, text=True, check=False, env=_without_this_folder()
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert (tmp_path / "my-course" / path.name).read_bytes() == path.read_bytes()


def test_an_installed_package_is_the_one_that_is_imported(installed: Path, tmp_path: Path) -> None:
    where = [str(installed / "python"), "-c", "import raylite; print(raylite.__file__)"]
    ran = subprocess.run(
        where, cwd=tmp_path, capture_output=True, text=True, check=True, env=_without_this_folder()
    )
    assert Path(ran.stdout).is_relative_to(installed.parent)
