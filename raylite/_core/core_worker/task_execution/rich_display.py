"""What an object looks like, as the data that a notebook shows: pictures, HTML, text.

In Ray: none. In IPython: ``IPython/core/formatters.py``, with the same methods of objects. Left out
here: widgets, which live in the process that has made them.
"""

import base64
import contextlib
import json
import os
import sys
from io import BytesIO
from typing import Any, ClassVar, Final

from raylite._core.core_worker.task_execution.output import OutputState

__all__ = ["DisplayHandle", "Displays", "bundle_of", "display", "publish_display_data"]

_METHODS: Final = {
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "image/svg+xml": "_repr_svg_",
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
    "application/javascript": "_repr_javascript_",
    "application/pdf": "_repr_pdf_",
}
_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_LARGEST: Final = 4_000_000
"""Characters; what is larger would hold up everything behind it."""
_LONGEST_TEXT: Final = 10_000
_ID_BYTES: Final = 16

Bundle = dict[str, Any]


class Displays:
    """Where what is displayed goes."""

    output: ClassVar[OutputState]


class DisplayHandle:
    """What was displayed and can be replaced.

    Args:
        display_id: names it.
    """

    def __init__(self, display_id: str) -> None:
        self.display_id = display_id

    def display(self, value: Any, **options: Any) -> None:
        """Show it once more."""
        display(value, display_id=self.display_id, **options)

    def update(self, value: Any, **options: Any) -> None:
        """Show something else in its place."""
        display(value, display_id=self.display_id, update=True, **options)


def display(
    *objects: Any,
    include: Any = None,
    exclude: Any = None,
    metadata: Bundle | None = None,
    transient: Bundle | None = None,
    display_id: Any = None,
    raw: bool = False,
    update: bool = False,
    **_options: Any,
) -> DisplayHandle | None:
    """Show objects under the cell that has made the call, in order with what is printed.

    Args:
        objects: any.
        include: MIME types; all others are left out.
        exclude: MIME types to leave out.
        metadata: by MIME type.
        transient: what is not to be saved with it.
        display_id: True, or a name: it can be replaced.
        raw: the objects are data by MIME type already.
        update: they replace what was shown under the name.

    Returns:
        What replaces it, if it has a name.
    """
    if display_id is True:
        display_id = os.urandom(_ID_BYTES).hex()
    transient = dict(transient or {})
    if display_id:
        transient["display_id"] = str(display_id)
    for value in objects:
        if not raw and _displays_itself(value):
            continue
        data, about = (dict(value), {}) if raw else bundle_of(value)
        data = {
            kind: item
            for kind, item in data.items()
            if (not include or kind in include) and kind not in (exclude or ())
        }
        about = {**about, **(metadata or {})}
        _publish(type(value).__name__, data, about, transient, update=update)
    return DisplayHandle(str(display_id)) if display_id and not update else None


def publish_display_data(
    data: Bundle,
    metadata: Bundle | None = None,
    *,
    transient: Bundle | None = None,
    update: bool = False,
    **_options: Any,
) -> None:
    """Show data by MIME type, as IPython's function of that name."""
    _publish("data", dict(data), dict(metadata or {}), dict(transient or {}), update=update)


def bundle_of(value: Any) -> tuple[Bundle, Bundle]:
    """An object's data and metadata by MIME type; whatever it raises is passed over."""
    data: Bundle = {"text/plain": _plain(value)}
    metadata: Bundle = {}
    figures = sys.modules.get("matplotlib.figure")
    if figures is not None and isinstance(value, figures.Figure):
        with contextlib.suppress(Exception):
            buffer = BytesIO()
            value.savefig(buffer, format="png", bbox_inches="tight")
            data["image/png"] = buffer.getvalue()
        return data, metadata
    given = _called(value, "_repr_mimebundle_", include=None, exclude=None)
    if given is not None:
        found, about = given if isinstance(given, tuple) else (given, {})
        data.update(found or {})
        metadata.update(about or {})
    for kind, name in _METHODS.items():
        item = _called(value, name) if kind not in data else None
        if isinstance(item, tuple):
            item, metadata[kind] = item
        if item is not None:
            data[kind] = item
    data.pop(_WIDGET, None)
    return data, metadata


def _called(value: Any, name: str, **options: Any) -> Any:
    # Of the class: an object that answers to every name has no look for that.
    if isinstance(value, type) or not hasattr(type(value), name):
        return None
    with contextlib.suppress(Exception):  # The user's own code.
        return getattr(value, name)(**options)
    return None


def _displays_itself(value: Any) -> bool:
    if isinstance(value, type) or not hasattr(type(value), "_ipython_display_"):
        return False
    with contextlib.suppress(Exception):  # As above.
        value._ipython_display_()
        return True
    return False


def _plain(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:  # As above.
        return f"<{type(value).__name__}, whose __repr__ raised {type(error).__name__}>"
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 3]}..."


def _publish(what: str, data: Bundle, metadata: Bundle, transient: Bundle, *, update: bool) -> None:
    stream = Displays.output.streams[0]
    packed = {kind: _packed(item) for kind, item in data.items()}
    left_out = {kind: len(item) for kind, item in packed.items() if len(item) > _LARGEST}
    for kind in left_out:
        del packed[kind]
    for kind, size in left_out.items():
        stream.write(
            f"The {kind} of what was displayed, a {what}, is left out: it has {size:,} bytes, and "
            f"more than {_LARGEST:,} are not sent from a worker. Display something smaller.\n"
        )
    if set(packed) <= {"text/plain"} and not (update or transient):
        if packed:
            stream.write(f"{json.loads(packed['text/plain'])}\n")
        return
    parts = ", ".join(f"{json.dumps(kind)}: {item}" for kind, item in packed.items())
    rest = {"metadata": metadata, "transient": transient, "update": update, "what": what}
    try:
        about = json.dumps(rest)
    except (TypeError, ValueError):  # Whatever the user has put there.
        about = json.dumps({**rest, "metadata": {}, "transient": {}})
    stream.display(f'{{"data": {{{parts}}}, {about[1:]}')


def _packed(item: Any) -> str:
    """One item as JSON, in one line."""
    if isinstance(item, bytes | bytearray | memoryview):
        item = base64.b64encode(item).decode("ascii")
    try:
        return json.dumps(item)
    except (TypeError, ValueError):  # As above.
        return json.dumps(str(item))
