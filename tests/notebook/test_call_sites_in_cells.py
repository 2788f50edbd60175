"""Objects made in a notebook say in which cell."""

import os

FIRST = """import raylite as ray
ray.init(num_cpus=1)
@ray.remote
class Maker:
    def make(self):
        return [ray.put("by the actor")]
maker = Maker.remote()
inner, = ray.get(maker.make.remote())
"""
SECOND = """own = ray.put("here")
print(own.call_site())
"""
THIRD = """from raylite.util.state import get_objects
print({row.call_site for row in get_objects(inner.hex())})
from raylite._private.internal_api import memory_summary
print(memory_summary())
ray.shutdown()
"""


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def test_a_cell_is_named_by_its_number(run_notebook):
    _, second, third = run_notebook(FIRST, SECOND, THIRD)
    assert printed(second) == "(put object)  | Cell In[2]:<module>:1\n"
    # The actor's process knows the cell by its file alone; the kernel knows the number.
    assert "{'(put object)  | Cell In[1]:Maker.make:6'}" in printed(third)
    assert "Cell In[2], line 1" in printed(third)
    assert "Cell In[1], line 6, in Maker.make" in printed(third)


def test_memory_is_a_table_with_the_sums_above_it(ray_shell):
    result = ray_shell.run_cell(
        "kept = ray.put(b'x' * 600_000)\n%raylite memory", store_history=True
    )
    shown = result.result
    sums = f"1 object, 600.0 KB (600.0 KB in memory), known to driver {os.getpid()}\n"
    assert repr(shown).startswith(sums)
    html = shown._repr_html_()
    assert "600.0 KB" in html
    assert f"Cell In[{result.execution_count}], line 1" in html
    ray_shell.run_cell("del kept")


def test_memory_without_a_session_says_so(shell):
    shown = shell.run_cell("%raylite memory").result
    assert repr(shown) == "raylite: no session, so there are no objects yet."
    assert "no session" in shown._repr_html_()
