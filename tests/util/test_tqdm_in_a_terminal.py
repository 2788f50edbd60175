"""Bars in a terminal: lines at the bottom, and what is printed above them."""

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

PROGRAM = """
import sys, time
import raylite as ray
from raylite.notebook.bars import bar_board
from raylite.util import tqdm
bar_board.QUIET_S = 0.0
ray.init(num_cpus=2)

@ray.remote
def work(number):
    for step in tqdm(range(4), desc="work"):
        print("step", number, step)
        time.sleep(0.15)

for step in tqdm(range(2), desc="driver"):
    ray.get([work.remote(1), work.remote(2)])
    print("from the driver", step)
"""


def seen_in_a_terminal(written: str) -> list[str]:
    """The lines that stand in the terminal at the end."""
    rows, row, column, at = [""], 0, 0, 0
    while at < len(written):
        character = written[at]
        at += 1
        if character == "\x1b":
            end = at + 1
            while not written[end].isalpha():
                end += 1
            match written[end]:
                case "A":
                    row -= int(written[at + 1 : end] or 1)
                case "K":
                    rows[row] = rows[row][:column]
                case "J":
                    rows[row:] = [rows[row][:column]]
            at = end + 1
        elif character == "\n":
            row += 1
            if row == len(rows):
                rows.append("")
        elif character == "\r":
            column = 0
        else:
            rows[row] = rows[row].ljust(column)
            rows[row] = rows[row][:column] + character + rows[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in rows]


@pytest.mark.slow
def test_in_a_terminal_what_is_printed_stands_above_the_bars() -> None:
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "NO_COLOR": "1"},
    )
    os.close(theirs)
    parts: list[bytes] = []

    def read() -> None:
        try:
            while part := os.read(ours, 65536):
                parts.append(part)
        except OSError:  # The program has ended.
            return

    reader = threading.Thread(target=read)
    reader.start()
    assert program.wait(60) == 0
    reader.join()
    os.close(ours)
    rows = [row for row in seen_in_a_terminal(b"".join(parts).decode()) if row]
    printed = [row for row in rows if "step" in row or "from the driver" in row]
    assert len(printed) == 18
    assert not any("%" in row for row in printed)
    bars = [row for row in rows if "%" in row]
    assert any(row.startswith("work") and "16 of 16" in row for row in bars)
    assert any(row.startswith("driver") and "2 of 2" in row for row in bars)
