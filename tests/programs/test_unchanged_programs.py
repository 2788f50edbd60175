"""Programs written for Ray, run without an edit; beside each is what it prints on Ray itself."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "written_for_ray"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.txt"))


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_prints_what_it_prints_on_ray(as_ray, name: str) -> None:
    ended = as_ray(str(FOLDER / f"{name}.py"), PYTHONDONTWRITEBYTECODE="1")
    assert (ended.stdout, ended.returncode) == ((FOLDER / f"{name}.txt").read_text(), 0), (
        ended.stderr
    )


def test_the_programs_do_not_know_of_raylite() -> None:
    assert len(PROGRAMS) >= 10
    assert not [name for name in PROGRAMS if "raylite" in (FOLDER / f"{name}.py").read_text()]
