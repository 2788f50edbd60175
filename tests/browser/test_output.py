"""What a worker says stands below the cell that made the call, whichever cell runs by then."""

SETUP = """
import raylite as ray

ray.init(num_cpus=2)


@ray.remote
class Gate:
    def __init__(self):
        self.opened = False

    def open(self):
        self.opened = True

    def is_open(self):
        return self.opened


@ray.remote
class Singer:
    def sing(self, line, gate):
        while not ray.get(gate.is_open.remote()):
            pass
        print(line)

    def draw(self, gate):
        from IPython.display import HTML, display

        while not ray.get(gate.is_open.remote()):
            pass
        display(HTML("<b class='drawn'>drawn by a worker</b>"))


gate, second_gate = Gate.remote(), Gate.remote()
alto, bass = Singer.remote(), Singer.remote()
"""
CALL = "first = alto.sing.remote('a line for the first cell', gate)"
OTHER_CALL = "second = bass.sing.remote('a line for the second cell', second_gate)"
OPEN_SECOND = (
    "ray.get([second_gate.open.remote(), second])\nprint('the second gate was opened here')"
)
OPEN_FIRST = "ray.get([gate.open.remote(), first])\nprint('the first gate was opened here')"
DRAW = "ray.get(alto.draw.remote(gate))"
END = "ray.shutdown()"


def test_lines_and_pictures_stand_below_the_cell_that_made_the_call(open_notebook) -> None:
    book = open_notebook(SETUP, CALL, OTHER_CALL, OPEN_SECOND, OPEN_FIRST, DRAW, END)
    book.run_all()
    book.output(1).filter(has_text="a line for the first cell").wait_for()
    book.output(2).filter(has_text="a line for the second cell").wait_for()
    texts = ["\n".join(book.output(index).all_inner_texts()) for index in range(5)]
    assert "Singer" in texts[1]
    assert "second" not in texts[1]
    assert "first" not in texts[2]
    assert texts[3].strip() == "the second gate was opened here"
    assert texts[4].strip() == "the first gate was opened here"
    assert book.output(5).locator("b.drawn").inner_text() == "drawn by a worker"
