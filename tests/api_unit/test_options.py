import pytest

from raylite._options import (
    OPTIONS,
    Target,
    UnsupportedError,
    actor_options,
    check_options,
    names_for,
    task_options,
)

RAYS_TASK_OPTIONS = {
    "_generator_backpressure_num_objects", "_labels", "_num_objects_per_yield",
    "accelerator_type", "enable_task_events", "fallback_strategy", "label_selector", "max_calls",
    "max_retries", "memory", "name", "num_cpus", "num_gpus", "num_returns", "object_store_memory",
    "placement_group", "placement_group_bundle_index", "placement_group_capture_child_tasks",
    "resources", "retry_exceptions", "runtime_env", "scheduling_strategy",
}  # fmt: skip
RAYS_ACTOR_OPTIONS = {
    "_actor_generator_backpressure_num_objects", "_labels", "accelerator_type",
    "allow_out_of_order_execution", "concurrency_groups", "enable_task_events",
    "enable_tensor_transport", "fallback_strategy", "get_if_exists", "label_selector", "lifetime",
    "max_concurrency", "max_pending_calls", "max_restarts", "max_task_retries", "memory", "name",
    "namespace", "num_cpus", "num_gpus", "object_store_memory", "placement_group",
    "placement_group_bundle_index", "placement_group_capture_child_tasks", "resources",
    "runtime_env", "scheduling_strategy",
}  # fmt: skip
RAYS_METHOD_OPTIONS = {
    "_generator_backpressure_num_objects", "_num_objects_per_yield", "concurrency_group",
    "enable_task_events", "max_task_retries", "name", "num_returns", "retry_exceptions",
    "tensor_transport",
}  # fmt: skip


def test_the_keywords_are_those_of_ray():
    assert set(names_for(Target.TASK)) == RAYS_TASK_OPTIONS
    assert set(names_for(Target.ACTOR)) == RAYS_ACTOR_OPTIONS
    assert set(names_for(Target.METHOD)) == RAYS_METHOD_OPTIONS


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_none_means_as_if_it_had_not_been_given(name):
    option = OPTIONS[name]
    option.check(name, None)


def test_an_unknown_keyword_is_refused_with_the_list_of_valid_ones():
    with pytest.raises(ValueError, match=r"Invalid option keyword 'bogus' for actors.*num_cpus"):
        check_options(Target.ACTOR, {"bogus": 1})
    with pytest.raises(ValueError, match="'max_restarts' for remote functions"):
        check_options(Target.TASK, {"max_restarts": 1})


@pytest.mark.parametrize(
    ("target", "name", "value", "error"),
    [
        (Target.TASK, "num_cpus", -1, ValueError),
        (Target.TASK, "num_cpus", "two", TypeError),
        (Target.TASK, "num_cpus", True, TypeError),
        (Target.TASK, "num_cpus", 0.00001, ValueError),
        (Target.TASK, "num_gpus", -0.5, ValueError),
        (Target.TASK, "resources", {"CPU": 1}, ValueError),
        (Target.TASK, "resources", {"camera": -1}, ValueError),
        (Target.TASK, "resources", {"camera": "one"}, ValueError),
        (Target.TASK, "resources", ["camera"], TypeError),
        (Target.TASK, "memory", -1, ValueError),
        (Target.TASK, "resources", {"memory": 1}, ValueError),
        (Target.TASK, "num_gpus", 1.5, ValueError),
        (Target.TASK, "scheduling_strategy", "bogus", ValueError),
        (Target.TASK, "scheduling_strategy", 3, TypeError),
        (Target.TASK, "placement_group", 3, TypeError),
        (Target.TASK, "placement_group_bundle_index", "1", TypeError),
        (Target.TASK, "placement_group_capture_child_tasks", 1, TypeError),
        (Target.TASK, "label_selector", "zone", TypeError),
        (Target.TASK, "label_selector", {"zone": 3}, TypeError),
        (Target.TASK, "label_selector", {"zone": "in()"}, ValueError),
        (Target.TASK, "label_selector", {"zone": "*"}, ValueError),
        (Target.TASK, "label_selector", {"-": "a"}, ValueError),
        (Target.TASK, "fallback_strategy", [3], ValueError),
        (Target.TASK, "fallback_strategy", [{}], ValueError),
        (Target.TASK, "fallback_strategy", [{"num_cpus": 1}], ValueError),
        (Target.TASK, "fallback_strategy", [{"label_selector": "zone"}], ValueError),
        (Target.TASK, "fallback_strategy", [{"label_selector": {"a": "--"}}], ValueError),
        (Target.TASK, "name", 1, TypeError),
        (Target.TASK, "num_returns", -1, ValueError),
        (Target.TASK, "num_returns", 1.5, TypeError),
        (Target.TASK, "num_returns", "many", ValueError),
        (Target.TASK, "max_retries", 1.5, TypeError),
        (Target.TASK, "max_retries", -2, ValueError),
        (Target.TASK, "retry_exceptions", [1], ValueError),
        (Target.TASK, "retry_exceptions", "all", TypeError),
        (Target.ACTOR, "max_restarts", -2, ValueError),
        (Target.ACTOR, "max_restarts", 1.5, TypeError),
        (Target.ACTOR, "max_task_retries", -2, ValueError),
        (Target.ACTOR, "lifetime", "long", ValueError),
        (Target.ACTOR, "name", "", ValueError),
        (Target.ACTOR, "namespace", "", ValueError),
        (Target.ACTOR, "namespace", 3, TypeError),
        (Target.ACTOR, "get_if_exists", "yes", TypeError),
        (Target.ACTOR, "max_concurrency", -1, ValueError),
    ],
)
def test_a_wrong_value_is_refused_and_shown(target, name, value, error):
    with pytest.raises(error, match=name) as caught:
        check_options(target, {name: value})
    assert not isinstance(caught.value, UnsupportedError)


