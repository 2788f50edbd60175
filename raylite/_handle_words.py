"""What a handle says to whoever takes it for the object itself.

In Ray: Python's own words for it.
"""

from raylite._methods import ClassDescription

__all__ = ["how_to_call", "no_such_method"]


def how_to_call(description: ClassDescription) -> str:
    """For whoever takes the handle for the object."""
    return (
        f"A handle is the way to an actor of class {description.class_name}, which lives in "
        f"another process.\n{_call_its_methods(description)}"
    )


def _call_its_methods(description: ClassDescription) -> str:
    named = [spec.name for spec in description.methods if not spec.name.startswith("_")]
    return f"Call its methods: ray.get(handle.{named[0] if named else 'method'}.remote(...))."


def no_such_method(description: ClassDescription, name: str) -> str:
    """For whoever asks the handle for a name that is no method."""
    text = f"'ActorHandle' object has no attribute {name!r}"
    class_name = description.class_name
    if name in description.others:
        return (
            f"{text}: {class_name}.{name} is not a method,\nand only methods can be reached "
            f"through a handle. Write a method that returns it."
        )
    if name.startswith("_"):  # Asked for by Python's protocols, and by displays.
        return text
    if name == "remote":
        return f"{text}: the actor is there already.\n{_call_its_methods(description)}"
    import difflib  # noqa: PLC0415  # 5 ms that only a mistake need pay.

    methods = [spec.name for spec in description.methods]
    near = difflib.get_close_matches(name, methods, n=1)
    if near:
        return f"{text}. Did you mean {near[0]!r}, a method of {class_name}?"
    return (
        f"{text}.\nWhat {class_name} keeps in its attributes lives in the actor's process, and "
        f"only methods can be reached\nfrom here: write one that returns {name}."
    )
