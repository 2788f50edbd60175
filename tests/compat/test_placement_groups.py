"""Placement groups."""

import math

import pytest

from tests.compat.actors import Mortal
from tests.compat.cases import ask_until_it_fails, different, module, raises, wait_until


@pytest.fixture
def groups(ray):
    return module(ray, "util.placement_group")


@pytest.fixture
def in_group(ray):
    """The strategy that places something in a group."""
    return module(ray, "util.scheduling_strategies").PlacementGroupSchedulingStrategy


@pytest.fixture
def make(ray, groups):
    """Makes groups, and removes them afterwards."""
    made = []

    def make(*args, **kwargs):
        made.append(groups.placement_group(*args, **kwargs))
        return made[-1]

    yield make
    for group in made:
        groups.remove_placement_group(group)


def free(ray, name):
    return ray.available_resources().get(name, 0)


@pytest.mark.parametrize("strategy", ["PACK", "SPREAD", "STRICT_PACK"])
def test_a_group_is_reserved(ray, make, strategy):
    group = make([{"CPU": 1}, {"CPU": 1, "slot": 1}], strategy=strategy)
    assert ray.get(group.ready(), timeout=30) == group
    assert group.wait(30) is True
    wait_until(lambda: (free(ray, "CPU"), free(ray, "slot")) == (2, 1))


def test_a_group_knows_its_bundles(ray, make):
    group = make([{"CPU": 1}, {"CPU": 2}])
    assert group.wait(30)  # Ray may hold for long what a group has that is removed on its way.
    assert group.bundle_specs == [{"CPU": 1}, {"CPU": 2}]
    assert group.bundle_count == 2
    assert len(group.id.hex()) == 36


def test_a_group_that_is_removed_gives_all_back(ray, groups, make):
    group = make([{"CPU": 2}, {"slot": 2}])
    group.wait(30)
    wait_until(lambda: (free(ray, "CPU"), free(ray, "slot")) == (2, 0))
    groups.remove_placement_group(group)
    wait_until(lambda: (free(ray, "CPU"), free(ray, "slot")) == (4, 2))


def test_a_group_that_does_not_fit_holds_nothing(ray, make):
    group = make([{"CPU": 1}, {"CPU": 9}])
    assert group.wait(0.3) is False
    assert free(ray, "CPU") == 4
    with raises(ray.exceptions.GetTimeoutError):
        ray.get(group.ready(), timeout=0.3)


def test_strict_spread_needs_as_many_nodes_as_bundles(ray, make):
    group = make([{"CPU": 1}, {"CPU": 1}], strategy="STRICT_SPREAD")
    assert group.wait(0.3) is False


def test_a_group_waits_for_room(ray, groups, make):
    first = make([{"slot": 2}])
    first.wait(30)
    second = make([{"slot": 1}])
    assert second.wait(0.3) is False
    groups.remove_placement_group(first)
    assert second.wait(30) is True


def test_actors_in_a_group_use_what_it_has_reserved(ray, make, in_group):
    group = make([{"CPU": 2}])
    group.wait(30)
    workers = [
        ray.remote(Mortal)
        .options(num_cpus=1, scheduling_strategy=in_group(placement_group=group))
        .remote()
        for _ in range(2)
    ]
    assert ray.get([worker.ping.remote() for worker in workers]) == [1, 1]
    assert free(ray, "CPU") == 2


def test_a_task_in_a_group(ray, make, in_group):
    @ray.remote
    def where():
        return ray.util.get_current_placement_group()

    group = make([{"CPU": 1}])
    strategy = in_group(placement_group=group, placement_group_bundle_index=0)
    assert ray.get(where.options(scheduling_strategy=strategy).remote()) == group
    assert ray.get(where.remote()) is None


def test_the_old_form_of_the_options(ray, make):
    group = make([{"CPU": 1}])
    worker = (
        ray.remote(Mortal)
        .options(num_cpus=1, placement_group=group, placement_group_bundle_index=0)
        .remote()
    )
    assert ray.get(worker.ping.remote()) == 1


