"""The keywords of ``@remote`` and ``.options``: one table, and what an engine is told of it.

In Ray: ``python/ray/_common/ray_option_utils.py``. Every keyword of Ray's is in the table. One
whose behaviour raylite does not have is refused with a sentence where it would change what the
program does; it is never ignored in silence.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Flag, auto
from typing import Any, Final

from raylite._core.common.call_options import DYNAMIC, NO_VARIABLES, STREAMING
from raylite._engine_choice import runs_on_ray
from raylite._option_checks import (
    UnsupportedError,
    bad_bytes,
    bad_gpus,
    bad_groups,
    bad_items_ahead,
    bad_lifetime,
    bad_num_returns,
    bad_resources,
    bad_retry_exceptions,
    below_minus_one,
    below_zero,
    empty,
    negative,
    only,
)
from raylite._placement_group import PlacementGroup
from raylite._scheduling import (
    STRATEGY_TYPES,
    bad_fallbacks,
    bad_selector,
    bad_strategy,
    check_one_way,
    where,
)
from raylite.engines.base import ActorOptions, TaskOptions

__all__ = [
    "OPTIONS",
    "Target",
    "UnsupportedError",
    "actor_options",
    "check_options",
    "names_for",
    "num_returns_of",
    "task_options",
]

_MANY: Final[Mapping[str, int]] = {"streaming": STREAMING, "dynamic": DYNAMIC}


class Target(Flag):
    """What an option can be given to. The value is used in error messages."""

    TASK = auto()
    ACTOR = auto()
    METHOD = auto()


_WORDS: Final[Mapping[Target, str]] = {
    Target.TASK: "remote functions",
    Target.ACTOR: "actors",
    Target.METHOD: "methods of actors",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One keyword."""

    targets: Target
    types: tuple[type, ...]
    """Beside None, which always means: as if it had not been given."""
    wrong: Callable[[Any], str | None] = lambda _: None
    """What is wrong with a value of the right type; None if nothing is."""
    supported: Callable[[Any], bool] = lambda _: True
    """Whether raylite does what a value asks for."""
    instead: str = ""
    """If not: what to write, or what raylite does."""

    def check(self, name: str, value: Any) -> None:
        """Refuse a value.

        Raises:
            TypeError: if it is of the wrong type.
            ValueError: if it is out of range, or (UnsupportedError) not supported.
        """
        if value is None:
            return
        # A bool is an int to Python, but no number of CPUs.
        mistaken_bool = isinstance(value, bool) and bool not in self.types
        if mistaken_bool or not (object in self.types or isinstance(value, self.types)):
            expected = " or ".join(one.__name__ for one in self.types)
            msg = f"{name}={value!r} is of type {type(value).__name__}, but has to be {expected}."
            raise TypeError(msg)
        wrong = self.wrong(value)
        if wrong:
            msg = f"{name}={value!r}: {wrong}"
            raise ValueError(msg)
        if not self.supported(value) and not runs_on_ray():
            msg = f"{name}={value!r} is not supported by this version of raylite. {self.instead}"
            raise UnsupportedError(msg)


_TASK, _ACTOR, _METHOD = Target.TASK, Target.ACTOR, Target.METHOD
_NO_LABELS = "Nodes have labels, tasks and actors have none: leave the option out."

