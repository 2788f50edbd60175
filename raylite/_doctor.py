"""``raylite doctor``: what on this machine may be in the way of a session, and what to do about it.

In Ray: ``ray health-check`` and what its start-up warns of. Left out here: other machines. The
facts are gathered by the engine; what they mean is decided here, without a look at the machine.
"""

import importlib
import importlib.metadata
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from raylite import _engine
from raylite._core.common.version import __version__

__all__ = ["Check", "Finding", "checks", "judge"]

_MB: Final = 1_000_000
_GB: Final = 1_000_000_000
_LITTLE_MEMORY: Final = 300 * _MB
_LITTLE_SHM: Final = 100 * _MB
_LITTLE_DISK: Final = 500 * _MB
_FEW_FILES: Final = 1024
_SHM: Final = "/dev/shm"  # noqa: S108  # where it is, and what people call it
_LEAST_PYTHON: Final = (3, 11)
_SHOWN: Final = 3
PACKAGES: Final = (
    *("cloudpickle", "loky", "IPython", "ipykernel", "ipywidgets", "anywidget"),
    "jupyterlab",
)
"""What raylite uses or lives in."""
_NEEDED: Final = {"cloudpickle", "loky"}
_FOR_PICTURES: Final = {"anywidget", "ipywidgets"}


