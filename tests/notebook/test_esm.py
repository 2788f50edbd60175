"""ES modules of the pictures are joined into one, and stay modules that a browser loads."""

import shutil
import subprocess
from pathlib import Path

import pytest

from raylite.notebook.live.esm import STATIC, ModuleError, joined

PICTURE = """\
import { twice, name as other } from "./tools.js";
const name = "mine";
export default { told: `${name} ${other} ${twice(4)}` };
"""
TOOLS = """\
import { by } from "./deep.js";
const name = "tools'";
export function twice(number) {
  return by(number, 2);
}
export { name };
"""
DEEP = """\
export const by = (number, factor) => number * factor;
"""


def written(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return folder


def test_modules_are_joined_in_the_order_in_which_they_need_each_other(tmp_path: Path) -> None:
    text = joined("picture.js", written(tmp_path, picture=PICTURE, tools=TOOLS, deep=DEEP))
    assert text.index("// deep.js") < text.index("// tools.js") < text.index("export default")
    assert "import" not in text
    assert text.count("export") == 1


def test_names_that_two_modules_use_do_not_meet(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node on the PATH")
    text = joined("picture.js", written(tmp_path, picture=PICTURE, tools=TOOLS, deep=DEEP))
    (tmp_path / "all.mjs").write_text(text)
    run = "import('./all.mjs').then(m => console.log(m.default.told))"
    told = subprocess.run(
        [node, "-e", run], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert told == "mine tools' 8\n"


def test_a_module_that_two_need_is_there_once(tmp_path: Path) -> None:
    picture = 'import { by } from "./deep.js";\n' + PICTURE
    text = joined("picture.js", written(tmp_path, picture=picture, tools=TOOLS, deep=DEEP))
    assert text.count("// deep.js") == 1


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ({"picture": 'import * as dom from "./dom.js";\nexport default 1;'}, "cannot be joined"),
        ({"picture": 'import x from "./dom.js";\nexport default 1;'}, "cannot be joined"),
        ({"picture": 'import { x } from "https://a.b/c.js";\nexport default 1;'}, "cannot be"),
        ({"picture": "const a = 1;"}, "has no default export"),
        ({"picture": "export const a = 1;\nexport default a;"}, "no others"),
        ({"picture": PICTURE, "tools": "export let name = 1;"}, "cannot be joined"),
        ({"picture": PICTURE, "tools": "export const name = 1;"}, "does not export"),
        ({"picture": PICTURE, "tools": PICTURE.replace("tools", "picture")}, "import each other"),
    ],
)
def test_what_cannot_be_joined_is_said(tmp_path: Path, modules: dict[str, str], said: str) -> None:
    with pytest.raises(ModuleError, match=said):
        joined("picture.js", written(tmp_path, **modules))


def pictures() -> list[str]:
    texts = {path.name: path.read_text() for path in STATIC.glob("*.js")}
    return sorted(name for name, text in texts.items() if "\nexport default " in text)


@pytest.mark.parametrize("name", pictures())
def test_every_picture_of_raylite_can_be_joined(name: str) -> None:
    assert "export default" in joined(name)
