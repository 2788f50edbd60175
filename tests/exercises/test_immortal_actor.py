"""The exercise of lesson 7: what students write, and what each of them is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import raylite
from raylite.exercises.lesson_07 import immortal_actor
from tests.exercises.written import advice_of, not_yet, written

IS_CLASS, KEEPS, WRITES, COMES_BACK, ITS_OWN = range(5)
FULL = "@ray.remote(max_restarts=-1, max_task_retries=-1)"
READ_IT = "self.state = json.loads(Path(checkpoint).read_text())"
READ = f"if os.path.exists(checkpoint):\n    {READ_IT}"
WRITE = "Path(self.checkpoint).write_text(json.dumps(self.state))"


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=2)
    yield
    raylite.shutdown()


def actor(
    head: str = FULL,
    init: str = f"self.checkpoint, self.state = checkpoint, {{}}\n{READ}",
    update: str = f"self.state[key] = value\n{WRITE}",
    get: str = "return self.state[key]",
) -> str:
    def method(signature: str, body: str) -> list[str]:
        return [f"    def {signature}:", *(f"        {line}" for line in body.splitlines())]

    parts = [
        *method("__init__(self, checkpoint)", init),
        *method("update(self, key, value)", update),
        *method("get(self, key)", get),
    ]
    return "\n".join([head, "class ImmortalActor:", *parts])


@pytest.mark.parametrize(
    "source",
    [
        immortal_actor.solution_source,
        actor(head="@ray.remote(max_restarts=10, max_task_retries=10)"),
        "import pickle\n"
        + actor(
            init="self.path = Path(checkpoint)\nself.state = "
            "pickle.loads(self.path.read_bytes()) if self.path.exists() else {}",
            update="self.state[key] = value\nself.path.write_bytes(pickle.dumps(self.state))",
        ),
    ],
    ids=["solution", "ten-times", "pickled"],
)
def test_right_answers_pass(source: str) -> None:
    report = written(immortal_actor, source)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(immortal_actor.stub_source, [KEEPS], "`return` the value", id="stub"),
        pytest.param(actor(head=""), [IS_CLASS], "`@ray.remote` above", id="not-decorated"),
        pytest.param(
            actor(update="self.state[key] = value"), [WRITES], "in `update`", id="never-writes"
        ),
        pytest.param(
            actor(init="self.checkpoint, self.state = checkpoint, {}"), [WRITES],
            "`__init__` is to read the file", id="never-reads",
        ),
        pytest.param(
            actor(update=f"{WRITE}\nself.state[key] = value"), [WRITES],
            "`__init__` is to read the file", id="writes-before-the-change",
        ),
        pytest.param(
            actor(head="@ray.remote"), [COMES_BACK], "`max_restarts=-1`", id="no-restarts"
        ),
        pytest.param(
            actor(head="@ray.remote(max_restarts=-1)"), [COMES_BACK],
            "`max_task_retries=-1`", id="no-retries",
        ),
        pytest.param(
            actor(
                init="self.state = {}\ncheckpoint = self.checkpoint = FILE\n" + READ,
            ),
            [WRITES], "the file `checkpoint`", id="a-file-of-its-own",
        ),
        pytest.param(
            actor(init=f"self.checkpoint, self.state = checkpoint, {{}}\n{READ_IT}"),
            [KEEPS], "Read the message", id="no-file-yet",
        ),
        pytest.param(
            actor(update=f"self.state.setdefault(key, value)\n{WRITE}"), [KEEPS],
            "take the place", id="keeps-the-first",
        ),
        pytest.param(
            actor(get="time.sleep(60)"), [KEEPS], "a long `sleep`", id="takes-too-long"
        ),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str, tmp_path: Path
) -> None:
    report = written(immortal_actor, source, before=f"FILE = {str(tmp_path / 'mine.json')!r}\n")
    assert not_yet(report) == failed, repr(report)
    assert words in advice_of(report), repr(report)
