"""``install_as_ray``: what ``import ray`` gives from then on, in the driver and in its workers."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PRELUDE = """
import importlib, os, pickle, sys
import raylite

def said(action):
    try:
        return action()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def importing(name):
    return said(lambda: importlib.import_module(name).__name__)
"""

MODULES = [
    *("actor", "cloudpickle", "exceptions", "remote_function", "runtime_context", "types"),
    *("_raylet", "util", "util.actor_pool", "util.queue", "util.multiprocessing", "util.joblib"),
    *("util.state", "util.check_serialize", "util.placement_group", "util.scheduling_strategies"),
    *("util.metrics", "runtime_env", "_private.services"),
]


@pytest.fixture
def script(run, tmp_path: Path):
    """``script(text)`` runs a script that begins with the prelude, and gives the printed lines."""

    def run_script(text: str) -> list[str]:
        (tmp_path / "script.py").write_text(PRELUDE + text)
        ended = run("script.py")
        assert (ended.stderr, ended.returncode) == ("", 0)
        return ended.stdout.splitlines()

    return run_script


@pytest.fixture
def ray_itself(tmp_path: Path) -> None:
    """What a program finds where Ray is installed as well."""
    for folder in ("ray", "ray/tune"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text("itself = True\n")


def test_every_module_is_the_very_same_under_either_name(script) -> None:
    lines = script(
        f"""
before = len(sys.meta_path)
raylite.install_as_ray()
raylite.install_as_ray()
import ray
assert ray is raylite
for name in {MODULES}:
    one = importlib.import_module(f"ray.{{name}}")
    other = importlib.import_module(f"raylite.{{name}}")
    assert one is other is sys.modules[f"ray.{{name}}"], name
from ray import cloudpickle, exceptions, ObjectRef, util
from ray.util.placement_group import placement_group
assert ray.util.placement_group is placement_group is raylite.util.placement_group
assert ray.util.get_node_ip_address() == ray._private.services.get_node_ip_address()
from ray.util import ActorPool
from ray.actor import ActorHandle
import ray.util.queue as queue
import cloudpickle as package
print(cloudpickle is package, ray.ObjectID is ObjectRef is ray._raylet.ObjectRef)
print(ray.util.__spec__.name, queue.__spec__.name, len(sys.meta_path) - before)
"""
    )
    assert lines == ["True True", "raylite.util raylite.util.queue 1"]


@pytest.mark.parametrize(
    "code",
    [
        *("import ray.data", "from ray import data", "from ray.data import Dataset", "ray.data"),
        *("import ray.tune.schedulers", "from ray.util import collective"),
        *("import ray.util.dask", "from ray.train.torch import TorchTrainer", "ray.serve.run"),
        *("ray.client('ray://there')", "from ray import LoggingConfig"),
    ],
)
def test_what_raylite_has_not_is_said_in_one_sentence(script, code: str) -> None:
    [kind, said, after] = script(
        f"""
raylite.install_as_ray()
import ray
try:
    exec({code!r})
except (AttributeError, ImportError) as error:
    print(type(error).__name__)
    print(error)
print(ray.util.ActorPool.__name__)
"""
    )
    assert kind == ("ModuleNotFoundError" if "import" in code else "AttributeError")
    assert "is not part of raylite" in said
    assert "pip install ray" in said
    assert after == "ActorPool"


def test_a_program_can_still_ask_whether_a_module_is_there(script) -> None:
    lines = script(
        """
raylite.install_as_ray()
try:
    from ray import tune
except ImportError as error:
    print("no tune", error.name)
import ray
print(hasattr(ray, "tune"), hasattr(ray, "never_heard_of"))
print(said(lambda: ray.never_heard_of))
import importlib.util
print(importlib.util.find_spec("ray").name, importlib.util.find_spec("ray.util").name)
"""
    )
    assert lines == [
        "no tune ray.tune",
        "False False",
        "AttributeError: module 'raylite' has no attribute 'never_heard_of'",
        "raylite ray.util",
    ]


def test_raylite_is_taken_where_ray_is_installed_too(script, ray_itself) -> None:
    lines = script(
        """
raylite.install_as_ray()
import ray
print(ray is raylite, importing("ray.tune").split(":")[0])

@raylite.remote
def f():
    import ray
    return ray is raylite, importing("ray.tune").split(":")[0]

print(*raylite.get(f.remote()))
"""
    )
    assert lines == ["True ModuleNotFoundError"] * 2


def test_it_refuses_once_ray_itself_is_imported(script, ray_itself) -> None:
    [said] = script("import ray\nprint(said(raylite.install_as_ray))")
    assert said.startswith("RuntimeError: install_as_ray() comes too late")
    assert "restart of the kernel" in said


def test_without_it_workers_find_what_there_is(script, ray_itself) -> None:
    lines = script(
        """
@raylite.remote
def f():
    import ray
    return ray.itself, importing("ray.tune")

print(*raylite.get(f.remote()))
"""
    )
    assert lines == ["True ray.tune"]


def test_workers_that_live_already_learn_of_it(script) -> None:
    lines = script(
        """
raylite.init(num_cpus=1)

@raylite.remote
def f():
    return importing("ray"), importing("ray.util.queue"), os.getpid()

@raylite.remote
class Actor:
    def imports(self):
        return importing("ray.exceptions")

actor = Actor.remote()
before, after = raylite.get([f.remote(), actor.imports.remote()]), None
raylite.install_as_ray()
after = raylite.get([f.remote(), actor.imports.remote()])
print(before[0][0], after[0][:2], before[0][2] == after[0][2])
print(before[1], after[1])
raylite.shutdown()
raylite.init(num_cpus=1)
print(raylite.get(f.remote())[0])
"""
    )
    assert lines == [
        "ModuleNotFoundError: No module named 'ray' ('raylite', 'raylite.util.queue') True",
        "ModuleNotFoundError: No module named 'ray' raylite.exceptions",
        "raylite",
    ]


def test_a_task_speaks_for_its_own_worker_alone(script) -> None:
    lines = script(
        """
raylite.init(num_cpus=2)

@raylite.remote
class Actor:
    def install(self):
        raylite.install_as_ray()
        import ray
        return ray is raylite
    def imports(self):
        return importing("ray")

one, other = Actor.remote(), Actor.remote()
print(raylite.get(one.install.remote()), raylite.get(other.imports.remote()))
"""
    )
    assert lines == ["True ModuleNotFoundError: No module named 'ray'"]


def test_pickles_may_name_things_as_ray_does(script) -> None:
    lines = script(
        """
raylite.install_as_ray()
import ray
by_name = b"cray.exceptions\\nGetTimeoutError\\n."

@ray.remote
def load(text):
    return pickle.loads(text) is ray.exceptions.GetTimeoutError, ray.__name__

@ray.remote
class Holder:
    def __init__(self, modules):
        self.modules = modules
    def names(self):
        return [module.__name__ for module in self.modules]

print(pickle.loads(by_name) is raylite.exceptions.GetTimeoutError, ray.get(load.remote(by_name)))
import ray._raylet
print(ray.get(Holder.remote([ray, ray.util, ray._raylet, ray.cloudpickle]).names.remote()))
"""
    )
    assert lines == [
        "True (True, 'raylite')",
        "['raylite', 'raylite.util', 'raylite._raylet', 'cloudpickle']",
    ]
