# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class.
"""Placement groups: all bundles or none, what runs in them, and what becomes of it."""

import threading

import pytest

from raylite import PlacementGroupID
from raylite.exceptions import (
    ActorDiedError,
    ActorUnschedulableError,
    RaySystemError,
    RayTaskError,
    TaskPlacementGroupRemoved,
    WorkerCrashedError,
)
from raylite.util.placement_group import (
    PlacementGroup,
    get_current_placement_group,
    get_placement_group,
    placement_group,
    placement_group_table,
    remove_placement_group,
)
from raylite.util.scheduling_strategies import PlacementGroupSchedulingStrategy as In
from tests.processes import wait_until


@pytest.fixture
def make_group(ray):
    """Makes groups that are removed when the test is over."""
    made = []

    def make(*bundles, **keywords):
        made.append(placement_group(list(bundles), **keywords))
        return made[-1]

    yield make
    for group in made:
        remove_placement_group(group)


@pytest.fixture
def where(ray):
    @ray.remote
    def where():
        group = get_current_placement_group()
        return group and group.id

    return where


@pytest.fixture
def tenant_class(ray):
    @ray.remote
    class Tenant:
        def where(self):
            group = get_current_placement_group()
            return group and group.id

        def child(self, **options):
            return ray.get(where_in_module(ray).options(**options).remote())

        def hold(self, started, gate):
            started.touch()
            wait_until(gate.exists)

    return Tenant


def where_in_module(ray):
    @ray.remote
    def where():
        group = get_current_placement_group()
        return group and group.id

    return where


@pytest.fixture
def hold(ray):
    @ray.remote
    def hold(started, gate):
        started.touch()
        wait_until(gate.exists)

    return hold


def test_a_group_reserves_what_it_asks_for(ray, make_group):
    group = make_group({"CPU": 1}, {"CPU": 2, "slot": 1})
    assert ray.get(group.ready()) == group
    assert group.wait(10)
    free = ray.available_resources()
    assert (free["CPU"], free["slot"]) == (1, 1)
    remove_placement_group(group)
    assert ray.available_resources()["CPU"] == 4


def test_its_table_says_what_and_where(ray, make_group):
    group = make_group({"CPU": 1}, {"slot": 1}, strategy="STRICT_PACK", name="described")
    assert group.wait(10)
    row = placement_group_table(group)
    node_id = ray.nodes()[0]["NodeID"]
    assert row["placement_group_id"] == group.id.hex()
    assert (row["name"], row["strategy"], row["state"]) == ("described", "STRICT_PACK", "CREATED")
    assert row["bundles"] == {0: {"CPU": 1.0}, 1: {"slot": 1.0}}
    assert row["bundles_to_node_id"] == {0: node_id, 1: node_id}
    assert row["stats"]["scheduling_state"] == "FINISHED"
    assert placement_group_table()[group.id.hex()] == row


def test_half_a_group_is_never_held(ray, make_group):
    group = make_group({"CPU": 3}, {"CPU": 3})
    assert not group.wait(0.1)
    assert placement_group_table(group)["state"] == "PENDING"
    assert ray.available_resources() == ray.cluster_resources()


def test_a_group_is_there_once_there_is_room(ray, make_group):
    first = make_group({"CPU": 3})
    assert first.wait(10)
    second = make_group({"CPU": 2})
    assert not second.wait(0)
    remove_placement_group(first)
    assert second.wait(10)


def test_tasks_and_actors_run_in_the_group(ray, make_group, where, tenant_class):
    group = make_group({"CPU": 1}, {"CPU": 1})
    assert ray.get(where.remote()) is None
    assert ray.get(where.options(scheduling_strategy=In(group)).remote()) == group.id
    assert ray.get(where.options(scheduling_strategy=In(group, 1)).remote()) == group.id
    tenant = tenant_class.options(scheduling_strategy=In(group, 0)).remote()
    assert ray.get(tenant.where.remote()) == group.id


def test_the_older_way_to_say_so(ray, make_group, where, tenant_class):
    group = make_group({"CPU": 1})
    options = {"placement_group": group, "placement_group_bundle_index": 0}
    assert ray.get(where.options(**options).remote()) == group.id
    assert ray.get(tenant_class.options(**options).remote().where.remote()) == group.id


def test_what_runs_in_a_group_takes_from_its_bundle_alone(ray, make_group, tenant_class):
    group = make_group({"CPU": 2})
    tenants = [
        tenant_class.options(num_cpus=1, scheduling_strategy=In(group)).remote() for _ in range(3)
    ]
    ray.get([tenant.where.remote() for tenant in tenants[:2]])
    third = tenants[2].where.remote()
    assert ray.wait([third], timeout=0.1) == ([], [third])
    assert ray.available_resources()["CPU"] == 2
    ray.kill(tenants[0])
    assert ray.get(third) == group.id


