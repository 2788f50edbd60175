# mypy: disable-error-code="attr-defined, misc, operator, union-attr"
# A type checker does not follow a decorator that makes something else of a class.
"""Where code runs, as it can ask itself: in the driver, in tasks, in actors."""

import json
import threading

import pytest

import raylite as ray_

NAMES = (
    *("get_job_id", "get_node_id", "get_worker_id", "get_task_id", "get_task_name"),
    *("get_task_function_name", "get_actor_id", "get_actor_name", "get_placement_group_id"),
    *("get_assigned_resources", "get_accelerator_ids", "get_node_labels", "get_session_name"),
    *("get_temp_dir", "get_runtime_env_string", "namespace", "gcs_address", "job_id", "node_id"),
    *("task_id", "actor_id", "current_placement_group_id", "runtime_env", "get", "is_canceled"),
    *("should_capture_child_tasks_in_placement_group", "was_current_actor_reconstructed"),
)


def ask():
    """Everything the context says here; an error is its class."""
    context = ray_.get_runtime_context()
    found = {}
    for name in NAMES:
        try:
            value = getattr(context, name)
            found[name] = value() if callable(value) else value
        except (AssertionError, RuntimeError) as error:
            found[name] = type(error)
    return found


@ray_.remote
def task():
    return ask()


@ray_.remote
def task_in_a_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(ask()))
    thread.start()
    thread.join()
    return found[0]


@ray_.remote
class Actor:
    def __init__(self):
        self.at_first = ask()

    def first(self):
        return self.at_first

    def ask(self):
        return ask()

    def me(self):
        return ray_.get_runtime_context().current_actor


@ray_.remote
class AsyncActor:
    async def ask(self):
        return ask()


class TestInTheDriver:
    def test_ids_are_texts_and_objects(self, ray):
        found = ask()
        assert found["job_id"] == ray.JobID.from_hex(found["get_job_id"])
        assert found["node_id"] == ray.NodeID.from_hex(found["get_node_id"])
        assert len(found["get_worker_id"]) == 56
        assert found["get"] == {
            "job_id": found["job_id"],
            "node_id": found["node_id"],
            "namespace": found["namespace"],
        }

    def test_there_is_no_task_and_no_actor(self, ray):
        found = ask()
        for name in ("task_id", "task_name", "task_function_name", "actor_id", "actor_name"):
            assert found[f"get_{name}"] is None
        for name in ("task_id", "actor_id", "get_assigned_resources"):
            assert found[name] is AssertionError
        assert found["was_current_actor_reconstructed"] is AssertionError
        assert found["is_canceled"] is RuntimeError
        with pytest.raises(RuntimeError, match="inside of an actor"):
            _ = ray.get_runtime_context().current_actor

    def test_there_is_no_placement_group(self, ray):
        found = ask()
        assert found["get_placement_group_id"] is None
        assert found["current_placement_group_id"] == ray.PlacementGroupID.nil()
        assert found["should_capture_child_tasks_in_placement_group"] is False

    def test_the_session_has_a_name_and_a_place(self, ray):
        found = ask()
        session_dir = f"{found['get_temp_dir']}/{found['get_session_name']}"
        assert found["gcs_address"].startswith(session_dir)
        assert found["get_node_labels"]["ray.io/node-id"] == found["get_node_id"]

    def test_it_is_the_same_for_everyone(self, ray):
        assert ray.get_runtime_context() is ray.get_runtime_context()

    def test_accelerators_are_listed_by_family(self, ray):
        found = ask()["get_accelerator_ids"]
        assert found["GPU"] == found["TPU"] == []
        assert ray.get_runtime_context().get_resource_ids() == found


class TestInATask:
    def test_ids_are_those_of_its_refs(self, ray):
        ref = task.remote()
        found = ray.get(ref)
        assert found["task_id"] == ref.task_id()
        assert found["get_task_id"] == ref.task_id().hex()
        assert found["get"]["task_id"] == ref.task_id()
        assert found["get_actor_id"] is found["actor_id"] is found["get_actor_name"] is None
        assert "actor_id" not in found["get"]
        assert found["was_current_actor_reconstructed"] is False

    def test_its_names_say_what_runs(self, ray):
        found = ray.get(task.remote())
        assert (found["get_task_name"], found["get_task_function_name"]) == (
            "task",
            f"{__name__}.task",
        )
        found = ray.get(task.options(name="my task").remote())
        assert (found["get_task_name"], found["get_task_function_name"]) == (
            "my task",
            f"{__name__}.task",
        )

    def test_it_holds_what_it_asked_for(self, ray):
        found = ray.get(task.options(num_cpus=0.5).remote())
        assert found["get_assigned_resources"] == {"CPU": 0.5}
        assert ray.get(task.options(num_cpus=0).remote())["get_assigned_resources"] == {}

    def test_the_session_is_the_drivers(self, ray):
        here, there = ask(), ray.get(task.remote())
        same = ("get_job_id", "get_node_id", "namespace", "gcs_address", "get_session_name")
        assert [there[name] for name in same] == [here[name] for name in same]
        assert there["get_worker_id"] != here["get_worker_id"]

    def test_a_thread_of_its_own_is_in_no_task(self, ray):
        found = ray.get(task_in_a_thread.remote())
        assert found["get_task_id"] is found["task_id"] is None
        assert found["get_task_name"] == found["get_task_function_name"] == ""
        assert found["get_assigned_resources"] == {"CPU": 1.0}


class TestInAnActor:
    def test_ids_are_its_own(self, ray):
        actor = Actor.remote()
        ref = actor.ask.remote()
        found = ray.get(ref)
        assert found["actor_id"] == found["get"]["actor_id"] == actor._actor_id
        assert found["get_actor_id"] == actor._actor_id.hex()
        assert found["task_id"] == ref.task_id()
        assert found["is_canceled"] is False

    def test_its_methods_have_its_class_in_their_names(self, ray):
        actor = Actor.options(name="known").remote()
        found = ray.get(actor.ask.remote())
        assert found["get_actor_name"] == "known"
        assert (found["get_task_name"], found["get_task_function_name"]) == (
            "Actor.ask",
            f"{__name__}.Actor.ask",
        )
        found = ray.get(actor.ask.options(name="my call").remote())
        assert found["get_task_name"] == "my call"

    def test_its_constructor_is_a_task_too(self, ray):
        actor = Actor.remote()
        found = ray.get(actor.first.remote())
        assert found["get_task_id"] == "f" * 16 + actor._actor_id.hex()
        assert (found["get_task_name"], found["get_task_function_name"]) == (
            "Actor.__init__",
            f"{__name__}.Actor.__init__",
        )
        assert found["get_actor_name"] == ""

    def test_it_holds_nothing_unless_it_says_so(self, ray):
        assert ray.get(Actor.remote().ask.remote())["get_assigned_resources"] == {}
        found = ray.get(Actor.options(num_cpus=1).remote().ask.remote())
        assert found["get_assigned_resources"] == {"CPU": 1.0}

    def test_it_can_give_itself_away(self, ray):
        actor = Actor.remote()
        assert ray.get(actor.me.remote()) == actor

    def test_the_runtime_env_is_a_text_too(self, ray):
        found = ray.get(Actor.remote().ask.remote())
        assert json.loads(found["get_runtime_env_string"]) == dict(found["runtime_env"])

    def test_a_coroutine_is_not_asked_whether_it_is_cancelled(self, ray):
        found = ray.get(AsyncActor.remote().ask.remote())
        assert found["is_canceled"] is RuntimeError
        assert found["get_task_name"] == "AsyncActor.ask"