OPTIONS: Final[Mapping[str, Option]] = {
    "num_cpus": Option(_TASK | _ACTOR, (int, float), negative),
    "num_gpus": Option(_TASK | _ACTOR, (int, float), bad_gpus),
    "resources": Option(_TASK | _ACTOR, (dict,), bad_resources),
    "memory": Option(_TASK | _ACTOR, (int, float), bad_bytes),
    "object_store_memory": Option(_TASK | _ACTOR, (int,), below_zero, only(), "Leave it out."),
    "accelerator_type": Option(_TASK | _ACTOR, (str,)),
    "label_selector": Option(_TASK | _ACTOR, (dict,), bad_selector),
    "fallback_strategy": Option(_TASK | _ACTOR, (list,), bad_fallbacks),
    "_labels": Option(_TASK | _ACTOR, (dict,), supported=only({}), instead=_NO_LABELS),
    "scheduling_strategy": Option(_TASK | _ACTOR, STRATEGY_TYPES, bad_strategy),
    "placement_group": Option(_TASK | _ACTOR, (str, PlacementGroup)),
    "placement_group_bundle_index": Option(_TASK | _ACTOR, (int,)),
    "placement_group_capture_child_tasks": Option(_TASK | _ACTOR, (bool,)),
    "runtime_env": Option(_TASK | _ACTOR, (dict,)),
    "enable_task_events": Option(_TASK | _ACTOR | _METHOD, (bool,)),
    "name": Option(_TASK | _ACTOR, (str,), empty("A name")),
    "namespace": Option(_ACTOR, (str,), empty("A namespace")),
    "lifetime": Option(_ACTOR, (str,), bad_lifetime),
    "get_if_exists": Option(_ACTOR, (bool,)),
    "max_restarts": Option(_ACTOR, (int,), below_minus_one),
    "max_task_retries": Option(_ACTOR, (int,), below_minus_one),
    "max_concurrency": Option(_ACTOR, (int,), below_zero),
    "concurrency_groups": Option(_ACTOR, (dict,), bad_groups),
    "max_pending_calls": Option(_ACTOR, (int,), below_minus_one),
    "allow_out_of_order_execution": Option(_ACTOR, (bool,)),
    "enable_tensor_transport": Option(
        _ACTOR, (bool,), supported=only(False), instead="Leave it out."
    ),
    "_actor_generator_backpressure_num_objects": Option(_ACTOR, (int,), bad_items_ahead),
    "num_returns": Option(_TASK | _METHOD, (int, str), bad_num_returns),
    "max_retries": Option(_TASK, (int,), below_minus_one),
    "retry_exceptions": Option(_TASK, (bool, list, tuple), bad_retry_exceptions),
    "max_calls": Option(_TASK, (int,), below_zero),
    "_generator_backpressure_num_objects": Option(_TASK | _METHOD, (int,), bad_items_ahead),
    "_num_objects_per_yield": Option(
        _TASK | _METHOD, (int,), supported=only(1), instead="Each item has a ref of its own."
    ),
}

_METHOD_ONLY: Final[Mapping[str, Option]] = {
    "name": Option(_METHOD, (str,), empty("A name")),
    "concurrency_group": Option(_METHOD, (str,), empty("A concurrency group")),
    "max_task_retries": Option(_METHOD, (int,), below_minus_one),
    "retry_exceptions": Option(_METHOD, (bool, list, tuple), bad_retry_exceptions),
    "tensor_transport": Option(_METHOD, (str,), supported=only(), instead="Leave it out."),
}


def names_for(target: Target) -> list[str]:
    """The keywords that ``target`` takes, sorted."""
    return sorted(_table_for(target))


def _table_for(target: Target) -> dict[str, Option]:
    table = {name: option for name, option in OPTIONS.items() if target in option.targets}
    if target is Target.METHOD:
        table.update(_METHOD_ONLY)
    return table


def check_options(target: Target, options: Mapping[str, Any], *, late: bool = False) -> None:
    """Refuse options that are unknown, of the wrong type, out of range, or not supported.

    Args:
        target: what they are for.
        options: as the user wrote them.
        late: True in ``.options()``, which does not take all of them.

    Raises:
        ValueError: for an unknown keyword or a value out of range.
        TypeError: for a value of the wrong type.
    """
    table = _table_for(target)
    for name, value in options.items():
        if name not in table:
            # Loaded by those who misspell.
            meant = importlib.import_module("difflib").get_close_matches(name, table, 1)
            hint = f"Did you mean {meant[0]!r}?" if meant else f"Valid ones are {sorted(table)}."
            msg = f"Invalid option keyword {name!r} for {_WORDS[target]}. {hint}"
            raise ValueError(msg)
        table[name].check(name, value)
    only_early = {"max_calls", "concurrency_groups"} & options.keys() if late else set()
    for name in only_early:
        msg = f"{name} belongs in @ray.remote({name}=...); .options() does not take it."
        raise ValueError(msg)
    if options.get("get_if_exists") and not options.get("name"):
        msg = "get_if_exists=True needs a name: .options(name=..., get_if_exists=True)."
        raise ValueError(msg)
    check_one_way(options)
    if options.get("runtime_env"):
        # Loaded by those who use it.
        of_runtime_env = importlib.import_module("raylite._runtime_env")
        of_runtime_env.check_runtime_env(options["runtime_env"], of_job=False)