def test_what_is_submitted_before_the_group_is_there_waits_for_it(ray, make_group, where):
    first = make_group({"CPU": 4})
    assert first.wait(10)
    second = make_group({"CPU": 1})
    waiting = where.options(scheduling_strategy=In(second)).remote()
    assert ray.wait([waiting], timeout=0.05) == ([], [waiting])
    remove_placement_group(first)
    assert ray.get(waiting) == second.id


def test_children_are_captured_if_so_wished(ray, make_group, tenant_class):
    group = make_group({"CPU": 1}, {"CPU": 1})
    captive = In(group, placement_group_capture_child_tasks=True)
    tenant = tenant_class.options(num_cpus=0, scheduling_strategy=captive).remote()
    assert ray.get(tenant.child.remote()) == group.id
    assert ray.get(tenant.child.remote(label_selector={"zone": "!none"})) == group.id
    for outside in (
        {"scheduling_strategy": "DEFAULT"},
        {"scheduling_strategy": "SPREAD"},
        {"placement_group": None},
        {"scheduling_strategy": In(None)},
        {"placement_group_capture_child_tasks": False},
    ):
        assert ray.get(tenant.child.remote(**outside)) is None
    free = tenant_class.options(num_cpus=0, scheduling_strategy=In(group)).remote()
    assert ray.get(free.child.remote()) is None
    assert ray.get(free.child.remote(placement_group_capture_child_tasks=True)) == group.id


def test_a_captured_child_that_fits_into_no_bundle_is_refused(ray, make_group, tenant_class):
    group = make_group({"CPU": 1})
    captive = In(group, placement_group_capture_child_tasks=True)
    tenant = tenant_class.options(num_cpus=0, scheduling_strategy=captive).remote()
    with pytest.raises(ValueError, match="cannot fit into any of the bundles") as caught:
        ray.get(tenant.child.remote(num_cpus=2))
    assert isinstance(caught.value, RayTaskError)


def test_a_group_passes_through_tasks(ray, make_group, where):
    group = make_group({"CPU": 1})

    @ray.remote(num_cpus=0)
    def through(group):
        ready = ray.get(group.ready())
        strategy = In(group, group.bundle_count - 1)
        return ready, ray.get(where.options(scheduling_strategy=strategy).remote())

    assert ray.get(through.remote(group)) == (group, group.id)


def test_a_group_made_in_a_task_outlives_it(ray, make_group):
    @ray.remote(num_cpus=0)
    def make():
        return placement_group([{"CPU": 1}])

    group = ray.get(make.remote())
    try:
        assert group.wait(10)
        assert group.bundle_specs == [{"CPU": 1.0}]
    finally:
        remove_placement_group(group)


def test_removal_ends_what_runs_there(ray, make_group, hold, tenant_class, tmp_path):
    group = make_group({"CPU": 2})
    started, gate = tmp_path / "started", tmp_path / "gate"
    once = hold.options(scheduling_strategy=In(group), max_retries=0).remote(started, gate)
    tenant = tenant_class.options(num_cpus=1, scheduling_strategy=In(group)).remote()
    began = tmp_path / "began"
    call = tenant.hold.remote(began, gate)
    wait_until(lambda: started.exists() and began.exists())
    remove_placement_group(group)
    with pytest.raises(WorkerCrashedError, match="removed"):
        ray.get(once)
    for lost in (call, tenant.where.remote()):
        with pytest.raises(ActorDiedError, match=r"placement group .* was removed"):
            ray.get(lost)


def test_removal_fails_what_waits_for_the_group(ray, make_group, hold, tenant_class, tmp_path):
    group = make_group({"CPU": 1})
    started, gate = tmp_path / "started", tmp_path / "gate"
    running = hold.options(scheduling_strategy=In(group)).remote(started, gate)
    wait_until(started.exists)
    queued = hold.options(scheduling_strategy=In(group)).remote(tmp_path / "never", gate)
    tenant = tenant_class.options(num_cpus=1, scheduling_strategy=In(group)).remote()
    call = tenant.where.remote()
    remove_placement_group(group)
    for lost in (running, queued):
        with pytest.raises(TaskPlacementGroupRemoved, match="has been removed"):
            ray.get(lost)
    with pytest.raises(ActorUnschedulableError, match="placement group was removed"):
        ray.get(call)