@pytest.mark.parametrize(
    ("target", "name", "value"),
    [
        (Target.TASK, "runtime_env", {"pip": ["x"]}),
    ],
)
def test_what_raylite_cannot_do_is_refused_and_never_ignored(target, name, value):
    with pytest.raises(ValueError, match="not supported by this version of raylite") as caught:
        check_options(target, {name: value})
    assert isinstance(caught.value, NotImplementedError)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("target", "options"),
    [
        (Target.TASK, {"scheduling_strategy": "SPREAD", "runtime_env": {}}),
        (Target.ACTOR, {"max_concurrency": 1, "concurrency_groups": {}, "max_pending_calls": -1}),
        (Target.TASK, {"placement_group": "default", "placement_group_bundle_index": -1}),
    ],
)
def test_a_value_that_asks_for_what_is_so_anyway_is_fine(target, options):
    check_options(target, options)


@pytest.mark.parametrize(
    ("target", "options"),
    [(Target.TASK, {"max_calls": 0}), (Target.ACTOR, {"concurrency_groups": {}})],
)
def test_some_options_belong_to_the_decorator_alone(target, options):
    check_options(target, options)
    with pytest.raises(ValueError, match="belongs in"):
        check_options(target, options, late=True)


def test_get_if_exists_needs_a_name():
    with pytest.raises(ValueError, match="needs a name"):
        check_options(Target.ACTOR, {"get_if_exists": True})


def test_a_task_holds_one_cpu():
    options = task_options("f", {})
    assert options.name == "f"
    assert options.resources == {"CPU": 1.0}
    assert (options.num_returns, options.max_retries) == (1, 3)
    assert options.retry_exceptions is False


def test_a_task_holds_what_is_named_and_nothing_of_which_zero_is_named():
    named = {"num_cpus": 0, "num_gpus": 0.5, "resources": {"camera": 1}}
    assert task_options("f", named).resources == {"GPU": 0.5, "camera": 1.0}


def test_exceptions_to_retry_become_a_tuple():
    assert task_options("f", {"retry_exceptions": [KeyError]}).retry_exceptions == (KeyError,)


def test_an_actor_without_resources_needs_a_cpu_to_be_placed_and_holds_none():
    options = actor_options({}, b"")
    assert options.placement == {"CPU": 1.0}
    assert options.held == {}


@pytest.mark.parametrize(
    ("named", "held"),
    [
        ({"num_gpus": 1}, {"CPU": 1.0, "GPU": 1.0}),
        ({"num_cpus": 2}, {"CPU": 2.0}),
        ({"num_cpus": 0}, {}),
        ({"resources": {"camera": 1}}, {"CPU": 1.0, "camera": 1.0}),
        ({"num_cpus": 0, "num_gpus": 1}, {"GPU": 1.0}),
        ({"num_cpus": 0, "memory": 1000.5}, {"memory": 1000.0}),
        ({"accelerator_type": "A100"}, {"CPU": 1.0, "accelerator_type:A100": 0.001}),
    ],
)
def test_an_actor_with_resources_holds_them_and_a_cpu(named, held):
    options = actor_options(named, b"")
    assert options.placement == held
    assert options.held == held


def test_memory_does_not_make_an_actor_hold_a_cpu():
    options = actor_options({"memory": 1000}, b"")
    assert options.held == {"memory": 1000.0}
    assert options.placement == {"memory": 1000.0, "CPU": 1.0}


@pytest.mark.parametrize(
    ("wrong", "right"), [("max_retry", "max_retries"), ("num_cpu", "num_cpus"), ("zzz", None)]
)
def test_a_misspelt_keyword_is_answered_with_the_nearest(wrong, right):
    with pytest.raises(ValueError, match="Invalid option keyword") as caught:
        check_options(Target.TASK, {wrong: 1})
    hint = f" Did you mean {right!r}?" if right else "for remote functions. Valid"
    assert hint in str(caught.value)
