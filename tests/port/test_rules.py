"""Each rule of ``raylite port`` finds its line, and says where, which kind, and what to write."""

import pytest

from raylite._port.finding import Direction, Finding, Kind
from raylite._port.keywords import KEYWORDS
from raylite._port.magic_rules import CELL_MAGICS, LINE_MAGICS, SUBCOMMANDS
from raylite._port.names import ONLY_HERE
from raylite._port.program import ported_text
from tests.api_unit.public_surface import NAMES


def found(text: str, direction: Direction = Direction.TO_RAY) -> list[Finding]:
    """What is told of a program, its imports apart."""
    done, _ = ported_text(text, direction)
    return [one for one in done.findings if one.kind is not Kind.CHANGED]


def only(text: str, direction: Direction = Direction.TO_RAY) -> Finding:
    (one,) = found(text, direction)
    return one


def test_a_program_for_ray_has_nothing_to_be_told() -> None:
    text = "import ray\n\nray.init()\nprint(ray.get(ray.put(1)))\n"
    done, new = ported_text(text, Direction.TO_RAY)
    assert (done.findings, done.is_changed, new) == ((), False, text)


@pytest.mark.parametrize("name", sorted(ONLY_HERE))
def test_a_name_of_raylites_own_is_found_wherever_it_is_used(name: str) -> None:
    one = only(f"import raylite as ray\n\nx = 1; ray.{name}\n")
    assert (one.line, one.column, one.kind) == (3, 8, Kind.MISSING)
    assert one.instead == ONLY_HERE[name][1]
    assert name in one.what
    assert one.code == f"x = 1; ray.{name}"


@pytest.mark.parametrize("name", ["dashboard", "watch", "cluster", "exercises"])
def test_a_name_of_raylites_own_is_found_where_it_is_imported(name: str) -> None:
    lines = [one.line for one in found(f"from raylite import {name} as it\n\nit.anything\n")]
    assert lines == [1, 3]


def test_the_table_has_every_public_name_that_ray_does_not_have() -> None:
    import raylite
    import raylite.util

    theirs = {
        f"{module}.{one.partition('(')[0].strip()}".removeprefix("ray").lstrip(".")
        for module, names in NAMES.items()
        for one in names.split(";")
    }
    ours = {*raylite.__all__, *(f"util.{name}" for name in raylite.util.__all__)}
    also_in_ray = {"exceptions", "__version__"}  # Modules, which the list of names does not name.
    assert ours - theirs - also_in_ray <= set(ONLY_HERE)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("nodes", "[{}]"),
        ("engine", "'inline'"),
        ("local_mode", "True"),
        ("address", "'/tmp/session'"),
        ("object_store_memory", "10**9"),
        ("storage", "'x'"),
        ("include_dashboard", "True"),
        ("dashboard_port", "8265"),
    ],
)
def test_a_keyword_of_init_is_found(rule: str, value: str) -> None:
    one = only(f"import raylite\nraylite.init({rule}={value})\n")
    assert (one.line, one.column) == (2, 14)
    assert one.instead


@pytest.mark.parametrize(
    "call",
    [
        "init(local_mode=False)",
        "init(include_dashboard=False)",
        "init('auto')",
        "init('ray://host:10001')",
        "init(num_cpus=2, namespace='x', dashboard_host='127.0.0.1')",
        "get(x, timeout=1)",
        "get(x, timeout=left)",
    ],
)
def test_what_is_the_same_on_both_is_not_told(call: str) -> None:
    assert found(f"import raylite as ray\nx = left = 1\nray.{call}\n") == []


def test_every_keyword_that_raylite_passes_over_or_refuses_has_a_rule() -> None:
    from raylite._init_options import _IGNORED
    from raylite._options import OPTIONS

    to_ray = {rule.keyword for rule in KEYWORDS[Direction.TO_RAY]}
    to_raylite = {rule.keyword for rule in KEYWORDS[Direction.TO_RAYLITE]}
    assert set(_IGNORED) <= to_ray & to_raylite
    assert {name for name, option in OPTIONS.items() if option.instead} <= to_raylite


def test_an_address_without_its_name_is_looked_at_too() -> None:
    assert "folder" in only("import raylite as ray\nray.init('/tmp/raylite-1/s')\n").what


ACTOR = "import raylite as ray\n\n\n@ray.remote\nclass A:\n    def f(self):\n        {}\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ray.get(x, timeout=-1)", "negative timeout"),
        ("ray.wait([x], timeout=-0.5)", "negative timeout"),
        ("pool.get_next_unordered(timeout=1, ignore_if_timedout=True)", "UnboundLocalError"),
        ("str(ray.put(1))", "text of a ref"),
        ("print('is', f.remote(2))", "text of a ref"),
        ("f'{ref}'", "text of a ref"),
        ("isinstance(ref, Iterable)", "Iterable"),
        ("ray.cancel(ref)", "blocks"),
        ("ray.util.register_serializer(int, serializer=f, deserializer=f)", "serializer"),
        ("ray.util.placement_group.PlacementGroup.empty().bundle_specs", "empty group"),
    ],
)
def test_a_behaviour_that_the_text_shows_is_found(line: str, words: str) -> None:
    one = only(f"import raylite as ray\n\nref = f.options(num_cpus=0).remote(1)\n{line}\n")
    assert one.line == 4
    assert words in one.what
    assert one.instead


