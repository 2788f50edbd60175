"""What raylite leaves out altogether, as the page for users tells it.

Nothing is written here by hand: it is what the tables say that refuse, ignore, or lack something.
"""

from collections.abc import Iterable, Mapping

from raylite._core.common.stand_in import _ONLY_IN_RAY
from raylite._init_options import _IGNORED
from raylite._options import Option, Target, _table_for
from tests.api_unit.public_surface import LEFT_OUT

_WORDS = {Target.TASK: "tasks", Target.ACTOR: "actors", Target.METHOD: "methods"}

_TEXT = """\

## Left out altogether

### Options

Refused with a sentence, where the value would change what the program does.

{options}
### Keywords of `init`

Taken, and said once to have no effect.

{keywords}
### Names

An AttributeError, since nothing stands behind them.

{names}
### Modules and libraries

{modules}: a program that imports one is told in a sentence that it needs Ray itself.
"""


def left_out() -> str:
    """The last section of ``docs/differences_from_ray.md``."""
    keywords = ((f"`{name}`", why) for name, (_harmless, why) in sorted(_IGNORED.items()))
    names = ((f"`{name}`", why) for name, why in sorted(LEFT_OUT.items()))
    return _TEXT.format(
        options=_rows(("Option", "Of", "Instead"), _refused()),
        keywords=_rows(("Keyword", "Why"), keywords),
        names=_rows(("Name", "Why"), names),
        modules=", ".join(f"`ray.{name}`" for name in sorted(_ONLY_IN_RAY)),
    )


def _refused() -> Iterable[tuple[str, ...]]:
    tables: Mapping[Target, Mapping[str, Option]] = {one: _table_for(one) for one in Target}
    for name in sorted({name for table in tables.values() for name in table}):
        owners = [one for one in Target if name in tables[one] and tables[one][name].instead]
        if owners:
            instead = tables[owners[0]][name].instead
            yield f"`{name}`", ", ".join(_WORDS[one] for one in owners), instead


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
