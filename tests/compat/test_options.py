"""Options, and bad input for them."""

import pytest

from tests.compat.cases import different, raises

TASK_MISTAKES = [
    ({"bogus": 1}, ValueError, ("Invalid option keyword", "bogus", "remote functions")),
    ({"max_restarts": 1}, ValueError, ("Invalid option keyword", "max_restarts")),
    ({"num_cpus": -1}, ValueError, "num_cpus"),
    ({"num_cpus": "2"}, TypeError, "num_cpus"),
    ({"num_gpus": -1}, ValueError, "num_gpus"),
    ({"num_returns": -1}, ValueError, "num_returns"),
    ({"num_returns": 1.5}, TypeError, "num_returns"),
    ({"max_retries": -2}, ValueError, "max_retries"),
    ({"max_retries": 0.5}, TypeError, "max_retries"),
    ({"retry_exceptions": "ValueError"}, TypeError, "retry_exceptions"),
    ({"resources": ["slot"]}, TypeError, "resources"),
    ({"resources": {"CPU": 1}}, ValueError, ("CPU", "num_cpus")),
    ({"resources": {"GPU": 1}}, ValueError, ("GPU", "num_gpus")),
    ({"resources": {"slot": -1}}, ValueError, "slot"),
    ({"name": 5}, TypeError, "name"),
    ({"runtime_env": "env"}, TypeError, "runtime_env"),
    ({"scheduling_strategy": "RANDOM"}, ValueError, "scheduling_strategy"),
]
ACTOR_MISTAKES = [
    ({"bogus": 1}, ValueError, ("Invalid option keyword", "bogus", "actors")),
    ({"num_returns": 2}, ValueError, ("Invalid option keyword", "num_returns")),
    ({"max_retries": 2}, ValueError, ("Invalid option keyword", "max_retries")),
    ({"num_cpus": -0.5}, ValueError, "num_cpus"),
    ({"max_restarts": -2}, ValueError, "max_restarts"),
    ({"max_restarts": 1.0}, TypeError, "max_restarts"),
    ({"max_task_retries": -2}, ValueError, "max_task_retries"),
    ({"max_concurrency": -1}, ValueError, "max_concurrency"),
    ({"max_concurrency": "2"}, TypeError, "max_concurrency"),
    ({"max_pending_calls": -2}, ValueError, "max_pending_calls"),
    ({"lifetime": "forever"}, ValueError, ("lifetime", "detached")),
    ({"name": 5}, TypeError, "name"),
    ({"namespace": 5}, TypeError, "namespace"),
    ({"get_if_exists": True}, ValueError, ("get_if_exists", "name")),
]


@pytest.mark.parametrize(("options", "kind", "words"), TASK_MISTAKES, ids=str)
def test_a_mistake_in_the_options_of_a_task(ray, options, kind, words):
    def work():
        pass

    with raises(kind, words=words):
        ray.remote(**options)(work).remote()
    with raises(kind, words=words):
        ray.remote(work).options(**options).remote()


@pytest.mark.parametrize(("options", "kind", "words"), ACTOR_MISTAKES, ids=str)
def test_a_mistake_in_the_options_of_an_actor(ray, options, kind, words):
    class Worker:
        pass

    with raises(kind, words=words):
        ray.remote(Worker).options(**options).remote()


def test_the_valid_keywords_are_named(ray):
    with raises(ValueError, words=("Valid ones are", "'max_retries'", "'num_cpus'")):
        ray.remote(bogus=1)(print)


def test_an_option_that_is_none_was_not_given(ray):
    @ray.remote(num_cpus=None, resources=None)
    def work():
        return 1

    assert ray.get(work.options(name=None, resources=None).remote()) == 1


def test_concurrency_groups_are_no_late_option(ray):
    class Worker:
        pass

    with raises(ValueError, words="concurrency_groups"):
        ray.remote(Worker).options(concurrency_groups={"io": 1}).remote()


def test_an_unknown_option_of_a_call_of_a_method(ray):
    @ray.remote
    class Worker:
        def work(self):
            return 1

    worker = Worker.remote()
    with raises(TypeError, words="bogus"):
        worker.work.options(bogus=1).remote()
    assert ray.get(worker.work.remote()) == 1


def test_later_options_win(ray):
    @ray.remote(num_returns=2)
    def three():
        return 1, 2, 3

    assert ray.get(three.options(num_returns=3).remote()) == [1, 2, 3]


def test_a_task_may_have_a_name(ray):
    @ray.remote
    def work():
        return ray.get_runtime_context().get_task_name()

    assert ray.get(work.options(name="the first").remote()) == "the first"


@different(
    ray="`num_returns='many'` is a TypeError: '>=' not supported between instances of 'str' and "
    "'int'.",
    raylite="It is a ValueError that names the words there are.",
    why="The message says what to write instead.",
)
def test_a_word_for_the_number_of_returns_that_does_not_exist(ray, engine):
    kind, words = {"ray": (TypeError, ">="), "raylite": (ValueError, "streaming")}[engine]
    with raises(kind, words=words):
        ray.remote(num_returns="many")(print)


@pytest.fixture
def method(ray):
    @ray.remote
    class Worker:
        def work(self):
            return 1

    return Worker.remote().work


@different(
    ray="Options of a method are looked at when it is called.",
    raylite="They are by `.options(...)` itself.",
    why="The mistake is told where it was made.",
)
@pytest.mark.parametrize("options", [{"bogus": 1}, {"name": 5}], ids=str)
def test_when_the_options_of_a_method_are_looked_at(engine, method, options):
    if engine == "ray":
        made = method.options(**options)
        with raises(TypeError):
            made.remote()
    else:
        with raises(TypeError, words=next(iter(options))):
            method.options(**options)


IMPOSSIBLE = [({"max_task_retries": -2}, ValueError), ({"num_returns": 1.5}, TypeError)]


@different(
    ray="`max_task_retries=-2` and `num_returns=1.5` of a method have no effect.",
    raylite="They are a ValueError and a TypeError, as for actors and tasks.",
    why="Whoever wrote that meant something else.",
)
@pytest.mark.parametrize(("options", "kind"), IMPOSSIBLE, ids=str)
def test_values_that_a_method_cannot_have(ray, engine, method, options, kind):
    if engine == "ray":
        ray.method(**options)
        assert ray.get(method.options(**options).remote()) == 1
    else:
        with raises(kind, words=next(iter(options))):
            ray.method(**options)
        with raises(kind, words=next(iter(options))):
            method.options(**options)
