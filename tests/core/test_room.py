"""When memory counts as full: by its folder, its machine, and every container around."""

from pathlib import Path

import pytest

from raylite._core.object_store.room import (
    MemoryWatch,
    Room,
    free_bytes,
    in_words,
    memory_limits,
)

MB, GB = 1 << 20, 1 << 30


class Machine:
    """The files in which a kernel tells of memory."""

    def __init__(self, root: Path, total: int = 16 * GB, available: int = 12 * GB) -> None:
        self.root = root
        self.has(total, available)

    def has(self, total: int, available: int) -> None:
        self.write(
            "proc/meminfo",
            f"MemTotal: {total // 1024} kB\nMemFree: 1 kB\nMemAvailable: {available // 1024} kB\nx",
        )

    def write(self, path: str, text: object) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(str(text))

    def group(self, path: str, limit: object, used: object, stat: str = "") -> None:
        base = f"sys/fs/cgroup/{path}"
        self.write(f"{base}/memory.max", limit)
        self.write(f"{base}/memory.current", used)
        self.write(f"{base}/memory.stat", stat)

    def usable(self) -> int:
        return min(limit.now().usable_bytes() for limit in memory_limits(self.root))


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_a_quarter_is_left_to_programs_but_a_gigabyte_at_most():
    assert Room(limit=400, free=300).usable_bytes() == 200
    assert Room(limit=400, free=50).usable_bytes() == 0
    assert Room(limit=64 * GB, free=5 * GB).usable_bytes() == 4 * GB


def test_a_machine_without_containers_has_what_it_says(machine):
    assert machine.usable() == 11 * GB


def test_without_a_kernel_that_tells_there_is_no_limit(tmp_path):
    assert all(limit.now().usable_bytes() > 1 << 50 for limit in memory_limits(tmp_path))


def test_the_limit_of_a_container_counts(machine):
    machine.write("proc/self/cgroup", "0::/")
    machine.group("", 2 * GB, 1 * GB)
    assert machine.usable() == GB - GB // 2


def test_of_groups_inside_groups_the_tightest_counts(machine):
    machine.write("proc/self/cgroup", "0::/users/me/shell")
    machine.group("users/me/shell", "max", 0)
    machine.group("users/me", GB, GB // 2)
    machine.group("users", 4 * GB, GB)
    assert machine.usable() == GB // 2 - GB // 4


def test_copies_of_what_is_on_disk_are_no_use_of_memory(machine):
    machine.write("proc/self/cgroup", "0::/")
    stat = f"anon 5\nactive_file {100 * MB}\ninactive_file {200 * MB}\nshmem {300 * MB}"
    machine.group("", GB, GB, stat)
    assert machine.usable() == 300 * MB - GB // 4


def test_the_older_way_to_count_is_understood(machine):
    machine.write("proc/self/cgroup", "5:cpu:/\n4:memory,x:/docker/1\n0::/")
    base = "sys/fs/cgroup/memory"
    machine.write(f"{base}/memory.limit_in_bytes", 9223372036854771712)
    machine.write(f"{base}/docker/1/memory.limit_in_bytes", GB)
    machine.write(f"{base}/docker/1/memory.usage_in_bytes", GB // 4)
    machine.write(f"{base}/docker/1/memory.stat", f"active_file 1\ntotal_active_file {MB}")
    assert machine.usable() == GB - GB // 4 + MB - GB // 4


def test_a_group_that_is_gone_limits_nothing(machine):
    machine.write("proc/self/cgroup", "0::/")
    machine.group("", GB, "")
    assert machine.usable() == 11 * GB
    machine.group("", GB, 0, "nonsense")
    assert machine.usable() == GB - GB // 4


def test_a_folder_with_room_is_of_no_use_when_memory_is_short(tmp_path):
    machine = Machine(tmp_path, total=GB, available=GB // 2)
    watch = MemoryWatch(str(tmp_path), str(tmp_path))
    assert watch.has_room(10 * MB)
    machine.has(total=GB, available=GB // 4)
    assert watch.has_room(1), "few bytes are written without a look"
    assert not watch.has_room(10 * MB)
    assert not watch.has_room(1), "after a refusal every value is looked at"
    assert watch.usable_bytes() == 0
    machine.has(total=GB, available=GB // 2)
    assert watch.has_room(1)


def test_a_folder_that_is_gone_has_no_room(tmp_path):
    assert free_bytes(f"{tmp_path}/gone") == 0
    assert not MemoryWatch(f"{tmp_path}/gone").has_room(1)


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (8_000_000, "8.0 MB"),
     (5 * 10**12, "5000.0 GB")],
)  # fmt: skip
def test_sizes_are_said_as_on_a_label(size, words):
    assert in_words(size) == words
