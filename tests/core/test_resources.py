import pytest
from hypothesis import given
from hypothesis import strategies as st

from raylite._core.common.resources import ResourceSet

AMOUNTS = st.dictionaries(
    st.sampled_from(["CPU", "GPU", "memory", "license"]),
    st.integers(min_value=0, max_value=10**9).map(lambda units: units / 10_000),
)


def of(**amounts: float) -> ResourceSet:
    return ResourceSet.of(amounts)


def test_ten_tenths_are_exactly_one():
    total = sum([of(CPU=0.1)] * 10, ResourceSet())
    assert total == of(CPU=1)
    assert of(CPU=0.3) - of(CPU=0.1) - of(CPU=0.2) == ResourceSet()


def test_whole_amounts_are_told_as_floats():
    assert of(CPU=2, GPU=0.5).to_dict() == {"CPU": 2.0, "GPU": 0.5}
    assert repr(of(CPU=2)) == "ResourceSet.of({'CPU': 2.0})"


def test_a_zero_is_the_same_as_no_entry():
    assert of(CPU=0, GPU=1) == of(GPU=1)
    assert hash(of(CPU=0, GPU=1)) == hash(of(GPU=1))
    assert not of(CPU=0)
    assert of(CPU=0.0001)


def test_the_order_of_the_names_does_not_matter():
    assert of(CPU=1, GPU=2) == of(GPU=2, CPU=1)


@pytest.mark.parametrize("amount", [-1, -0.5, float("nan"), float("inf")])
def test_an_impossible_amount_is_refused(amount: float):
    with pytest.raises(ValueError, match=r"'GPU' must be zero or a positive number"):
        of(GPU=amount)


def test_an_amount_that_would_vanish_is_refused():
    with pytest.raises(ValueError, match=r"steps of 0\.0001"):
        of(CPU=0.00001)


def test_a_request_fits_where_there_is_at_least_as_much_of_each():
    node = of(CPU=2, GPU=1)
    assert of(CPU=2).fits_in(node)
    assert of(CPU=2, GPU=1).fits_in(node)
    assert not of(CPU=2.0001).fits_in(node)
    assert not of(license=1).fits_in(node)


def test_nothing_fits_even_where_cpus_are_owed():
    overdrawn = of(CPU=1) - of(CPU=2)
    assert overdrawn.amount("CPU") == -1.0
    assert ResourceSet().fits_in(overdrawn)
    assert not of(CPU=1).fits_in(overdrawn)


def test_a_user_is_not_told_what_is_owed():
    assert (of(CPU=1, GPU=1) - of(CPU=2)).positive() == of(GPU=1)


def test_one_resource_can_be_taken_apart_from_the_others():
    assert of(CPU=1, GPU=2).only("CPU") == of(CPU=1)
    assert of(GPU=2).only("CPU") == ResourceSet()
    assert of(GPU=2).amount("CPU") == 0.0


@given(AMOUNTS, AMOUNTS)
def test_what_is_added_can_be_taken_away(one: dict[str, float], other: dict[str, float]):
    a, b = ResourceSet.of(one), ResourceSet.of(other)
    assert a + b == b + a
    assert a + b - b == a
    assert a.fits_in(a + b)


@given(AMOUNTS)
def test_amounts_survive_the_way_out_and_in(amounts: dict[str, float]):
    a = ResourceSet.of(amounts)
    assert ResourceSet.of(a.to_dict()) == a