def _given(options: Mapping[str, Any], name: str, default: Any) -> Any:
    value = options.get(name)
    return default if value is None else value


def _env_vars(options: Mapping[str, Any]) -> Mapping[str, str]:
    return (options.get("runtime_env") or {}).get("env_vars") or NO_VARIABLES


def _named_resources(options: Mapping[str, Any]) -> dict[str, float]:
    """The resources as the user named them, zeros included."""
    named = {key: float(amount) for key, amount in (options.get("resources") or {}).items()}
    for key, keyword in (("CPU", "num_cpus"), ("GPU", "num_gpus")):
        if options.get(keyword) is not None:
            named[key] = float(options[keyword])
    if options.get("memory") is not None:
        named["memory"] = float(int(options["memory"]))
    if options.get("accelerator_type") is not None:
        named[f"accelerator_type:{options['accelerator_type']}"] = 0.001
    return named


def _without_zeros(resources: Mapping[str, float]) -> dict[str, float]:
    return {key: amount for key, amount in resources.items() if amount}


def task_options(name: str, options: Mapping[str, Any], default: int = 1) -> TaskOptions:
    """What the engine is told about a call of a remote function; ``options`` are checked.

    Args:
        name: of the function.
        options: as the user wrote them.
        default: ``num_returns``, if they do not say: STREAMING for a generator.
    """
    retry: Any = _given(options, "retry_exceptions", default=False)
    held = _without_zeros({"CPU": 1.0} | _named_resources(options))
    place = where(name, options, held, held)
    return TaskOptions(
        name=_given(options, "name", name),
        num_returns=num_returns_of(options, default),
        items_ahead=_given(options, "_generator_backpressure_num_objects", -1),
        resources=held,
        max_retries=_given(options, "max_retries", 3),
        retry_exceptions=retry if isinstance(retry, bool) else tuple(retry),
        strategy=place.strategy,
        joins_group=place.joins_group,
        env_vars=_env_vars(options),
        max_calls=_given(options, "max_calls", 0),
        quiet=options.get("enable_task_events") is False,
        of_ray=options,
    )


def actor_options(
    options: Mapping[str, Any], handle: bytes, class_name: str = "the actor"
) -> ActorOptions:
    """What the engine is told about an actor; ``options`` are checked.

    An actor for which no resources are named needs a CPU to be placed, and then holds none.
    With any named, it holds them, and 1 CPU unless ``num_cpus`` says otherwise. Memory does not
    count as named.

    Args:
        options: as the user wrote them.
        handle: what makes a handle to the actor.
        class_name: for errors.
    """
    named = _named_resources(options)
    if named.keys() - {"memory"}:
        held = placement = _without_zeros({"CPU": 1.0} | named)
    else:
        held = _without_zeros(named)
        placement = {**held, "CPU": 1.0}
    place = where(class_name, options, held, placement)
    return ActorOptions(
        name=options.get("name"),
        namespace=options.get("namespace"),
        detached=options.get("lifetime") == "detached",
        get_if_exists=bool(options.get("get_if_exists")),
        max_restarts=_given(options, "max_restarts", 0),
        placement=placement,
        held=held,
        max_concurrency=options.get("max_concurrency") or None,
        concurrency_groups=options.get("concurrency_groups") or {},
        strategy=place.strategy,
        joins_group=place.joins_group,
        env_vars=_env_vars(options),
        handle=handle,
        of_ray=options,
    )


def num_returns_of(options: Mapping[str, Any], default: int) -> int:
    """How many refs a call gives, or STREAMING or DYNAMIC; ``options`` are checked.

    Args:
        options: as the user wrote them.
        default: if they do not say; one of the two for a generator.

    Raises:
        ValueError: if what is no generator is to stream.
    """
    number: int | str = _given(options, "num_returns", default)
    if not isinstance(number, str):
        return number
    if default not in _MANY.values():
        msg = (
            f"num_returns={number!r} is for generator functions, and this one has no yield. "
            "Use yield for the values, or leave the option out."
        )
        raise ValueError(msg)
    return _MANY[number]
