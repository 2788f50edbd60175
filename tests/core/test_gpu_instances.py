import pytest

from raylite._core.raylet.gpu_instances import GpuInstances, shares_of
from tests.core.raylet_story import ANY_BUNDLE, Story, bundle, gpus_of, granted


def with_gpus(gpus: float, workers: int = 8) -> Story:
    story = Story(cpus=0, gpus=gpus)
    story.up(*(f"w{number}" for number in range(workers)))
    return story


def gpu(
    story: Story, lease: str, amount: float, index: int | None = None
) -> tuple[int, ...] | None:
    """The GPUs that a request gets at once; None if it has to wait."""
    strategy = {} if index is None else {"strategy": bundle(index)}
    grants = gpus_of(story.request(lease, {"GPU": amount}, **strategy))  # type: ignore[arg-type]  # by name
    return grants[0] if grants else None


def test_whole_gpus_are_numbered_from_0():
    story = with_gpus(3)
    assert gpu(story, "a", 1) == (0,)
    assert gpu(story, "b", 2) == (1, 2)
    assert gpu(story, "c", 1) is None
    assert gpus_of(story.give_back("a")) == [(0,)]


def test_work_without_gpus_gets_none():
    assert gpu(with_gpus(1), "a", 0) == ()


def test_fractions_share_one_gpu():
    story = with_gpus(2)
    assert gpu(story, "a", 0.5) == (0,)
    assert gpu(story, "b", 0.5) == (0,)
    assert gpu(story, "c", 1) == (1,)


def test_a_fraction_goes_where_it_leaves_the_smallest_rest():
    story = with_gpus(4)
    amounts = (0.5, 0.7, 0.3, 0.5, 1, 0.2)
    ids = [gpu(story, f"lease-{n}", amount) for n, amount in enumerate(amounts)]
    assert ids == [(0,), (1,), (1,), (0,), (2,), (3,)]


def test_rests_of_several_gpus_do_not_make_one():
    story = with_gpus(2)
    gpu(story, "a", 0.6)
    gpu(story, "b", 0.6)
    assert story.gpus() == pytest.approx(0.8)
    assert gpu(story, "c", 0.8) is None
    assert story.raylet.statistics().starting == 0
    assert granted(story.give_back("b")) == [("c", "w6")]


def test_rests_do_not_serve_a_demand_for_a_whole_one():
    story = with_gpus(3)
    for amount in (0.5, 0.6, 0.7):
        gpu(story, f"{amount}", amount)
    assert gpu(story, "whole", 1) is None
    assert gpus_of(story.give_back("0.6")) == [(1,)]


def test_a_demand_may_be_whole_gpus_and_a_part_of_another():
    assert GpuInstances(shares_of(25_000)).pick(25_000) == ((0, 10_000), (1, 10_000), (2, 5_000))


def test_a_bundle_has_gpus_of_its_own():
    story = with_gpus(4)
    story.prepare({"GPU": 2}, {"GPU": 1})
    story.commit()
    assert gpu(story, "outside", 1) == (3,)
    assert gpu(story, "a", 1, 0) == (0,)
    assert gpu(story, "b", 1, 1) == (2,)
    assert gpu(story, "c", 0.5, 0) == (1,)
    assert gpu(story, "d", 0.5, 0) == (1,)


def test_bundles_of_fractions_share_one_gpu():
    story = with_gpus(2)
    story.prepare({"GPU": 0.5}, {"GPU": 0.5})
    story.commit()
    assert gpu(story, "a", 0.5, 0) == (0,)
    assert gpu(story, "b", 0.5, 1) == (0,)
    assert gpu(story, "c", 1) == (1,)


def test_the_gpus_of_a_returned_bundle_are_free_when_their_users_are_dead():
    story = with_gpus(2)
    story.prepare({"GPU": 2})
    story.commit()
    assert gpu(story, "a", 1, -1) == (0,)
    story.return_bundles()
    assert gpu(story, "b", 2) is None
    assert gpu(story, "c", 1) == (1,)
    story.give_back("c")
    assert gpus_of(story.dies("w7")) == [(0, 1)]


def test_a_request_for_a_bundle_whose_gpu_is_shared_waits():
    story = with_gpus(1)
    story.prepare({"GPU": 1})
    story.commit()
    story.request("a", {"GPU": 0.5}, strategy=ANY_BUNDLE)
    assert gpu(story, "b", 0.6, -1) is None
