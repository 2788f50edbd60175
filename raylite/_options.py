"""The keywords of ``@remote`` and ``.options``: one table, and what an engine is told of it.

In Ray: ``python/ray/_common/ray_option_utils.py``. Every keyword of Ray's is in the table. One
whose behaviour raylite does not have is refused with a sentence where it would change what the
program does; it is never ignored in silence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Flag, auto
from typing import Any, Final

from raylite._core.common.call_options import DYNAMIC, STREAMING
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

_SMALLEST_SHARE = 0.0001
_MANY: Final[Mapping[str, int]] = {"streaming": STREAMING, "dynamic": DYNAMIC}


class UnsupportedError(ValueError, NotImplementedError):
    """Ray has this option; raylite does not have what it does."""


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
        if not self.supported(value):
            msg = f"{name}={value!r} is not supported by this version of raylite. {self.instead}"
            raise UnsupportedError(msg)


def _negative(value: float) -> str | None:
    if value < 0:
        return "a quantity cannot be negative."
    if isinstance(value, float) and 0 < value < _SMALLEST_SHARE:
        return f"the smallest share of a resource is {_SMALLEST_SHARE}."
    return None


def _below_zero(value: int) -> str | None:
    return "it has to be 0 or more." if value < 0 else None


def _below_minus_one(value: int) -> str | None:
    return "it has to be 0 or more, or -1 for no limit." if value < -1 else None


def _bad_resources(value: Mapping[str, float]) -> str | None:
    for name, quantity in value.items():
        if name in {"CPU", "GPU"}:
            return f"write num_{name.lower()}s=... instead of {name!r} in resources."
        if isinstance(quantity, bool) or not isinstance(quantity, int | float):
            return f"the quantity of {name!r} has to be a number."
        if wrong := _negative(quantity):
            return wrong
    return None


def _bad_num_returns(value: int | str) -> str | None:
    if isinstance(value, str):
        known = value in {"streaming", "dynamic"}
        return None if known else "it has to be a number, 'streaming' or 'dynamic'."
    return _below_zero(value)


def _bad_retry_exceptions(value: bool | list[Any] | tuple[Any, ...]) -> str | None:  # noqa: FBT001  # an option's value
    if isinstance(value, bool):
        return None
    if all(isinstance(one, type) and issubclass(one, Exception) for one in value):
        return None
    return "it has to be True, False, or a list of exception classes."


def _bad_items_ahead(value: int) -> str | None:
    return None if value > 0 or value == -1 else "it has to be 1 or more, or -1 for no limit."


def _bad_lifetime(value: str) -> str | None:
    if value in {"detached", "non_detached"}:
        return None
    return "an actor's lifetime is 'detached', 'non_detached' or None."


def _bad_groups(value: Mapping[str, int]) -> str | None:
    for name, limit in value.items():
        if not isinstance(name, str) or not name:
            return f"a group's name has to be a text, not {name!r}."
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            return f"the limit of group {name!r} has to be a whole number of 1 or more."
    return None


def _only(*values: Any) -> Callable[[Any], bool]:
    return lambda value: value in values


def _empty(what: str) -> Callable[[str], str | None]:
    return lambda value: None if value else f"{what} cannot be empty; leave it out instead."


_TASK, _ACTOR, _METHOD = Target.TASK, Target.ACTOR, Target.METHOD
_GENERATORS = "Say it at the call: .options(_generator_backpressure_num_objects=2)."
_ONE_MACHINE = "All of raylite runs on this one machine: leave the option out."

OPTIONS: Final[Mapping[str, Option]] = {
    "num_cpus": Option(_TASK | _ACTOR, (int, float), _negative),
    "num_gpus": Option(_TASK | _ACTOR, (int, float), _negative),
    "resources": Option(_TASK | _ACTOR, (dict,), _bad_resources),
    "memory": Option(
        _TASK | _ACTOR, (int, float), _negative, _only(0), "Memory is not handed out: leave it out."
    ),
    "object_store_memory": Option(_TASK | _ACTOR, (int,), _below_zero, _only(), "Leave it out."),
    "accelerator_type": Option(_TASK | _ACTOR, (str,), supported=_only(), instead=_ONE_MACHINE),
    "label_selector": Option(_TASK | _ACTOR, (dict,), supported=_only({}), instead=_ONE_MACHINE),
    "fallback_strategy": Option(_TASK | _ACTOR, (list,), supported=_only([]), instead=_ONE_MACHINE),
    "_labels": Option(_TASK | _ACTOR, (dict,), supported=_only({}), instead=_ONE_MACHINE),
    "scheduling_strategy": Option(
        _TASK | _ACTOR, (object,), supported=_only("DEFAULT", "SPREAD"), instead=_ONE_MACHINE
    ),
    "placement_group": Option(
        _TASK | _ACTOR, (object,), supported=_only("default"), instead=_ONE_MACHINE
    ),
    "placement_group_bundle_index": Option(
        _TASK | _ACTOR, (int,), supported=_only(-1), instead=_ONE_MACHINE
    ),
    "placement_group_capture_child_tasks": Option(
        _TASK | _ACTOR, (bool,), supported=_only(False), instead=_ONE_MACHINE
    ),
    "runtime_env": Option(
        _TASK | _ACTOR,
        (dict,),
        supported=_only({}),
        instead="Workers run in the driver's own environment: install packages there.",
    ),
    "enable_task_events": Option(
        _TASK | _ACTOR | _METHOD,
        (bool,),
        supported=_only(True),
        instead="Events are always recorded.",
    ),
    "name": Option(_TASK | _ACTOR, (str,), _empty("A name")),
    "namespace": Option(_ACTOR, (str,), _empty("A namespace")),
    "lifetime": Option(_ACTOR, (str,), _bad_lifetime),
    "get_if_exists": Option(_ACTOR, (bool,)),
    "max_restarts": Option(_ACTOR, (int,), _below_minus_one),
    "max_task_retries": Option(_ACTOR, (int,), _below_minus_one),
    "max_concurrency": Option(_ACTOR, (int,), _below_zero),
    "concurrency_groups": Option(_ACTOR, (dict,), _bad_groups),
    "max_pending_calls": Option(
        _ACTOR,
        (int,),
        _below_minus_one,
        _only(-1),
        "Calls queue up without limit: wait() for some before you submit more.",
    ),
    "allow_out_of_order_execution": Option(
        _ACTOR, (bool,), supported=_only(False), instead="Calls run in the order of submission."
    ),
    "enable_tensor_transport": Option(
        _ACTOR, (bool,), supported=_only(False), instead="Leave it out."
    ),
    "_actor_generator_backpressure_num_objects": Option(
        _ACTOR, (int,), supported=_only(-1), instead=_GENERATORS
    ),
    "num_returns": Option(_TASK | _METHOD, (int, str), _bad_num_returns),
    "max_retries": Option(_TASK, (int,), _below_minus_one),
    "retry_exceptions": Option(_TASK, (bool, list, tuple), _bad_retry_exceptions),
    "max_calls": Option(
        _TASK, (int,), _below_zero, _only(0), "Workers are kept for as long as they are of use."
    ),
    "_generator_backpressure_num_objects": Option(_TASK | _METHOD, (int,), _bad_items_ahead),
    "_num_objects_per_yield": Option(
        _TASK | _METHOD, (int,), supported=_only(1), instead="Each item has a ref of its own."
    ),
}

_METHOD_ONLY: Final[Mapping[str, Option]] = {
    "name": Option(
        _METHOD, (str,), supported=_only(), instead="A call is shown by its method's name."
    ),
    "concurrency_group": Option(_METHOD, (str,), _empty("A concurrency group")),
    "max_task_retries": Option(
        _METHOD, (int,), _below_minus_one, _only(), "Set max_task_retries for the whole actor."
    ),
    "retry_exceptions": Option(
        _METHOD,
        (bool, list, tuple),
        _bad_retry_exceptions,
        _only(False, [], ()),
        "Catch the exception in the method, and try again there.",
    ),
    "tensor_transport": Option(_METHOD, (str,), supported=_only(), instead="Leave it out."),
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
            msg = (
                f"Invalid option keyword {name!r} for {_WORDS[target]}. "
                f"Valid ones are {sorted(table)}."
            )
            raise ValueError(msg)
        table[name].check(name, value)
    only_early = {"max_calls", "concurrency_groups"} & options.keys() if late else set()
    for name in only_early:
        msg = f"{name} belongs into @ray.remote({name}=...); .options() does not take it."
        raise ValueError(msg)
    if options.get("get_if_exists") and not options.get("name"):
        msg = "get_if_exists=True needs a name: .options(name=..., get_if_exists=True)."
        raise ValueError(msg)


def _given(options: Mapping[str, Any], name: str, default: Any) -> Any:
    value = options.get(name)
    return default if value is None else value


def _named_resources(options: Mapping[str, Any]) -> dict[str, float]:
    """The resources as the user named them, zeros included."""
    named = {key: float(amount) for key, amount in (options.get("resources") or {}).items()}
    for key, keyword in (("CPU", "num_cpus"), ("GPU", "num_gpus")):
        if options.get(keyword) is not None:
            named[key] = float(options[keyword])
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
    return TaskOptions(
        name=_given(options, "name", name),
        num_returns=num_returns_of(options, default),
        items_ahead=_given(options, "_generator_backpressure_num_objects", -1),
        resources=_without_zeros({"CPU": 1.0} | _named_resources(options)),
        max_retries=_given(options, "max_retries", 3),
        retry_exceptions=retry if isinstance(retry, bool) else tuple(retry),
    )


def actor_options(options: Mapping[str, Any], handle: bytes) -> ActorOptions:
    """What the engine is told about an actor; ``options`` are checked.

    An actor for which no resources are named needs a CPU to be placed, and then holds none.
    With any named, it holds them, and 1 CPU unless ``num_cpus`` says otherwise.
    """
    named = _named_resources(options)
    held = _without_zeros({"CPU": 1.0} | named) if named else {}
    return ActorOptions(
        name=options.get("name"),
        namespace=options.get("namespace"),
        detached=options.get("lifetime") == "detached",
        get_if_exists=bool(options.get("get_if_exists")),
        max_restarts=_given(options, "max_restarts", 0),
        max_task_retries=_given(options, "max_task_retries", 0),
        placement=held if named else {"CPU": 1.0},
        held=held,
        max_concurrency=options.get("max_concurrency") or None,
        concurrency_groups=options.get("concurrency_groups") or {},
        handle=handle,
    )


def num_returns_of(options: Mapping[str, Any], default: int) -> int:
    """How many refs a call gives, or STREAMING or DYNAMIC; ``options`` are checked."""
    number: int | str = _given(options, "num_returns", default)
    return _MANY[number] if isinstance(number, str) else number
