"""How label selectors are written, and what they match."""

import pytest

from raylite._core.common.label_selector import (
    check_label_selector,
    check_labels,
    labels_match,
    names_a_node,
)


@pytest.mark.parametrize(
    ("term", "matching"),
    [
        ("eu", {"eu"}),
        ("!eu", {"us", "mars", None}),
        ("in(eu,us)", {"eu", "us"}),
        ("in(eu, us)", {"eu", "us"}),
        ("!in(eu,us)", {"mars", None}),
        ("in(eu)", {"eu"}),
        ("*", {"eu", "us", "mars"}),
        ("!*", {None}),
    ],
)
def test_a_term_says_what_the_value_must_be(term: str, matching: set[str | None]) -> None:
    for value in ("eu", "us", "mars", None):
        labels = {"other": "eu"} if value is None else {"zone": value}
        assert labels_match([("zone", term)], labels) == (value in matching)


def test_the_empty_text_is_an_empty_value() -> None:
    assert labels_match([("spot", "")], {"spot": ""})
    assert not labels_match([("spot", "")], {})


def test_every_term_has_to_match_and_none_is_no_condition() -> None:
    labels = {"zone": "eu", "disk": "ssd"}
    assert labels_match([("zone", "eu"), ("disk", "!hdd")], labels)
    assert not labels_match([("zone", "eu"), ("disk", "hdd")], labels)
    assert labels_match([], {})


def test_only_a_term_that_allows_certain_ids_names_a_node() -> None:
    assert names_a_node([("ray.io/node-id", "in(ab,cd)")])
    assert not names_a_node([("ray.io/node-id", "!ab"), ("zone", "ab")])


@pytest.mark.parametrize(
    "term", ["in()", "in(a,)", "!!a", "-a", "a-", "(a)", "in(a b)", "not(a)", "a" * 64, "a\n"]
)
def test_a_value_that_is_written_wrongly_is_refused(term: str) -> None:
    with pytest.raises(ValueError, match="Invalid label selector value"):
        check_label_selector({"zone": term})


@pytest.mark.parametrize("key", ["", "-a", "a-", "a b", "a" * 64, "ray.io/"])
def test_a_key_that_is_written_wrongly_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="Invalid label key name"):
        check_label_selector({key: "a"})


@pytest.mark.parametrize("prefix", ["", "-a", "a/b", ".".join(["a" * 63] * 4)])
def test_a_prefix_that_is_written_wrongly_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="Invalid label key prefix"):
        check_labels({f"{prefix}/name": "a"})


def test_what_is_written_well_passes() -> None:
    check_label_selector({"ray.io/accelerator-type": "in(A100,H100)", "zone": "!eu_1.b", "x": ""})
    check_labels({"ray.io/node-id": "a" * 63, "zone": ""})


def test_a_label_s_own_value_is_no_selector() -> None:
    with pytest.raises(ValueError, match=r"Invalid label key value .!eu."):
        check_labels({"zone": "!eu"})
