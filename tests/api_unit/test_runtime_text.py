"""What ``raylite status`` prints."""

from typing import Any

from raylite._runtime_text import status_text

FOUND: dict[str, Any] = {
    "uptime_s": 75.0,
    "pid": 7,
    "address": "folder",
    "total": {"CPU": 16.0, "node:here": 1.0},
    "available": {"CPU": 4.0},
    "nodes": [{"NodeID": "ab" * 28, "Alive": True, "Resources": {"CPU": 16.0}}],
    "jobs": [
        {
            "job_id": "01000000",
            "pid": 8,
            "namespace": "lab",
            "start_s": 70.0,
            "end_s": None,
            "entrypoint": "python " + "/a/long/path" * 20,
        }
    ],
    "actors": [
        {
            "class_name": "SimulationOfEverythingThereIs",
            "name": "the-simulation-of-the-north-sea",
            "ray_namespace": "lab",
            "state": state,
            "is_detached": True,
            "pid": 9,
            "num_restarts": 2,
            "actor_id": "cd" * 16,
        }
        for state in ("ALIVE", "DEAD")
    ],
}


def test_no_line_is_wider_than_the_terminal_and_what_is_cut_shows_it():
    lines = status_text(FOUND, width=80).splitlines()
    assert max(map(len, lines)) == 80
    (actor,) = [line for line in lines if line.startswith("  Simulation")]
    assert "…" in actor
    assert "ALIVE (detached)" in actor
    assert actor.endswith("cdcdcdcd")
    assert "  and 1 that has ended" in lines


def test_what_is_piped_on_is_whole():
    assert "the-simulation-of-the-north-sea" in status_text(FOUND)
    assert FOUND["jobs"][0]["entrypoint"] in status_text(FOUND)


def test_numbers_stand_to_the_right():
    text = status_text(FOUND)
    assert "  name  used  total\n  CPU     12     16\n" in text
