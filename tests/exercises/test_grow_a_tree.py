"""The exercise of lesson 11: what students write, and what each of them is told."""

from collections.abc import Iterator

import pytest

import raylite
from raylite.exercises import lesson_11
from raylite.exercises.lesson_11 import grow_a_tree
from raylite.util.state import list_actors
from tests.exercises.written import advice_of, not_yet, written

IS_CLASS, SIZE, LEAVES, ACTORS, TOGETHER = range(5)
MAKE = "[Node.remote(depth - 1, width) for _ in range(width)] if depth > 0 else []"
SIZES = "1 + sum(ray.get([child.size.remote() for child in self.children]))"
LEAF = "1 if not self.children else "
SUM = "sum(ray.get([child.leaves.remote() for child in self.children]))"


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=2)
    yield
    raylite.shutdown()


@pytest.fixture(autouse=True)
def _nothing_is_left_of_a_tree() -> Iterator[None]:
    yield
    assert [one for one in list_actors(limit=10_000) if one.state != "DEAD"] == []


def node(
    *,
    head: str = "@ray.remote",
    children: str = MAKE,
    size: str = f"return {SIZES}",
    leaves: str = f"return {LEAF}{SUM}",
) -> str:
    return "\n".join([
        head, "class Node:",
        "    def __init__(self, depth, width):",
        "        self.depth, self.width = depth, width",
        f"        self.children = {children}",
        "    def size(self):", f"        {size}",
        "    def leaves(self):", f"        {leaves}",
    ])  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [
        grow_a_tree.solution_source,
        node(
            children="list(map(lambda _: Node.remote(depth=depth - 1, width=width), "
            "range(width if depth else 0)))",
            size="return sum((ray.get(child.size.remote()) for child in self.children), start=1)",
        ),
    ],
    ids=["solution", "one-by-one"],
)
def test_right_answers_pass(source: str) -> None:
    report = written(grow_a_tree, source)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(grow_a_tree.stub_source, [SIZE], "`return`", id="stub"),
        pytest.param(node(head=""), [IS_CLASS], "`@ray.remote` above", id="not-decorated"),
        pytest.param(
            node(children="[Node.remote(depth - 1, width) for _ in range(width)]"), [SIZE],
            "does not stop growing", id="no-end",
        ),
        pytest.param(
            node(children="[Node.remote(depth, width) for _ in range(width)] if depth else []"),
            [SIZE], "does not stop growing", id="depth-stays",
        ),
        pytest.param(
            node(children="[Node(depth - 1, width) for _ in range(width)] if depth else []"),
            [SIZE], "Read the message", id="forgot-remote",
        ),
        pytest.param(
            node(size="return 1 + sum(child.size.remote() for child in self.children)"), [SIZE],
            "`ray.get([...])`", id="forgot-get",
        ),
        pytest.param(node(size=f"print({SIZES})"), [SIZE], "`return`", id="printed"),
        pytest.param(node(size=f"return {SIZES[4:]}"), [SIZE], "counts itself", id="not-itself"),
        pytest.param(
            node(size="return 1 + len(self.children)"), [SIZE], "own children only",
            id="only-the-next-level",
        ),
        pytest.param(
            node(size="return self.width ** self.depth"), [SIZE], "Only the leaves",
            id="the-leaves-only",
        ),
        pytest.param(
            node(leaves=f"return {SUM}"), [LEAVES], "is a leaf itself", id="no-leaf-counts"
        ),
        pytest.param(
            node(leaves=f"return 1 + {SUM}"), [LEAVES], "These are all nodes", id="all-as-leaves"
        ),
        pytest.param(
            node(children="[]", leaves="return self.width ** self.depth",
                 size="return sum(self.width ** level for level in range(self.depth + 1))"),
            [ACTORS, TOGETHER], "computed all of it alone", id="a-formula",
        ),
        pytest.param(
            node(children="[Node.options(name=os.urandom(8).hex(), lifetime='detached')"
                          ".remote(depth - 1, width) for _ in range(width)] if depth else []"),
            [TOGETHER], "outlives its maker", id="detached",
        ),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lesson_11, "_GRACE_S", 0.3 if "detached" in source else 5.0)
    report = written(grow_a_tree, source)
    assert not_yet(report) == failed, repr(report)
    assert words in advice_of(report), repr(report)
