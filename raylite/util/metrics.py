"""Counters, gauges and histograms of a program's own, summed up over all its processes.

In Ray: ``python/ray/util/metrics.py``. Left out here: the HTTP server that Prometheus reads from;
:func:`prometheus_text` gives what it would read. ``raylite.util.state.list_metrics()`` and
``%raylite metrics`` show the same as a table.

A metric is made where it is used, in an actor's constructor or at the top of a module. Metrics of
the same name and tags in several processes are one.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from raylite._core.common.metrics import COUNTER, GAUGE, HISTOGRAM, MetricSpec, Tags
from raylite.util.early_metrics import observe
from raylite.util.state import list_metrics
from raylite.util.state.prometheus import as_text

__all__ = ["Counter", "Gauge", "Histogram", "Metric", "prometheus_text"]

_VALID_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


class Metric:
    """What the three kinds have in common.

    Args:
        name: letters, digits and underscores, no digit first.
        description: for people.
        tag_keys: which tags a value may have; each of them needs a value.

    Raises:
        ValueError: for an empty name.
        TypeError: for a name, a description or a tag key that is no text, or tag keys that are no
            tuple.
    """

    _kind = ""

    def __init__(
        self, name: str, description: str = "", tag_keys: tuple[str, ...] | None = None
    ) -> None:
        self._name = _checked_name(name)
        self._description = _checked_text("description", description)
        self._tag_keys = _checked_keys(tag_keys)
        self._default_tags: dict[str, str] = {}
        # As in Ray, a name that Prometheus cannot take is warned of and its values are let go.
        self._is_kept = _VALID_NAME.fullmatch(name) is not None
        self._spec = MetricSpec(kind=self._kind, name=name, description=description)
        if not self._is_kept:
            _warn_of_name(name)

    def set_default_tags(self, default_tags: dict[str, str]) -> Self:
        """Give tags values that are used where none is given.

        Raises:
            ValueError: for a key that is not among ``tag_keys``.
            TypeError: for a value that is no text.
        """
        for key, value in default_tags.items():
            if key not in self._tag_keys:
                msg = (
                    f"{self!r}.set_default_tags: the tag key {key!r} is unrecognized. Its tag_keys "
                    f"are {self._tag_keys}; name the key there when you make the metric."
                )
                raise ValueError(msg)
            self._check_tag(key, value)
        self._default_tags = default_tags
        return self

    @property
    def info(self) -> dict[str, Any]:
        """Name, description, tag keys and default tags, in a dictionary."""
        return {
            "name": self._name,
            "description": self._description,
            "tag_keys": self._tag_keys,
            "default_tags": self._default_tags,
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r})"

    def _record(self, value: Any, tags: Mapping[str, str] | None) -> None:
        found = self._final_tags(tags)
        if self._is_kept:
            observe(self._spec, found, float(value))

    def _final_tags(self, tags: Any) -> Tags:
        if tags:
            if not isinstance(tags, Mapping):
                msg = f"{self!r}: tags are a dictionary such as {{'model': 'a'}}, and not {tags!r}."
                raise TypeError(msg)
            for key, value in tags.items():
                self._check_tag(key, value)
        given = {**self._default_tags, **(tags or {})}
        missing = [key for key in self._tag_keys if key not in given]
        if missing:
            msg = (
                f"{self!r}: missing value for tag key(s): {', '.join(missing)}. Give it with the "
                f"value, tags={{{missing[0]!r}: ...}}, or with set_default_tags."
            )
            raise ValueError(msg)
        return tuple((key, given[key]) for key in sorted(self._tag_keys))

    def _check_tag(self, key: str, value: Any) -> None:
        if not isinstance(value, str):
            msg = (
                f"{self!r}: tag values must be str, and {key!r} has {value!r} of type "
                f"{type(value).__name__}. Write str(...)."
            )
            raise TypeError(msg)

    def _check_number(self, value: Any) -> None:
        if not isinstance(value, int | float):
            msg = (
                f"{self!r}: the value must be int or float, and it is {value!r} of type "
                f"{type(value).__name__}."
            )
            raise TypeError(msg)


class Counter(Metric):
    """Counts up: requests, errors, bytes.

    Args:
        name: letters, digits and underscores, no digit first.
        description: for people.
        tag_keys: which tags a value may have; each of them needs a value.

    Raises:
        ValueError: as for :class:`Metric`.
        TypeError: as for :class:`Metric`.
    """

    _kind = COUNTER

    def inc(self, value: float = 1.0, tags: dict[str, str] | None = None) -> None:
        """Count.

        Args:
            value: how much, above 0.
            tags: values of the tag keys that have no default.

        Raises:
            TypeError: if the value is no number.
            ValueError: if it is 0 or less, or a tag has no value.
        """
        self._check_number(value)
        if value <= 0:
            msg = f"{self!r}.inc: the value must be >0, got {value}. What goes down is a Gauge."
            raise ValueError(msg)
        self._record(value, tags)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._name, self._description, self._tag_keys)


class Gauge(Metric):
    """Shows the last value that was set in each process: a queue's length, a loss.

    Args:
        name: letters, digits and underscores, no digit first.
        description: for people.
        tag_keys: which tags a value may have; each of them needs a value.

    Raises:
        ValueError: as for :class:`Metric`.
        TypeError: as for :class:`Metric`.
    """

    _kind = GAUGE

    def set(self, value: float | None, tags: dict[str, str] | None = None) -> None:
        """Show a value from now on.

        Args:
            value: None leaves it as it was.
            tags: values of the tag keys that have no default.

        Raises:
            TypeError: if the value is no number.
            ValueError: if a tag has no value.
        """
        if value is not None:
            self._check_number(value)
            self._record(value, tags)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._name, self._description, self._tag_keys)


class Histogram(Metric):
    """Sorts values into buckets: how long things took, how large they were.

    Args:
        name: letters, digits and underscores, no digit first.
        description: for people.
        boundaries: where a bucket ends and the next begins: numbers above 0.
        tag_keys: which tags a value may have; each of them needs a value.

    Raises:
        ValueError: without boundaries, for one that is not above 0, and as for :class:`Metric`.
        TypeError: for a boundary that is no number, and as for :class:`Metric`.
    """

    _kind = HISTOGRAM

    def __init__(
        self,
        name: str,
        description: str = "",
        boundaries: list[float] | None = None,
        tag_keys: tuple[str, ...] | None = None,
    ) -> None:
        super().__init__(name, description, tag_keys)
        self.boundaries = _checked_boundaries(name, boundaries)
        ascending = tuple(sorted({float(boundary) for boundary in self.boundaries}))
        self._spec = self._spec.replaced(boundaries=ascending)

    def observe(self, value: float, tags: dict[str, str] | None = None) -> None:
        """Sort a value into its bucket.

        Args:
            value: any number.
            tags: values of the tag keys that have no default.

        Raises:
            TypeError: if the value is no number.
            ValueError: if a tag has no value.
        """
        self._check_number(value)
        self._record(value, tags)

    @property
    def info(self) -> dict[str, Any]:
        """Name, description, tag keys, default tags and boundaries, in a dictionary."""
        return {**super().info, "boundaries": self.boundaries}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._name, self._description, self.boundaries, self._tag_keys)


def _checked_name(name: Any) -> str:
    if _checked_text("name", name) == "":
        msg = "A metric with an empty name was to be made. Please provide a metric name."
        raise ValueError(msg)
    return str(name)


def _checked_text(what: str, text: Any) -> str:
    if not isinstance(text, str):
        msg = f"The {what} of a metric is a text, and not {text!r} of type {type(text).__name__}."
        raise TypeError(msg)
    return text


def _warn_of_name(name: str) -> None:
    msg = (
        f"Invalid metric name: {name!r}. Its values will not be collected. Write a name of "
        "letters, digits and underscores, with no digit first."
    )
    warnings.warn(msg, UserWarning, stacklevel=4)


def _checked_keys(tag_keys: Any) -> tuple[str, ...]:
    if tag_keys is None:
        return ()
    if not isinstance(tag_keys, tuple):
        meant = (tag_keys,) if isinstance(tag_keys, str) else "('model', 'version')"
        msg = f"tag_keys={tag_keys!r}: tag_keys should be a tuple type. Write {meant}."
        raise TypeError(msg)
    for key in tag_keys:
        if not isinstance(key, str):
            msg = f"tag_keys={tag_keys!r}: tag keys must be str, and {key!r} is not."
            raise TypeError(msg)
    return tag_keys


def _checked_boundaries(name: str, boundaries: Any) -> Sequence[float]:
    if boundaries is None or (isinstance(boundaries, Sequence) and not boundaries):
        msg = (
            f"Histogram({name!r}) needs its boundaries argument: where its buckets end. Write "
            f"Histogram({name!r}, boundaries=[1.0, 10.0])."
        )
        raise ValueError(msg)
    if not isinstance(boundaries, Sequence) or not all(
        isinstance(boundary, int | float) for boundary in boundaries
    ):
        msg = f"Histogram({name!r}, boundaries={boundaries!r}): boundaries are a list of numbers."
        raise TypeError(msg)
    for index, boundary in enumerate(boundaries):
        if boundary <= 0:
            msg = (
                f"Histogram({name!r}): the `boundaries` argument is {boundaries!r}, and at index "
                f"{index} it is {boundary!r}. Use positive values."
            )
            raise ValueError(msg)
    return boundaries


def prometheus_text() -> str:
    """All metrics of the session, in the text format that Prometheus reads.

    Names begin with ``ray_``, as in Ray's own export.

    Raises:
        ConnectionError: if there is no session.
    """
    return as_text(list_metrics(limit=10_000, detail=True))
