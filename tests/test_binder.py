"""What Binder makes of the project: its image, and the links that open a lesson in it."""

import importlib.util
import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\((https://mybinder\.org/v2/[^)]+)\)", README)
LESSONS = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}


@pytest.fixture(scope="module")
def links() -> Any:
    """``scripts/binder`` as a module."""
    loader = SourceFileLoader("binder_links", str(ROOT / "scripts/binder"))
    spec = importlib.util.spec_from_loader("binder_links", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    write_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)  # Its cache would lie beside the scripts.
    sys.dont_write_bytecode = write_bytecode
    return module


@pytest.fixture(scope="module")
def dockerfile() -> str:
    """What repo2docker, which Binder runs, would have Docker build; here nothing is built."""
    if importlib.util.find_spec("repo2docker") is None:
        pytest.skip("needs jupyter-repo2docker, which is in the dependency group `test`")
    told = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    found = subprocess.run(told, capture_output=True, text=True, check=True, timeout=50)
    return found.stdout + found.stderr


@pytest.mark.slow
def test_binder_makes_a_conda_environment_with_the_python_that_is_asked_for(
    dockerfile: str,
) -> None:
    asked = yaml.safe_load((ROOT / "binder/environment.yml").read_text(encoding="utf-8"))
    version = asked["dependencies"][0].removeprefix("python=")
    assert f"Building conda environment for python={version}" in dockerfile


@pytest.mark.slow
def test_the_environment_is_made_before_the_project_is_copied_so_that_it_is_kept(
    dockerfile: str,
) -> None:
    steps = [
        'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"',
        "COPY --chown=0:0 src/ ${REPO_DIR}/",
        "RUN ./binder/postBuild",
    ]
    places = [dockerfile.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.slow
def test_no_other_file_of_the_project_changes_the_image(dockerfile: str) -> None:
    taken = re.findall(r'--file "([^"]+)"', dockerfile)
    assert taken == ["binder/environment.yml"]
    assert "requirements.txt" not in dockerfile


def test_every_lesson_can_be_opened_on_binder(links: Any) -> None:
    home = urlsplit(links.repository()).path
    found = set()
    for link in LINKS:
        parts = urlsplit(link)
        assert parts.path == f"/v2/gh{home}/HEAD"
        (opened,) = parse_qs(parts.query, strict_parsing=True)["urlpath"]
        assert opened.startswith("lab/tree/")
        assert (ROOT / opened.removeprefix("lab/tree/")).is_file()
        found.add(Path(opened).stem)
    assert found == LESSONS
    assert len(LINKS) == len(LESSONS) + 1, "one for each lesson, and the badge"


def test_the_links_are_those_of_the_projects_address(links: Any) -> None:
    assert links.with_links(README, links.repository()) == README, "run `make lessons`"


def test_a_copy_of_the_course_has_links_of_its_own(links: Any) -> None:
    address = "https://gitlab.example.org/somebody/actors.git"
    page = links.with_links(README, address)
    there = {urlsplit(link).path for link in re.findall(r"https://mybinder\.org/v2[^)]+", page)}
    (path,) = there
    assert unquote(path) == f"/v2/git/{address}/HEAD"


def test_a_readme_without_a_place_for_the_links_is_refused(links: Any) -> None:
    with pytest.raises(ValueError, match="one line '<!-- binder: lessons -->'"):
        links.with_links(README.replace("<!-- binder: lessons -->", ""), links.repository())


def test_raylite_is_installed_into_the_environment_and_brings_nothing_along() -> None:
    script = (ROOT / "binder/postBuild").read_text(encoding="utf-8")
    assert re.search(r"^python -m pip install .*--no-deps .*\.$", script, re.MULTILINE)