def test_what_does_not_fit_a_bundle_is_refused(ray, make, in_group):
    group = make([{"CPU": 1}])
    strategy = in_group(placement_group=group)
    with raises(ValueError, words=("placement group", "bundle")):
        ray.remote(Mortal).options(num_cpus=3, scheduling_strategy=strategy).remote()


def test_a_bundle_that_does_not_exist_is_refused(ray, make, in_group):
    group = make([{"CPU": 1}])
    strategy = in_group(placement_group=group, placement_group_bundle_index=5)
    with raises(ValueError, words=("bundle index", "5")):
        ray.remote(Mortal).options(num_cpus=1, scheduling_strategy=strategy).remote()


def test_removing_a_group_kills_its_actors(ray, groups, make, in_group):
    group = make([{"CPU": 1}])
    worker = (
        ray.remote(Mortal)
        .options(num_cpus=1, scheduling_strategy=in_group(placement_group=group))
        .remote()
    )
    assert ray.get(worker.ping.remote()) == 1
    groups.remove_placement_group(group)
    with raises(ray.exceptions.ActorDiedError, words="placement group"):
        ask_until_it_fails(ray, worker.ping)


def test_children_are_captured_when_asked(ray, make, in_group):
    @ray.remote
    def child():
        return ray.util.get_current_placement_group()

    @ray.remote
    def parent():
        return ray.get(child.remote())

    group = make([{"CPU": 2}])
    for capture, found in ((True, group), (False, None)):
        strategy = in_group(placement_group=group, placement_group_capture_child_tasks=capture)
        assert ray.get(parent.options(scheduling_strategy=strategy).remote()) == found


def test_a_group_has_a_name(ray, groups, make):
    group = make([{"CPU": 1}], name="the group")
    group.wait(30)
    assert groups.get_placement_group("the group") == group
    with raises(ValueError, words="nobody"):
        groups.get_placement_group("nobody")


def test_the_table_of_groups(ray, groups, make):
    group = make([{"CPU": 1}], strategy="SPREAD", name="in the table")
    group.wait(30)
    row = groups.placement_group_table(group)
    assert row["placement_group_id"] == group.id.hex()
    assert (row["name"], row["state"], row["strategy"]) == ("in the table", "CREATED", "SPREAD")
    assert row["bundles"] == {0: {"CPU": 1}}
    assert group.id.hex() in groups.placement_group_table()


@pytest.mark.parametrize(
    ("bundles", "kind"),
    [([], ValueError), ([{}], ValueError), ("CPU", ValueError), ([{"CPU": 0}], ValueError)],
    ids=str,
)
def test_wrong_bundles(groups, bundles, kind):
    with raises(kind, words="undle"):
        groups.placement_group(bundles)


def test_a_wrong_strategy(groups):
    with raises(ValueError, words=("RANDOM", "STRICT_SPREAD")):
        groups.placement_group([{"CPU": 1}], strategy="RANDOM")


def test_a_wrong_lifetime(groups):
    with raises(ValueError, words=("lifetime", "detached")):
        groups.placement_group([{"CPU": 1}], lifetime="forever")


def test_remove_twice_is_fine(groups, make):
    group = make([{"CPU": 1}])
    groups.remove_placement_group(group)
    groups.remove_placement_group(group)


def test_a_group_can_be_sent(ray, make, in_group):
    @ray.remote(num_cpus=0)
    def use(group):
        strategy = in_group(placement_group=group)
        worker = ray.remote(Mortal).options(num_cpus=1, scheduling_strategy=strategy).remote()
        return ray.get(worker.ping.remote())

    assert ray.get(use.remote(make([{"CPU": 1}]))) == 1


@pytest.fixture
def removed(groups, make, in_group):
    """The strategy that places something in a group which is no more."""
    group = make([{"CPU": 1}])
    assert group.wait(30)
    groups.remove_placement_group(group)
    return in_group(placement_group=group)


