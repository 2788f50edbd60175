"""What a measurement found, and the file in which it is kept."""

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.verdicts import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that tables and plot are made of."""

    samples: Samples
    notes: list[str]
    """The machine, its load, the peers' versions, what was left out: a line each."""
    failures: dict[str, str]
    """By the name of a turn, why it failed."""


def save(results: Results, path: Path) -> None:
    """Write everything to a file."""
    told = {
        "notes": results.notes,
        "failures": results.failures,
        "samples": results.samples.by_system,
    }
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> Results:
    """Read what :func:`save` has written.

    Raises:
        OSError: There is no such file.
        ValueError: It holds something else.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        samples = Samples({})
        for system, rows in told["samples"].items():
            for key, rounds in rows.items():
                for number, values in rounds.items():
                    samples.add(system, key, int(number), values)
        return Results(samples=samples, notes=told["notes"], failures=told["failures"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"{path} is not what --json has written: {error!r}"
        raise ValueError(message) from None
