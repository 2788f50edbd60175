"""What workers print, in a terminal and in a pipe: every line says who has printed it."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
import raylite as ray

ray.init(num_cpus=2)

@ray.remote
class Singer:
    def sing(self, text):
        print(text)
        display("shown")

first, second = Singer.remote(), Singer.remote()
for actor in (first, second, first):
    ray.get(actor.sing.remote("la"))
ray.shutdown()
"""
LAST_WORDS = """
import raylite as ray

@ray.remote
def says():
    print("last words")

ray.init(num_cpus=1)
ray.wait([says.remote()])
"""
COLOURS = re.compile(r"\x1b\[(\d+)m\(Singer pid=(\d+)\)\x1b\[0m (la|'shown')")


def program(folder: Path, text: str = PROGRAM) -> list[str]:
    path = folder / "program.py"
    path.write_text(text)
    return [sys.executable, str(path)]


def environment(**more: str) -> dict[str, str]:
    root = str(Path(__file__).parent.parent.parent)
    return {**os.environ, "PYTHONPATH": root, "NO_COLOR": "", **more}


def in_a_terminal(command: list[str], env: dict[str, str]) -> str:
    master, slave = pty.openpty()
    with subprocess.Popen(command, stdout=slave, stderr=slave, env=env) as running:
        os.close(slave)
        found = b""
        try:
            while data := os.read(master, 1 << 16):
                found += data
        except OSError:  # That is how a terminal ends.
            pass
        assert running.wait() == 0, found.decode()
    os.close(master)
    return found.decode()


def test_in_a_terminal_every_actor_has_a_colour(tmp_path) -> None:
    found = COLOURS.findall(in_a_terminal(program(tmp_path), environment()))
    colours = {pid: colour for colour, pid, _ in found}
    assert len(found) == 6
    assert len(set(colours.values())) == len(colours) == 2


def test_whoever_wants_no_colours_gets_none(tmp_path) -> None:
    text = in_a_terminal(program(tmp_path), environment(NO_COLOR="1"))
    assert "\x1b" not in text
    assert re.search(r"^\(Singer pid=\d+\) la\r$", text, re.MULTILINE)


def test_in_a_pipe_there_are_none(tmp_path) -> None:
    done = subprocess.run(
        program(tmp_path), env=environment(), capture_output=True, text=True, check=True
    )
    assert len(re.findall(r"^\(Singer pid=\d+\) la$", done.stdout, re.MULTILINE)) == 3
    assert "\x1b" not in done.stdout


def test_what_was_printed_last_is_seen_though_nobody_asks_for_a_value(tmp_path) -> None:
    command = program(tmp_path, LAST_WORDS)
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\(says pid=\d+\) last words\n", done.stdout)