@pytest.mark.parametrize(
    "line",
    [
        "repr(ref)",
        "f'{ref!r}'",
        "str(counter)",
        "str(made)",
        "str(ray.get(ref))",
        "pool.get_next_unordered(timeout=1)",
    ],
)
def test_what_only_looks_like_it_is_not(line: str) -> None:
    text = (
        "import raylite as ray\n\n\n@ray.remote\nclass lower:\n    pass\n\n\n"
        "counter = Counter.remote()\nmade = lower.options(name='x').remote()\n"
        f"ref = f.remote()\n{line}\n"
    )
    assert found(text) == []


def test_yield_from_in_a_remote_function_is_found_and_elsewhere_it_is_not() -> None:
    assert "yield from" in only(ACTOR.format("yield from [1]")).what
    task = "import raylite as ray\n\n\n@ray.remote(num_cpus=0)\ndef f():\n    yield from [1]\n"
    assert only(task).line == 6
    assert found(ACTOR.format("yield from (n for n in [1])")) == []
    assert found(task.replace("@ray.remote(num_cpus=0)\n", "")) == []


def test_a_class_that_a_magic_makes_an_actor_is_one() -> None:
    text = "%%actor\nclass A:\n    def f(self):\n        yield from [1]\n"
    assert [one.line for one in found(text)] == [4]


def test_imap_of_a_pool_of_rays_is_found_and_no_other() -> None:
    call = "\nfor value in Pool().imap(f, [1]):\n    print(value)\n"
    assert only(f"from raylite.util.multiprocessing import Pool{call}").line == 2
    assert found(f"from multiprocessing import Pool\nimport raylite as ray{call}") == []


@pytest.mark.parametrize("name", ["RAYLITE_ENGINE", "RAYLITE_ADDRESS", "RAYLITE_TASK_EVENTS"])
def test_a_variable_of_the_environment_is_found(name: str) -> None:
    one = only(f"import os\n\nos.environ['{name}'] = 'x'\n")
    assert (one.line, one.column, one.kind) == (3, 12, Kind.MISSING)


def test_a_text_that_names_a_module_of_raylites_is_told_and_left() -> None:
    text = 'import importlib\n\nimportlib.import_module("raylite.util.queue")\n'
    assert only(text).instead.startswith("'ray.util.queue'")
    assert ported_text(text, Direction.TO_RAY)[1] == text


def test_a_documentation_that_names_raylite_is_no_finding() -> None:
    assert found('"raylite"\n\n\ndef f():\n    "raylite"\n') == []


@pytest.mark.parametrize(
    "text",
    [
        "import raylite as ray\n\n\ndef f(ray):\n    ray.dashboard()\n",
        "import raylite as ray\n\n\ndef f():\n    ray = 3\n    ray.dashboard()\n",
        "import raylite as ray\n\ng = lambda ray: ray.dashboard()\n",
        "import other as ray\n\nray.dashboard()\n",
    ],
)
def test_another_thing_of_the_same_name_is_not_raylite(text: str) -> None:
    assert found(text) == []


def test_a_global_name_in_a_function_is_raylite() -> None:
    text = "import raylite as ray\n\n\ndef f():\n    global ray\n    ray.dashboard()\n    ray = 3\n"
    assert only(text).line == 6


def test_a_name_is_found_inside_of_whatever_it_stands() -> None:
    text = "import raylite as ray\nf(ray.watch(1)).x.y\n(lambda: [ray.explain])().z\n"
    assert [(one.line, one.column) for one in found(text)] == [(2, 3), (3, 11)]


def test_a_program_may_be_nested_as_deeply_as_python_reads() -> None:
    text = f"import raylite as ray\nx = {'+'.join(['ray'] * 1500)}\nray.watch\n"
    assert found(text)[-1].line == 3


def test_columns_are_counted_in_characters() -> None:
    assert only("import raylite as ray\nä = 'ö'; ray.watch(1)\n").column == 10


@pytest.mark.parametrize("name", sorted(CELL_MAGICS))
def test_a_magic_for_a_cell_is_found_in_a_notebook_and_in_a_percent_program(name: str) -> None:
    one = only(f"# %% a cell\n# %%{name} --as x\ny = 1\n")
    assert (one.line, one.instead) == (2, CELL_MAGICS[name])
    assert only(f"%%{name}\nx = 1\n").line == 1


@pytest.mark.parametrize("name", sorted(LINE_MAGICS))
def test_a_magic_in_a_line_is_found_among_python(name: str) -> None:
    one = only(f"if True:\n    x = 1\n    %{name} 1 2\n    y = [1\n%  z]\n    y %= 2\n")
    assert (one.line, one.column, one.kind, one.instead) == (3, 5, Kind.MISSING, LINE_MAGICS[name])


@pytest.mark.parametrize("word", sorted(set(SUBCOMMANDS) - {"init", "shutdown"}))
def test_each_use_of_the_magic_raylite_is_told_what_ray_has_for_it(word: str) -> None:
    assert only(f"x = %raylite {word}\n").instead == SUBCOMMANDS[word]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import ray\nray.data.range(3)\n", "ray.data"),
        ("from ray import serve\n", "ray.serve"),
        ("import ray.train.torch\n", "ray.train"),
        ("import ray\nray.init(dashboard_port=1)\n", "passes it over"),
        ("import ray\nf = ray.remote(_labels={'a': 'b'})(f)\n", "refuses"),
    ],
)
def test_on_the_way_back_what_raylite_lacks_is_told(text: str, words: str) -> None:
    assert words in only(text, Direction.TO_RAYLITE).what