class Finding(Enum):
    """How it is: sign, word and colour (of Okabe and Ito's)."""

    FINE = ("✓", "fine", "#009E73")
    NOTE = ("·", "note", "#808080")
    CARE = ("!", "take care", "#E69F00")
    WRONG = ("✗", "wrong", "#D55E00")

    @property
    def sign(self) -> str:
        """For those who do not see colours."""
        return self.value[0]

    @property
    def word(self) -> str:
        """For those who see neither."""
        return self.value[1]

    @property
    def colour(self) -> str:
        """Of the sign."""
        return self.value[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One row of the table."""

    finding: Finding
    name: str
    found: str
    advice: str = ""
    """What to do; empty if there is nothing to be done."""


def checks() -> tuple[Check, ...]:
    """Look at everything. Never raises."""
    versions = {name: _version(name) for name in PACKAGES}
    machine = _or(lambda: importlib.import_module("raylite.engines.local_checkup").look(), None)
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    in_kernel = getattr(shell, "kernel", None) is not None
    found = [
        *judge_python(sys.version_info[:3], platform.python_implementation(), versions),
        *judge_pictures(versions, in_kernel=in_kernel),
        *(judge(machine) if machine is not None else ()),
        _or(_session, Check(finding=Finding.NOTE, name="session", found="cannot be asked")),
    ]
    return tuple(found)


def _or(find: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return find()
    except Exception:  # A doctor does not fall ill of it.
        return otherwise


def _version(name: str) -> str | None:
    found: str | None = _or(lambda: importlib.metadata.version(name), None)
    return found


def judge_python(
    version: tuple[int, ...], implementation: str, versions: Mapping[str, str | None]
) -> list[Check]:
    """Python, raylite, and what it cannot do without."""
    shown = ".".join(map(str, version))
    good = version[:2] >= _LEAST_PYTHON and implementation == "CPython"
    advice = "" if good else "raylite is made for CPython 3.11 and later."
    missing = sorted(name for name in _NEEDED if versions.get(name) is None)
    have = ", ".join(f"{name} {versions[name]}" for name in sorted(_NEEDED) if versions.get(name))
    return [
        _check("Python", f"{implementation} {shown}", advice, Finding.CARE),
        _check(
            "raylite",
            ", ".join(part for part in (__version__, have) if part),
            f"pip install {' '.join(missing)}" if missing else "",
            Finding.WRONG,
        ),
    ]


def judge_pictures(versions: Mapping[str, str | None], *, in_kernel: bool) -> list[Check]:
    """Whether a notebook can show pictures that move."""
    missing = sorted(name for name in _FOR_PICTURES if versions.get(name) is None)
    have = [f"{name} {version}" for name, version in versions.items() if version]
    shown = ", ".join(one for one in have if one.partition(" ")[0] not in _NEEDED) or "none"
    if missing:
        trouble = Finding.WRONG if in_kernel else Finding.NOTE
        return [
            _check(
                "notebook", shown, f"For moving pictures: pip install {' '.join(missing)}", trouble
            )
        ]
    kernel = versions.get("ipykernel") or ""
    if kernel.startswith("7.0."):
        advice = (
            "ipykernel 7.0 lets no thread change a picture: pip install 'ipykernel>=7.1', and "
            "restart the kernel."
        )
        return [_check("notebook", shown, advice, Finding.CARE)]
    if kernel == "7.4.0":
        advice = (
            "ipykernel 7.4.0 delivers clicks only when the cell has ended; raylite sets that "
            "right for its own buttons."
        )
        return [_check("notebook", shown, advice, Finding.NOTE)]
    return [_check("notebook", shown)]


def judge(machine: Any) -> list[Check]:
    """What the facts about the machine mean.

    Args:
        machine: a :class:`raylite.engines.local_checkup.MachineFacts`.
    """
    return [
        *_cpus(machine),
        *_memory(machine),
        *_shm(machine),
        *_disk(machine),
        *_files(machine),
        *_left_behind(machine),
    ]


def _check(name: str, found: str, advice: str = "", trouble: Finding = Finding.NOTE) -> Check:
    return Check(finding=trouble if advice else Finding.FINE, name=name, found=found, advice=advice)


def _cpus(machine: Any) -> list[Check]:
    usable, there = machine.num_cpus, machine.num_machine_cpus
    if usable is None:
        return []
    shown = f"{usable} of {there}" if there and there > usable else f"{usable}"
    advice = ""
    if usable == 1:
        advice = "With one CPU, what computes takes turns: two tasks take twice as long as one."
    elif there and there > usable:
        advice = "The container, or the CPUs the process may use, say so; os.cpu_count() does not."
    return [_check("CPUs", shown, advice)]


def _memory(machine: Any) -> list[Check]:
    limit, free = machine.memory_limit, machine.memory_free
    if limit is None or free is None:
        return []
    shown = f"{_size(free)} free of {_size(limit)}"
    if free >= _LITTLE_MEMORY:
        return [_check("memory", shown)]
    advice = (
        "A worker takes some 15 MB beside its data; when memory is used up the system kills "
        "processes. Shut other kernels down, or start with init(num_cpus=1)."
    )
    return [_check("memory", shown, advice, Finding.CARE)]


def _shm(machine: Any) -> list[Check]:
    size, free = machine.shm_size, machine.shm_free
    if size is None or free is None:
        advice = "Large values lie on disk, which is slower. Nothing has to be done."
        return [_check(_SHM, "none", advice)]
    shown = f"{_size(free)} free of {_size(size)}"
    if free >= _LITTLE_SHM:
        return [_check(_SHM, shown)]
    advice = "What finds no room there lies on disk, which is slower. docker run --shm-size=1g"
    return [_check(_SHM, shown, advice)]


def _disk(machine: Any) -> list[Check]:
    if machine.temp_free is None:
        advice = "Sessions need a folder for their sockets: set TMPDIR to one that can be written."
        return [_check("disk", f"{machine.temp_folder} cannot be written", advice, Finding.WRONG)]
    shown = f"{_size(machine.temp_free)} free in {machine.temp_folder}"
    if machine.temp_free >= _LITTLE_DISK:
        return [_check("disk", shown)]
    advice = "Large values that find no room in memory lie there: remove what is not needed."
    return [_check("disk", shown, advice, Finding.CARE)]


def _files(machine: Any) -> list[Check]:
    number = machine.open_files
    if number is None:
        return []
    advice = "Each worker takes a few: ulimit -n 4096" if number < _FEW_FILES else ""
    return [_check("open files", f"{number:,} at a time", advice, Finding.CARE)]


def _left_behind(machine: Any) -> list[Check]:
    strays, abandoned = machine.strays, machine.abandoned
    found = []
    if strays is not None:
        pids = " ".join(map(str, strays))
        advice = f"They belong to no living program: kill -9 {pids}" if strays else ""
        found.append(_check("stray processes", str(len(strays)), advice, Finding.WRONG))
    if abandoned is not None:
        shown = ", ".join(abandoned[:_SHOWN]) + (", …" if len(abandoned) > _SHOWN else "")
        advice = f"The next session removes them: {shown}" if abandoned else ""
        found.append(_check("left-over folders", str(len(abandoned)), advice))
    return found


def _session() -> Check:
    engine = _engine.get_or_none()
    if engine is None:
        return Check(
            finding=Finding.NOTE, name="session", found="none", advice="It starts with init()."
        )
    if engine.over:
        advice = "A part of it was killed. Call raylite.shutdown(), then raylite.init()."
        return Check(finding=Finding.WRONG, name="session", found="has broken", advice=advice)
    total = engine.resources(available=False).get("CPU", 0.0)
    free = engine.resources(available=True).get("CPU", 0.0)
    living = sum(row["state"] != "DEAD" for row in engine.state("actors"))
    shown = f"runs, {total - free:g} of {total:g} CPUs in use, {living} actors alive"
    return Check(finding=Finding.FINE, name="session", found=shown)


def _size(number: int) -> str:
    return f"{number / _GB:.1f} GB" if number >= _GB else f"{number / _MB:.0f} MB"
