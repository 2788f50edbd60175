"""Which program runs when: data made from the options, nothing is started here.

A round holds every program once for every system. Within a round the systems take turns program by
program, so that a machine that changes its pace does so for all of them; and in each round another
system begins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.measures import MEASURES, PROGRAMS
from benchmarks.systems import SYSTEMS, has

ROUNDS_WITHOUT_GOALS = 3
"""Rounds of peers that no goal compares with: no verdict rests on them, and some are slow."""
WORKERS_FOR_CALLS = 4
"""Processes for the rows with four actors, where a library has to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One process to start: which system it measures with which program, and its command line."""

    system: str
    program: str
    rows: tuple[str, ...]
    command: tuple[str, ...]

    @property
    def name(self) -> str:
        """What is told of it while it runs."""
        return f"{self.program} of {SYSTEMS[self.system].title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure, how long and how often."""

    rounds: int
    window_s: float
    windows: int
    idle_s: float
    cores: int
    pythons: Mapping[str, str]
    """For each system that is measured, its interpreter; their order is the order of turns."""
    rows: frozenset[str]
    large_bytes: int
    """The size of large objects; 0 where there is no room for them."""
    one_cpu: bool
    """Whether processes can be kept on one CPU."""

    def of_round(self, number: int) -> Iterator[Turn]:
        """The turns of round ``number``, from 0."""
        systems = [system for system in self.pythons if number < self._rounds_of(system)]
        for place, program in enumerate(PROGRAMS):
            first = (number + place) % len(systems)
            for system in systems[first:] + systems[:first]:
                if rows := self.rows_of(system, program):
                    yield self._turn(system, program, rows)

    def _rounds_of(self, system: str) -> int:
        compared = {"raylite", *(goal.peer for measure in MEASURES for goal in measure.goals)}
        return self.rounds if system in compared else ROUNDS_WITHOUT_GOALS

    def rows_of(self, system: str, program: str) -> tuple[str, ...]:
        """The rows that a program measures of a system, in this plan."""
        if program == "one_cpu" and not self.one_cpu:
            return ()
        return tuple(
            measure.key
            for measure in MEASURES
            if measure.program == program
            and measure.key in self.rows
            and has(SYSTEMS[system], measure.key)
            and (self.large_bytes or not measure.large)
        )

    def _turn(self, system: str, program: str, rows: tuple[str, ...]) -> Turn:
        return Turn(
            system=system,
            program=program,
            rows=rows,
            command=(self.pythons[system], "-m", *self._arguments(system, program, rows)),
        )

    def _arguments(self, system: str, program: str, rows: tuple[str, ...]) -> tuple[str, ...]:
        measured = SYSTEMS[system]
        if program == "start":
            described = (system, measured.library, measured.peer)
            return ("benchmarks.cold_start", *described, str(self.cores))
        lengths = ("--window", self.window_s, "--windows", self.windows, "--idle", self.idle_s)
        sizes = ("--workers", self._workers(program), "--large", self.large_bytes)
        options = map(str, (*lengths, *sizes))
        return ("benchmarks.program", system, program, *rows, *options)

    def _workers(self, program: str) -> int:
        """Processes for a library that has to be told: for memory one, for calls four."""
        match program:
            case "calls" | "one_cpu":
                return WORKERS_FOR_CALLS
            case "processes":
                return 1
            case _:
                return self.cores
