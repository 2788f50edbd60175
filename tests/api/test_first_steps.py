# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""What every program does: tasks, actors, put, get and wait."""

import os
import threading


def test_a_task_gives_its_value(ray):
    @ray.remote
    def square(x):
        return x * x

    assert ray.get([square.remote(x) for x in range(5)]) == [0, 1, 4, 9, 16]


def test_a_task_takes_keyword_arguments_and_defaults(ray):
    @ray.remote
    def line(x, slope=2, *, offset=0):
        return slope * x + offset

    assert ray.get(line.remote(3)) == 6
    assert ray.get(line.remote(3, slope=5, offset=1)) == 16


def test_a_task_runs_in_another_process(ray):
    @ray.remote
    def pid():
        return os.getpid()

    assert ray.get(pid.remote()) != os.getpid()


def test_a_task_and_a_method_run_in_the_main_thread(ray):
    @ray.remote
    def in_main_thread():
        return threading.current_thread() is threading.main_thread()

    @ray.remote
    class Actor:
        def in_main_thread(self):
            return threading.current_thread() is threading.main_thread()

    assert ray.get(in_main_thread.remote())
    assert ray.get(Actor.remote().in_main_thread.remote())


def test_an_actor_keeps_its_state(ray):
    @ray.remote
    class Counter:
        def __init__(self, start):
            self.value = start

        def increment(self):
            self.value += 1
            return self.value

    counter = Counter.remote(10)
    first, second = counter.increment.remote(), counter.increment.remote()
    assert ray.get([first, second]) == [11, 12]


def test_two_actors_of_a_class_share_nothing(ray):
    @ray.remote
    class Bag:
        def __init__(self):
            self.items = []

        def add(self, item):
            self.items.append(item)
            return self.items

    one, other = Bag.remote(), Bag.remote()
    assert ray.get(one.add.remote("a")) == ["a"]
    assert ray.get(other.add.remote("b")) == ["b"]


def test_an_actor_may_have_no_init(ray):
    @ray.remote
    class Bare:
        def answer(self):
            return 42

    assert ray.get(Bare.remote().answer.remote()) == 42


def test_an_actor_inherits_methods_and_calls_super(ray):
    class Animal:
        def __init__(self, name):
            self.name = name

        def speak(self):
            return f"{self.name} makes a sound"

        def name_of(self):
            return self.name

    @ray.remote
    class Dog(Animal):
        def __init__(self, name):
            super().__init__(name)

        def speak(self):
            return f"{super().speak()}: woof"

    dog = Dog.remote("Rex")
    assert ray.get(dog.speak.remote()) == "Rex makes a sound: woof"
    assert ray.get(dog.name_of.remote()) == "Rex"


def test_static_and_class_methods_are_called_remotely_as_well(ray):
    @ray.remote
    class Tools:
        unit = "m"

        @staticmethod
        def double(x):
            return 2 * x

        @classmethod
        def in_units(cls, x):
            return f"{x} {cls.unit}"

    tools = Tools.remote()
    assert ray.get(tools.double.remote(4)) == 8
    assert ray.get(tools.in_units.remote(4)) == "4 m"


def test_put_and_get_give_an_equal_copy(ray):
    value = {"a": [1, 2], "b": (3, None)}
    ref = ray.put(value)
    got = ray.get(ref)
    assert got == value
    assert got is not value
    assert ray.get(ref) is not got


def test_put_takes_the_value_as_it_is_now(ray):
    value = [1]
    ref = ray.put(value)
    value.append(2)
    assert ray.get(ref) == [1]


def test_arguments_are_taken_as_they_are_at_the_call(ray):
    @ray.remote
    class Echo:
        def echo(self, value):
            return value

    echo, value = Echo.remote(), [1]
    ref = echo.echo.remote(value)
    value.append(2)
    assert ray.get(ref) == [1]


def test_get_of_an_empty_list_is_an_empty_list(ray):
    assert ray.get([]) == []


def test_get_gives_values_in_the_order_of_the_refs(ray):
    refs = [ray.put(x) for x in range(10)]
    assert ray.get(refs[::-1]) == list(range(10))[::-1]


def test_the_same_ref_may_occur_twice_in_get(ray):
    ref = ray.put("x")
    assert ray.get([ref, ref]) == ["x", "x"]


def test_a_method_may_return_nothing(ray):
    @ray.remote
    class Silent:
        def do(self):
            pass

    assert ray.get(Silent.remote().do.remote()) is None


def test_a_remote_function_may_call_a_helper_and_itself(ray):
    def helper(x):
        return x + 1

    @ray.remote
    def down(x):
        return helper(x) if x == 0 else ray.get(down.remote(x - 1))

    assert ray.get(down.remote(3)) == 1


def test_options_change_one_call_only(ray):
    @ray.remote
    def pair():
        return 1, 2

    first, second = pair.options(num_returns=2).remote()
    assert ray.get([first, second]) == [1, 2]
    assert ray.get(pair.remote()) == (1, 2)


def test_underscore_remote_is_the_long_form(ray):
    @ray.remote
    def add(x, y):
        return x + y

    @ray.remote
    class Adder:
        def __init__(self, x):
            self.x = x

        def add(self, y):
            return self.x + y

    assert ray.get(add._remote(args=[1], kwargs={"y": 2})) == 3
    adder = Adder._remote(args=[5])
    assert ray.get(adder.add._remote(args=[1])) == 6


def test_a_lambda_becomes_a_remote_function(ray):
    assert ray.get(ray.remote(lambda x: x + 1).remote(1)) == 2


def test_sets_frozensets_and_classes_of_the_test_travel(ray):
    class Point:
        def __init__(self, x):
            self.x = x

    @ray.remote
    def moved(point, names):
        point.x += 1
        return point, names

    point, names = ray.get(moved.remote(Point(1), {"a", frozenset({1})}))
    assert (point.x, names) == (2, {"a", frozenset({1})})


def test_the_context_says_where_code_runs(ray):
    @ray.remote
    class Actor:
        def where(self):
            context = ray.get_runtime_context()
            return context.get_actor_id(), context.get_worker_id(), context.get_task_id()

    @ray.remote
    def where():
        context = ray.get_runtime_context()
        return context.get_actor_id(), context.get_worker_id(), context.get_task_id()

    actor = Actor.remote()
    actor_id, actor_worker, actor_task = ray.get(actor.where.remote())
    nobody, task_worker, task_id = ray.get(where.remote())
    assert actor_id == actor._actor_id.hex()
    assert nobody is None
    assert len({actor_worker, task_worker, ray.get_runtime_context().get_worker_id()}) == 3
    assert actor_task != task_id
