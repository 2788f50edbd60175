"""``import raylite as ray`` to ``import ray`` and back, with nothing else touched."""

import ast
import keyword

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raylite._port.finding import Direction, Kind
from raylite._port.program import ported_text


def to_ray(text: str) -> str:
    return ported_text(text, Direction.TO_RAY)[1]


def to_raylite(text: str) -> str:
    return ported_text(text, Direction.TO_RAYLITE)[1]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("import raylite as ray", "import ray"),
        ("import raylite as rl", "import ray as rl"),
        ("import os, raylite as ray, sys", "import os, ray, sys"),
        ("from raylite import get, put as p", "from ray import get, put as p"),
        ("from raylite.util.queue import Queue", "from ray.util.queue import Queue"),
        ("from  raylite.util  import (\n    ActorPool,  # a\n)", None),
        ("from \\\n  raylite.util import ActorPool", None),
        ("import raylite.util.queue as q", "import ray.util.queue as q"),
        ("import raylite as ray\nimport raylite.util.queue\nray.util.queue.Queue()", None),
        ("def f():\n\timport raylite as ray\n\treturn ray.get(1)", None),
    ],
)
def test_an_import_is_written_anew_and_back(ours: str, theirs: str | None) -> None:
    expected = theirs or ours.replace("raylite as ray", "ray").replace("raylite", "ray")
    assert to_ray(ours) == expected
    assert to_raylite(expected) == ours


def test_the_plain_name_is_changed_where_it_is_used() -> None:
    ours = "import raylite  # raylite\n\n\n@raylite.remote\ndef f(raylite_too):\n    'raylite'\n"
    assert to_ray(ours) == ours.replace("import raylite ", "import ray ").replace(
        "@raylite", "@ray"
    )


def test_a_parameter_of_the_same_name_stays() -> None:
    ours = "import raylite\n\n\ndef f(raylite):\n    return raylite.get\n\n\nf(raylite)\n"
    theirs = "import ray\n\n\ndef f(raylite):\n    return raylite.get\n\n\nf(ray)\n"
    assert to_ray(ours) == theirs


def test_where_ray_is_something_else_the_plain_name_is_kept() -> None:
    ours = "import raylite\n\nray = 3\nraylite.init()\n"
    assert to_ray(ours) == ours.replace("import raylite", "import ray as raylite")
    assert to_raylite(to_ray(ours)) == ours


def test_a_use_in_an_f_string_is_changed_or_the_name_kept() -> None:
    ours = 'import raylite\nprint(f"""\n{raylite.get(1)} raylite\n""")\n'
    theirs = to_ray(ours)
    assert theirs in {
        'import ray\nprint(f"""\n{ray.get(1)} raylite\n""")\n',
        ours.replace("import raylite", "import ray as raylite"),
    }


def test_tqdm_is_imported_from_where_ray_has_it() -> None:
    ours = "from raylite.util import tqdm\n\nfor n in tqdm(range(3)):\n    print(n)\n"
    done, theirs = ported_text(ours, Direction.TO_RAY)
    assert theirs == ours.replace("raylite.util", "ray.experimental.tqdm_ray")
    assert [one.kind for one in done.findings] == [Kind.CHANGED]


@pytest.mark.parametrize(
    "line",
    [
        "from raylite.exercises import port_it",
        "import raylite.cluster as c",
        "from raylite import cluster, get",
        "from raylite._core.common import ids",
    ],
)
def test_what_ray_does_not_have_is_not_imported_from_it(line: str) -> None:
    assert to_ray(f"{line}\n") == f"{line}\n"


def test_an_import_that_has_to_stay_is_told() -> None:
    ours = "import raylite.util.queue\n\nray = 3\nraylite.util.queue.Queue()\n"
    done, theirs = ported_text(ours, Direction.TO_RAY)
    assert theirs == ours
    assert [(one.line, one.kind) for one in done.findings] == [(1, Kind.MISSING)]


@pytest.mark.parametrize("module", ["rayleigh", "raylite_extras", "xray", ".raylite"])
def test_modules_with_a_similar_name_are_others(module: str) -> None:
    text = f"from {module} import get\n"
    assert (to_ray(text), to_raylite(text)) == (text, text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_the_ends_of_lines_stay(end: str) -> None:
    ours = f"x = 1{end or ';'}import raylite as ray{end}"
    assert to_ray(ours) == f"x = 1{end or ';'}import ray{end}"


@pytest.mark.parametrize("text", ["x = (", "def f(:\n", "if x:\ny\n", "x = '\n", "\0"])
def test_what_is_not_python_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SyntaxError):
        to_ray(text)


NAME = st.from_regex(r"[a-z]{1,5}", fullmatch=True).filter(
    lambda name: not keyword.iskeyword(name) and not name.startswith("ray")
)
IMPORTS = st.sampled_from(
    [
        "import raylite as ray",
        "import raylite as r, os",
        "from raylite import get, put",
        "from raylite.util import ActorPool",
        "from raylite.util.queue import (\n    Empty,\n    Queue,\n)",
        "import raylite.util.queue as q  # raylite, ray",
    ]
)
TEXTS = st.sampled_from(["raylite", "ray", "import raylite as ray", "ü {x}", "'"])


@st.composite
def statements(draw: st.DrawFn) -> str:
    name, text = draw(NAME), draw(TEXTS)
    return draw(
        st.sampled_from(
            [
                f"{name} = ray.put({text!r})",
                f"{name}  =  f'{{ray.get(1)}} raylite'  # {name} of raylite",
                f"def {name}(ray):\n    return ray . get",
                f"class {name.title()}:\n\t'''{text.replace(chr(39), '')}\n\tray'''\n",
                f"@ray.remote\ndef {name}():\n    import raylite as ray\n    return ray",
                f"if {name}:\n    pass;  from  raylite  import get as ray_get",
                "",
            ]
        )
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(IMPORTS, max_size=3), st.lists(statements(), max_size=5))
def test_there_and_back_is_the_same_text(imports: list[str], body: list[str]) -> None:
    ours = "\n".join(["import raylite as ray", *imports, *body, ""])
    theirs = to_ray(ours)
    assert to_raylite(theirs) == ours
    assert to_ray(theirs) == theirs
    assert _packages(theirs) <= {"ray", "os"}


def _packages(text: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module).partition(".")[0])
    return names


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["import raylite", "import raylite.util.queue"])), statements())
def test_for_ray_it_is_the_same_program_whichever_way_it_came(
    imports: list[str], line: str
) -> None:
    ours = "\n".join([*imports, "raylite.get(raylite.put(1))", line.replace("as ray\n", "\n"), ""])
    theirs = to_ray(ours)
    assert to_ray(to_raylite(theirs)) == theirs
