"""The base of messages, instructions and events: plain data that does not change.

``dataclasses`` write the methods of every class anew and compile them: 0.7 ms a class, 60 ms for
the classes here, in each process of a session, before the first actor answers. A record's methods
are written once, in this file, and work from the names of its fields.

A type checker sees the same as with ``@dataclass(frozen=True, kw_only=True)``.
"""

from typing import Any, ClassVar, Self, dataclass_transform

__all__ = ["Record"]


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record:
    """Fields are what a subclass annotates; they are given by name and compared by value."""

    field_names: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}
    _expected: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        own = tuple(cls.__annotations__)  # The class's own, without its bases'.
        cls.field_names = cls.field_names + own
        found = {name: cls.__dict__[name] for name in own if name in cls.__dict__}
        cls._defaults = cls._defaults | found
        cls._expected = frozenset(cls.field_names)

    def __init__(self, **values: Any) -> None:
        if values.keys() != self._expected:
            values = self._defaults | values
            if values.keys() != self._expected:
                raise TypeError(self._mismatch(values))
        self.__dict__.update(values)

    def replaced(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return type(self)(**{**self.__dict__, **changes})

    def __setattr__(self, name: str, value: object) -> None:
        msg = f"{type(self).__name__} does not change: use .replaced({name}=...)"
        raise AttributeError(msg)

    def __delattr__(self, name: str) -> None:
        msg = f"{type(self).__name__} does not change: {name} cannot be deleted"
        raise AttributeError(msg)

    def __eq__(self, other: object) -> bool:
        if type(other) is type(self):
            return self.__dict__ == other.__dict__
        return NotImplemented

    def __hash__(self) -> int:
        values = self.__dict__
        return hash((type(self), *(values[name] for name in self.field_names)))

    def __repr__(self) -> str:
        values = self.__dict__
        fields = ", ".join(f"{name}={values[name]!r}" for name in self.field_names)
        return f"{type(self).__qualname__}({fields})"

    def _mismatch(self, values: dict[str, Any]) -> str:
        missing = sorted(self._expected - values.keys())
        unknown = sorted(values.keys() - self._expected)
        return f"{type(self).__name__}: missing {missing}, unknown {unknown}"
