"""The card of an actor: its buttons work while a cell runs, and no name breaks it."""

SETUP = """
import raylite as ray

ray.init(num_cpus=2)


@ray.remote(max_restarts=1)
class Guard:
    def watch(self):
        while True:
            pass

    def count(self, number):
        return number
"""
GUARD = "guard = Guard.options(name='guard').remote()\nguard"
WATCH = """
try:
    ray.get(guard.watch.remote())
except ray.exceptions.RayActorError as error:
    print("ended by", type(error).__name__)
"""
BAD_NAME = """<script>document.body.dataset.harmed = "yes"</script>"""
BAD = f"""
@ray.remote
class Bad:
    '''{BAD_NAME}'''

    def __repr__(self):
        raise RuntimeError("no name")

    def shout(self, words={BAD_NAME!r}):
        raise ValueError(words)

bad = Bad.options(name={BAD_NAME!r}).remote()
ray.wait([bad.shout.remote(b"x" * 10_000_000)], timeout=60)
bad
"""
CLOSED = """
from raylite.notebook.card.card import ActorCard

counted = Guard.remote()
card = ActorCard(counted)
display(card)
refs = [counted.count.remote(number) for number in range(2000)]
card.close()
print("counted", len(ray.get(refs)))
"""
END = "ray.shutdown()"


def test_the_kill_button_ends_an_actor_while_a_cell_waits_for_it(open_notebook) -> None:
    book = open_notebook(SETUP, GUARD, WATCH, END)
    for index in range(2):
        book.run(index)
        book.wait_for_cell(index)
    card = book.page.locator(".raylite-card").first
    card.get_by_text("alive", exact=True).first.wait_for()
    book.run(2)
    card.get_by_text("running", exact=True).first.wait_for()
    button = card.get_by_role("button", name="Kill")
    button.focus()
    book.page.keyboard.press("Enter")
    assert book.prompts()[2] == "[*]:"
    book.page.keyboard.press("Enter")
    book.output(2).get_by_text("ended by ActorDiedError", exact=False).wait_for()
    book.output(1).get_by_text("dead", exact=False).first.wait_for()
    book.run(3)
    book.wait_for_cell(3)


def test_names_are_shown_as_they_are_and_a_closed_card_leaves_its_html(open_notebook) -> None:
    book = open_notebook(SETUP, BAD, CLOSED, END)
    for index in range(2):
        book.run(index)
        book.wait_for_cell(index)
    card = book.page.locator(".raylite-card").first
    card.wait_for()
    assert "<script>" in card.inner_text()
    book.run(2)
    book.output(2).get_by_text("counted 2000", exact=True).wait_for()
    assert book.output(2).locator(".raylite-card").count() == 0
    assert "Guard" in book.output(2).first.inner_text()
    book.run(3)
    book.wait_for_cell(3)
    book.page.locator(".raylite-card").first.wait_for(state="detached")
    assert "<script>" in book.output(1).first.inner_text()
    assert book.page.evaluate("() => document.body.dataset.harmed") is None
