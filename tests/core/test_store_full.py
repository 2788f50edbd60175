"""What a caller is told whose value does not fit under the session's limit."""

from raylite._core.core_worker.store_full import largest, store_full

OURS, THEIRS = "a" * 56, "b" * 56


def row(ref, size, pid, **changes):
    return {
        "object_id": ref,
        "object_size": size,
        "type": "DRIVER",
        "pid": pid,
        "reference_type": "LOCAL_REFERENCE",
        "site": None,
        **changes,
    }


def test_the_largest_objects_come_first_with_their_line_and_all_holders():
    site = ("put object", "/home/ann/program.py", 3, "main")
    used = {"type": "WORKER", "reference_type": "USED_BY_PENDING_TASK"}
    rows = [
        row(THEIRS, 1_000_000, 2),
        row(OURS, -1, 9, **used),
        row(OURS, 2_000_000, 7, site=site),
        row("c" * 56, -1, 7),
    ]
    first, second = largest(rows)
    assert first == (
        "     2.0 MB  aaaaaaaa…aaaaaaaaaaaa, put object at program.py, line 3, held by driver 7, "
        "worker 9 (USED_BY_PENDING_TASK)"
    )
    assert second == "     1.0 MB  bbbbbbbb…bbbbbbbbbbbb, held by driver 2"


def test_a_cell_that_a_worker_knows_by_a_file_name_is_a_cell():
    site = ("put object", "/tmp/ipykernel_7/123.py", 3, "main")
    [line] = largest([row(OURS, 1_000, 7, site=site)])
    assert ", put object at a notebook cell, line 3, held" in line


def test_only_five_are_named_and_the_text_says_where_the_others_are():
    rows = [row(f"{number:056x}", 1_000 + number, 7) for number in range(9)]
    text = str(store_full(5_000, 6_000, 5_900, rows))
    assert text.count("held by driver 7") == 5
    assert "%raylite memory" in text
    assert "list_objects(detail=True)" in text


def test_a_value_that_never_fits_is_not_blamed_on_others():
    text = str(store_full(7_000, 6_000, 1_000, [row(OURS, 1_000, 7)]))
    assert text.endswith("Begin the session with a higher limit.")
    assert "held by" not in text