@different(
    ray="A task for a group that was removed waits without end.",
    raylite="Its ref fails at once: TaskPlacementGroupRemoved.",
    why="A removed group does not come back, and the error says so.",
    on_ray="ray",
)
def test_a_task_in_a_removed_group(ray, engine, removed):
    @ray.remote
    def work():
        pass

    ref = work.options(scheduling_strategy=removed).remote()
    if engine == "ray":
        assert ray.wait([ref], timeout=2)[0] == []
    else:
        with raises(ray.exceptions.TaskPlacementGroupRemoved, words="removed"):
            ray.get(ref)


@different(
    ray="An actor for a group that was removed is never made, and its calls wait without end.",
    raylite="Its calls fail at once: ActorUnschedulableError.",
    why="A removed group does not come back, and the error says so.",
    on_ray="ray",
)
def test_an_actor_in_a_removed_group(ray, engine, removed):
    worker = ray.remote(Mortal).options(num_cpus=1, scheduling_strategy=removed).remote()
    ref = worker.ping.remote()
    if engine == "ray":
        assert ray.wait([ref], timeout=2)[0] == []
    else:
        with raises(ray.exceptions.ActorUnschedulableError, words=("placement group", "removed")):
            ray.get(ref)


@different(
    ray="An actor that may be started again is restarting without end once its group is removed.",
    raylite="It ends for good with its group, as any other actor there: ActorDiedError.",
    why="There is no place left in which it could be started.",
    on_ray="ray",
)
def test_restarts_do_not_outlive_the_group(ray, engine, groups, make, in_group):
    group = make([{"CPU": 1}])
    strategy = in_group(placement_group=group)
    worker = (
        ray.remote(Mortal)
        .options(num_cpus=1, max_restarts=-1, scheduling_strategy=strategy)
        .remote()
    )
    assert ray.get(worker.ping.remote()) == 1
    groups.remove_placement_group(group)
    with raises(ray.exceptions.RayActorError):
        ask_until_it_fails(ray, worker.ping)
    if engine == "ray":
        with raises(ray.exceptions.ActorUnavailableError, words="restarting"):
            ray.get(worker.ping.remote())
    else:
        with raises(ray.exceptions.ActorDiedError, words="placement group"):
            ray.get(worker.ping.remote())


@different(
    ray="What is too large for the one bundle it names waits without end.",
    raylite="It is a ValueError at the call, as what is too large for any bundle is on both.",
    why="A bundle does not grow, so that nothing would come of waiting.",
)
def test_what_does_not_fit_the_bundle_it_names(ray, engine, make, in_group):
    @ray.remote(num_cpus=2)
    def work():
        pass

    strategy = in_group(
        placement_group=make([{"CPU": 1}, {"CPU": 3}]), placement_group_bundle_index=0
    )
    if engine == "ray":
        ref = work.options(scheduling_strategy=strategy).remote()
        assert ray.wait([ref], timeout=2)[0] == []
    else:
        with raises(ValueError, words=("placement group", "bundle")):
            work.options(scheduling_strategy=strategy).remote()


@different(
    ray="A bundle of an amount that nobody can hold, as -1 or NaN, is taken, and never reserved.",
    raylite="It is a ValueError.",
    why="The mistake is told where it was made.",
)
@pytest.mark.parametrize("amount", [-1, math.nan, 0.000_001])
def test_a_bundle_of_an_amount_that_cannot_be(engine, groups, make, amount):
    if engine == "ray":
        assert make([{"CPU": amount}]).wait(0.5) is False
    else:
        with raises(ValueError, words=("bundle", "CPU")):
            groups.placement_group([{"CPU": amount}])


@different(
    ray="`PlacementGroup.empty().bundle_specs` is a KeyError: 'bundles'.",
    raylite="It is an empty list.",
    why="An empty group has no bundles.",
)
def test_the_bundles_of_the_empty_group(engine, groups):
    empty = groups.PlacementGroup.empty()
    if engine == "ray":
        with raises(KeyError, words="bundles"):
            empty.bundle_specs  # noqa: B018  # the access is what fails
    else:
        assert empty.bundle_specs == []
