"""Which labels a node must have: how a selector is written, and whether it matches.

In Ray: ``src/ray/common/scheduling/label_selector.h`` and ``python/ray/_private/label_utils.py``.

A selector names labels and says of each what its value must be:

=============  ===================================================
``v``          it is ``v``
``!v``         it is not ``v``, or there is no such label
``in(v,w)``    it is one of these
``!in(v,w)``   it is none of these, or there is no such label
``*``          there is such a label; only the runtime writes this
``!*``         there is no such label; as above
=============  ===================================================

Keys and values are written as in Kubernetes: letters, digits, and ``-``, ``_``, ``.`` between them;
a key may have a prefix such as ``ray.io/``.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from raylite._core.common.record import Record

__all__ = [
    "ABSENT",
    "EXISTS",
    "NODE_ID_LABEL",
    "LabelTerm",
    "check_label_selector",
    "check_labels",
    "labels_match",
    "names_a_node",
    "parse_label_term",
]

NODE_ID_LABEL: Final = "ray.io/node-id"
"""The label by which every node can be named."""

EXISTS: Final = "*"
ABSENT: Final = "!*"

_WORD: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,61}[a-zA-Z0-9])?"
_WORD_PATTERN: Final = re.compile(_WORD)
_PREFIX_PATTERN: Final = re.compile(rf"{_WORD}(?:\.{_WORD})*")
_TERM_PATTERN: Final = re.compile(
    rf"(?P<no>!?)(?:in\((?P<several>{_WORD}(?:, ?{_WORD})*)\)|(?P<one>{_WORD}))"
)
_MAX_PREFIX: Final = 253
_WORD_RULE: Final = (
    "at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends"
)


class LabelTerm(Record):
    """What one label must be like."""

    negated: bool
    values: frozenset[str | None]
    """None stands for a label that is not there."""

    def allows(self, value: str | None) -> bool:
        """Whether a node fits whose label has this value; None: it has no such label."""
        return (value in self.values) is not self.negated


@lru_cache(maxsize=1024)
def parse_label_term(text: str) -> LabelTerm:
    """Read what is in the table above. The empty text is an empty value.

    Raises:
        ValueError: if it is written in no such way.
    """
    if not text:
        return LabelTerm(negated=False, values=frozenset({""}))
    if text in {EXISTS, ABSENT}:
        return LabelTerm(negated=text == EXISTS, values=frozenset({None}))
    match = _TERM_PATTERN.fullmatch(text)
    if match is None:
        msg = (
            f"Invalid label selector value {text!r}. Write 'v', '!v', 'in(v,w)' or '!in(v,w)', "
            f"where a value is {_WORD_RULE}."
        )
        raise ValueError(msg)
    values = match["one"] or match["several"].replace(" ", "")
    return LabelTerm(negated=bool(match["no"]), values=frozenset(values.split(",")))


def labels_match(selector: Iterable[tuple[str, str]], labels: Mapping[str, str]) -> bool:
    """Whether a node with these labels has what every term of the selector asks for."""
    return all(parse_label_term(term).allows(labels.get(key)) for key, term in selector)


def names_a_node(selector: Iterable[tuple[str, str]]) -> bool:
    """Whether the selector allows only certain nodes, which are known by their ids.

    Where they are gone, no node that comes later will ever match.
    """
    return any(
        key == NODE_ID_LABEL and not parse_label_term(term).negated for key, term in selector
    )


def check_label_selector(selector: Mapping[str, str]) -> None:
    """Refuse a selector that is written wrongly.

    Raises:
        ValueError: if a key or a value is no label's, with a sentence that says why.
    """
    for key, term in selector.items():
        _check_key(key)
        # What the runtime alone writes is no value of a label.
        parse_label_term("?" if term in {EXISTS, ABSENT} else term)


def check_labels(labels: Mapping[str, str]) -> None:
    """Refuse labels of a node that are written wrongly.

    Raises:
        ValueError: if a key or a value is no label's, with a sentence that says why.
    """
    for key, value in labels.items():
        _check_key(key)
        if value and not _WORD_PATTERN.fullmatch(value):
            msg = (
                f"Invalid label key value {value!r} of the label {key!r}. A value is {_WORD_RULE}."
            )
            raise ValueError(msg)


def _check_key(key: str) -> None:
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > _MAX_PREFIX or not _PREFIX_PATTERN.fullmatch(prefix)):
        msg = (
            f"Invalid label key prefix {prefix!r}. A prefix is a series of words separated by '.', "
            f"of at most {_MAX_PREFIX} characters in total."
        )
        raise ValueError(msg)
    if not _WORD_PATTERN.fullmatch(name):
        msg = f"Invalid label key name {name!r}. A name is {_WORD_RULE}."
        raise ValueError(msg)
