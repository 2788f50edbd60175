"""The table of objects, from what processes say."""

import pytest

from raylite._memory_rows import call_site_of, told_by_owners
from raylite._memory_text import MemoryTable
from raylite.notebook.tables.memory_view import MemoryStatus

OWNER, BORROWER = "a" * 56, "b" * 56


def row(number, size, **changes):
    return {
        "object_id": f"{number:056x}",
        "object_size": size,
        "task_status": "FINISHED",
        "reference_type": "LOCAL_REFERENCE",
        "type": "DRIVER",
        "pid": 11,
        "owner_id": OWNER,
        "worker_id": OWNER,
        "node_id": "n" * 56,
        "borrower_ids": [],
        "stored": "INLINE",
        "site": ("put object", "/home/ann/prog.py", 3, "main"),
        **changes,
    }


def borrowed(number):
    unknown: dict[str, object] = {
        "borrower_ids": [],
        "stored": "",
        "site": None,
        "task_status": "NIL",
    }
    return row(number, -1, pid=22, worker_id=BORROWER, type="WORKER", **unknown)


@pytest.fixture
def rows():
    return [
        row(1, 10, site=("task call", "Cell In[3]", 2, "<module>")),
        row(2, 5_000_000, stored="MEMORY", borrower_ids=[BORROWER]),
        borrowed(2),
        row(3, 2_000, reference_type="CAPTURED_IN_OBJECT"),
        row(4, -1, reference_type="ACTOR_HANDLE", stored="", site=None),
        row(5, -1, stored="", task_status="PENDING_NODE_ASSIGNMENT"),
    ]


def test_a_borrowers_row_says_what_the_owner_knows(rows):
    found = told_by_owners(rows)[2]
    assert found["object_size"] == 5_000_000
    assert found["stored"] == "MEMORY"
    assert found["site"] == ("put object", "/home/ann/prog.py", 3, "main")
    assert (found["owner_pid"], found["borrower_pids"]) == (11, [22])
    assert not found["is_owned"]


def test_an_object_whose_owner_says_nothing_has_none():
    (found,) = told_by_owners([borrowed(1)])
    assert (found["owner_pid"], found["object_size"], found["site"]) == (None, -1, None)
    assert "gone" in MemoryTable([found]).text()


def test_a_call_site_is_written_as_ray_does():
    site = ("put object", "/home/ann/prog.py", 3, "main")
    assert call_site_of(site) == "(put object)  | /home/ann/prog.py:main:3"
    assert call_site_of(None) == "disabled"


def test_a_cell_whose_number_nobody_knows_is_a_cell():
    site = ("put object", "/tmp/ipykernel_7/123.py", 3, "main")
    (found,) = told_by_owners([row(1, 1, site=site)])
    assert found["site"] == ("put object", "a notebook cell", 3, "main")


def test_sums_come_first_and_the_largest_object_next(rows):
    text = MemoryTable(told_by_owners(rows)).text()
    assert text == (
        "5 objects, 5.0 MB (5.0 MB in memory, 2.0 KB inline), known to driver 11 and 1 worker\n"
        "\n"
        "  kept by             objects    size  that is\n"
        "  LOCAL_REFERENCE           3  5.0 MB  a variable\n"
        "  CAPTURED_IN_OBJECT        1  2.0 KB  another object, which its ref is inside\n"
        "  ACTOR_HANDLE              1     0 B  it counts an actor's handles\n"
        "\n"
        "Objects\n"
        "    size  kept by             owner  borrowers  value                    made by     "
        "at                        object\n"
        "  5.0 MB  LOCAL_REFERENCE     11     22         in memory                put object  "
        "prog.py, line 3, in main  00000000…000000000002\n"
        "  2.0 KB  CAPTURED_IN_OBJECT  11     -          inline                   put object  "
        "prog.py, line 3, in main  00000000…000000000003\n"
        "    10 B  LOCAL_REFERENCE     11     -          inline                   task call   "
        "Cell In[3], line 2        00000000…000000000001\n"
        "       -  ACTOR_HANDLE        11     -          -                        ?           "
        "                          00000000…000000000004\n"
        "       ?  LOCAL_REFERENCE     11     -          pending node assignment  put object  "
        "prog.py, line 3, in main  00000000…000000000005\n"
    )


def test_a_terminal_gets_lines_that_fit(rows):
    table = MemoryTable(told_by_owners(rows))
    lines = table.text(90).splitlines()
    assert max(map(len, lines)) <= 90
    assert any("…" in line for line in lines)
    assert lines[-1].startswith("Cut to fit: --no-format")
    assert "prog.py, line 3, in main" in table.text(115)


@pytest.mark.parametrize(
    ("key", "first"), [("OBJECT_SIZE", "02"), ("PID", "02"), ("REFERENCE_TYPE", "04")]
)
def test_rows_are_sorted_as_asked_for(rows, key, first):
    text = MemoryTable(told_by_owners(rows), sort_by=key).text()
    table = text.partition("\nObjects\n")[2].splitlines()
    assert table[1].endswith(first)


def test_a_line_of_the_program_is_a_group(rows):
    text = MemoryTable(told_by_owners(rows), group_by="STACK_TRACE", num_entries=1).text()
    assert "put object at prog.py, line 3, in main: 5.0 MB\n" in text
    assert "task call at Cell In[3], line 2: 10 B\n" in text
    assert "Objects of unknown origin: 0 B\n" in text
    assert "  and 2 more\n" in text


def test_a_node_is_a_group(rows):
    text = MemoryTable(told_by_owners(rows), group_by="NODE_ADDRESS").text()
    assert f"Node {'n' * 12}: 5.0 MB\n" in text


@pytest.mark.parametrize(
    ("units", "shown"), [("B", "5000000 B"), ("KB", "5,000.0 KB"), ("GB", "0.0 GB")]
)
def test_sizes_have_the_unit_that_was_asked_for(rows, units, shown):
    assert shown in MemoryTable(told_by_owners(rows), units=units).text()


def test_only_the_sums_can_be_had(rows):
    text = MemoryTable(told_by_owners(rows), stats_only=True).text()
    assert text.startswith("5 objects")
    assert "prog.py" not in text


def test_no_objects_are_a_sentence():
    assert MemoryTable([]).text() == (
        "No objects: no process has an ObjectRef or an actor's handle.\n"
    )


def test_words_are_explained_if_they_occur(rows):
    words = MemoryTable(told_by_owners(rows)).words()
    assert list(words) == [
        "LOCAL_REFERENCE",
        "CAPTURED_IN_OBJECT",
        "ACTOR_HANDLE",
        "in memory",
        "inline",
    ]


def test_several_drivers_are_told_by_their_pids(rows):
    rows.append(row(6, 1, pid=12, owner_id="c" * 56, worker_id="c" * 56))
    sums = MemoryTable(told_by_owners(rows)).sums()
    assert sums.endswith("known to drivers 11, 12 and 1 worker")


def test_a_notebook_shows_whole_ids_names_that_are_no_html_and_how_many_are_left_out(rows):
    rows[1]["site"] = ("put object", "<b>.py", 1, "<module>")
    table = MemoryTable(told_by_owners(rows), num_entries=2)
    page = MemoryStatus(table, num_missing=1)._repr_html_()
    assert "&lt;b&gt;.py, line 1" in page
    assert f'title="{2:056x}"' in page
    assert "and 3 more" in page
    assert "<code>LOCAL_REFERENCE</code>: a variable" in page
    assert "1 of the processes did not answer in time" in page