def test_nothing_goes_into_a_group_that_is_removed(ray, make_group, where, tenant_class):
    group = make_group({"CPU": 1})
    assert group.wait(10)
    remove_placement_group(group)
    remove_placement_group(group)
    assert placement_group_table(group)["state"] == "REMOVED"
    with pytest.raises(TaskPlacementGroupRemoved):
        ray.get(where.options(scheduling_strategy=In(group)).remote())
    with pytest.raises(ActorUnschedulableError):
        ray.get(tenant_class.options(scheduling_strategy=In(group)).remote().where.remote())
    with pytest.raises(TaskPlacementGroupRemoved):
        ray.get(group.ready())
    with pytest.raises(Exception, match="does not exist"):
        group.wait(10)


def test_a_group_that_is_removed_before_it_was_there(ray, make_group, where):
    group = make_group({"CPU": 1, "missing": 1})
    ready, task = group.ready(), where.options(scheduling_strategy=In(group)).remote()
    remove_placement_group(group)
    for lost in (ready, task):
        with pytest.raises(TaskPlacementGroupRemoved):
            ray.get(lost)


def test_a_group_of_another_session(ray, where, tenant_class):
    strange = In(PlacementGroup(PlacementGroupID(b"g" * 18), [{"CPU": 1.0}]))
    with pytest.raises(TaskPlacementGroupRemoved, match="knows of no placement group"):
        ray.get(where.options(scheduling_strategy=strange).remote())
    with pytest.raises(ActorUnschedulableError, match="knows of no placement group"):
        ray.get(tenant_class.options(scheduling_strategy=strange).remote().where.remote())


def test_names(ray, make_group):
    group = make_group({"CPU": 1}, name="pair")
    assert get_placement_group("pair") == group
    with pytest.raises(RaySystemError, match="'pair' already exists"):
        make_group({"CPU": 1}, name="pair")
    remove_placement_group(group)
    with pytest.raises(ValueError, match="Failed to look up placement group"):
        get_placement_group("pair")
    assert make_group({"CPU": 1}, name="pair") != group


def test_what_is_refused_leaves_nothing_behind(ray, make_group, where, tenant_class):
    group = make_group({"CPU": 1}, {"slot": 1}, name="small")
    assert group.wait(10)
    before = ray.available_resources(), len(placement_group_table())
    for strategy in (In(group, 2), In(group, -2), In(None, 0)):
        with pytest.raises(ValueError, match="bundle"):
            where.options(scheduling_strategy=strategy).remote()
    for target in (where, tenant_class):
        with pytest.raises(ValueError, match="cannot fit"):
            target.options(num_cpus=2, scheduling_strategy=In(group)).remote()
    with pytest.raises(AssertionError):
        where.options(scheduling_strategy=In("small")).remote()
    with pytest.raises(RaySystemError):
        make_group({"CPU": 1}, name="small")
    assert (ray.available_resources(), len(placement_group_table())) == before


def test_an_actor_that_names_no_resources_needs_a_cpu_in_the_group(ray, make_group, tenant_class):
    group = make_group({"slot": 1})
    with pytest.raises(ValueError, match="requires 1 CPU for its creation"):
        tenant_class.options(scheduling_strategy=In(group)).remote()
    tenant = tenant_class.options(num_cpus=0, scheduling_strategy=In(group)).remote()
    assert ray.get(tenant.where.remote()) == group.id


def test_a_blocked_task_lends_the_groups_cpu(ray, make_group, where):
    group = make_group({"CPU": 1})

    @ray.remote
    def wait_for_child():
        return ray.get(where.remote())

    captive = In(group, placement_group_capture_child_tasks=True)
    assert ray.get(wait_for_child.options(scheduling_strategy=captive).remote()) == group.id


def test_a_group_has_its_turn_beside_tasks_one_after_the_other(ray, make_group, where):
    over = threading.Event()

    def work():
        while not over.is_set():
            ray.get(where.remote())

    ray.get(where.remote())
    thread = threading.Thread(target=work)
    thread.start()
    try:
        total = int(ray.cluster_resources()["CPU"])
        group = make_group({"CPU": total})
        assert group.wait(10)
        remove_placement_group(group)
    finally:
        over.set()
        thread.join()


def test_a_group_that_can_never_be_made_is_said_once(ray, make_group, caplog):
    with caplog.at_level("WARNING", logger="raylite"):
        make_group({"CPU": 64}).wait(0.05)
        ray.available_resources()
    [said] = [record.message for record in caplog.records]
    assert "A placement group asks for [{'CPU': 64.0}]" in said
    assert "can never be placed" in said


def test_the_empty_handle(ray):
    assert ray.get(PlacementGroup.empty().ready()) == PlacementGroup.empty()
