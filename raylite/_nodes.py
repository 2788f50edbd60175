"""The virtual nodes of a session, as the user describes them.

In Ray: ``Cluster.add_node`` in ``python/ray/cluster_utils.py``, which starts further raylets on one
machine for tests.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from raylite._core.common.label_selector import check_labels
from raylite._init_options import checked_resources, whole_number
from raylite.engines.base import EngineConfig, NodeConfig

__all__ = ["checked_node", "with_nodes"]

_KEYWORDS: Final = ("num_cpus", "num_gpus", "resources", "labels")
_EXAMPLE: Final = 'init(nodes=[{"num_cpus": 2}, {"num_cpus": 2, "labels": {"zone": "b"}}])'


def checked_node(
    *, num_cpus: Any = 1, num_gpus: Any = 0, resources: Any = None, labels: Any = None
) -> NodeConfig:
    """What a node is to have.

    Raises:
        TypeError: for a value of the wrong type.
        ValueError: for a value out of range.
    """
    cpus = whole_number("num_cpus", num_cpus)
    gpus = whole_number("num_gpus", num_gpus) or 0
    _check_visible(gpus)
    return NodeConfig(
        num_cpus=1 if cpus is None else cpus,
        num_gpus=gpus,
        resources=checked_resources(resources),
        labels=checked_labels(labels),
    )


def checked_labels(labels: Any) -> dict[str, str]:
    """A node's labels.

    Raises:
        TypeError: for what is no dictionary of texts.
        ValueError: for texts that are no labels.
    """
    if labels is None:
        return {}
    if not isinstance(labels, Mapping) or not all(
        isinstance(text, str) for pair in labels.items() for text in pair
    ):
        msg = f"labels={labels!r} has to be a dictionary of texts, as {{'zone': 'b'}}."
        raise TypeError(msg)
    check_labels(labels)
    return dict(labels)


def _check_visible(num_gpus: float) -> None:
    shown = os.environ.get("CUDA_VISIBLE_DEVICES")
    if shown is None:
        return
    visible = [name for name in shown.split(",") if name]
    if num_gpus > len(visible):
        msg = (
            f"num_gpus={num_gpus} is more than CUDA_VISIBLE_DEVICES={shown!r} shows to this "
            f"process, which is {len(visible)}. Unset the variable, or ask for less."
        )
        raise ValueError(msg)


def with_nodes(config: EngineConfig, nodes: Any, labels: Any, memory: Any) -> EngineConfig:
    """What ``init`` was told, together with its nodes.

    Args:
        config: without them.
        nodes: None, or a list of all nodes; the first is the one that the driver is on.
        labels: of the first node.
        memory: bytes that a node has for tasks to ask for; None: what the machine has.

    Raises:
        TypeError: for a value of the wrong type.
        ValueError: for a value out of range, and for two ways to describe the first node.
    """
    given = {"labels": labels, "nodes": nodes, "_memory": memory}
    names = tuple(name for name, value in given.items() if value is not None)
    config = config.replaced(
        labels=checked_labels(labels),
        memory=whole_number("_memory", memory),
        of_new_session=(*config.of_new_session, *names),
    )
    if nodes is None:
        _check_visible(config.num_gpus)
        return config
    twice = [name for name in config.of_new_session if name in _KEYWORDS]
    if twice:
        msg = (
            f"init({twice[0]}=..., nodes=...): nodes describes all nodes, the driver's first. "
            f"Write {twice[0]} there: {_EXAMPLE}."
        )
        raise ValueError(msg)
    first, *others = _checked_list(nodes)
    return config.replaced(
        num_cpus=first.num_cpus,
        num_gpus=first.num_gpus,
        resources=first.resources,
        labels=first.labels,
        further_nodes=tuple(others),
    )


def _checked_list(nodes: Any) -> list[NodeConfig]:
    if not isinstance(nodes, list | tuple) or not all(isinstance(one, Mapping) for one in nodes):
        msg = f"init(nodes={nodes!r}): this has to be a list of dictionaries: {_EXAMPLE}."
        raise TypeError(msg)
    if not nodes:
        msg = f"init(nodes=[]): a session has at least one node. Write {_EXAMPLE}."
        raise ValueError(msg)
    for one in nodes:
        unknown = sorted(str(key) for key in one.keys() - set(_KEYWORDS))
        if unknown:
            msg = f"init(nodes=...): a node has no {unknown[0]!r}; it has {', '.join(_KEYWORDS)}."
            raise ValueError(msg)
    return [checked_node(**one) for one in nodes]
