"""What a task, an actor and the driver know of themselves."""

import pytest

from tests.compat.cases import raises


@pytest.fixture
def context(ray):
    return ray.get_runtime_context()


def test_ids_of_the_driver(ray, context):
    assert len(context.get_job_id()) == 8
    assert len(context.get_node_id()) == 56
    assert len(context.get_worker_id()) == 56
    assert context.get_actor_id() is None
    assert context.get_task_id() is None


def test_ids_in_a_task(ray, context):
    @ray.remote
    def mine():
        context = ray.get_runtime_context()
        return context.get_job_id(), context.get_node_id(), context.get_task_id()

    job_id, node_id, task_id = ray.get(mine.remote())
    assert (job_id, node_id) == (context.get_job_id(), context.get_node_id())
    assert len(task_id) == 48


def test_two_tasks_have_two_ids(ray):
    @ray.remote
    def mine():
        return ray.get_runtime_context().get_task_id()

    one, two = ray.get([mine.remote(), mine.remote()])
    assert one != two


def test_ids_in_an_actor(ray):
    @ray.remote
    class Me:
        def mine(self):
            context = ray.get_runtime_context()
            return context.get_actor_id(), context.get_task_id(), context.get_worker_id()

    me = Me.remote()
    actor_id, task_id, worker_id = ray.get(me.mine.remote())
    assert actor_id == me._actor_id.hex()
    assert len(task_id) == 48
    assert len(worker_id) == 56


def test_the_name_of_an_actor(ray):
    @ray.remote
    class Me:
        def name(self):
            return ray.get_runtime_context().get_actor_name()

    named = Me.options(name="me myself").remote()
    assert ray.get(named.name.remote()) == "me myself"
    assert ray.get(Me.remote().name.remote()) == ""


def test_the_names_of_tasks(ray):
    @ray.remote
    def work():
        context = ray.get_runtime_context()
        return context.get_task_name(), context.get_task_function_name().rpartition(".")[2]

    assert ray.get(work.remote()) == ("work", "work")
    assert ray.get(work.options(name="first").remote()) == ("first", "work")


def test_the_name_of_a_call(ray):
    @ray.remote
    class Me:
        def work(self):
            return ray.get_runtime_context().get_task_name()

    me = Me.remote()
    assert ray.get(me.work.remote()) == "Me.work"


def test_the_current_actor(ray):
    @ray.remote
    class Me:
        def me(self):
            return ray.get_runtime_context().current_actor

        def other(self):
            return "other"

        async def ask_myself(self):
            return await ray.get_runtime_context().current_actor.other.remote()

    me = Me.remote()
    assert ray.get(me.me.remote()) == me
    assert ray.get(me.ask_myself.remote()) == "other"


def test_there_is_no_current_actor_in_the_driver(ray, context):
    with raises(RuntimeError, words="actor"):
        context.current_actor  # noqa: B018  # the access is what fails


def test_the_namespace(ray, context):
    @ray.remote
    def mine():
        return ray.get_runtime_context().namespace

    assert ray.get(mine.remote()) == context.namespace


def test_resources_that_were_assigned(ray):
    @ray.remote(num_cpus=2, resources={"slot": 1})
    def mine():
        return ray.get_runtime_context().get_assigned_resources()

    assert ray.get(mine.remote()) == {"CPU": 2, "slot": 1}


def test_context_as_a_dictionary(ray, context):
    assert context.get()["job_id"].hex() == context.get_job_id()
    assert context.get()["node_id"].hex() == context.get_node_id()


def test_nodes(ray, context):
    (node,) = ray.nodes()
    assert node["Alive"] is True
    assert node["NodeID"] == context.get_node_id()
    assert node["Resources"]["CPU"] == 4
    assert {"NodeManagerAddress", "NodeManagerHostname"} <= set(node)
