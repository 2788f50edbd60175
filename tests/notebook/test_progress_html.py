"""What stays in the saved notebook."""

from html.parser import HTMLParser

import pytest

from raylite._core.common.states import ActorState
from raylite.notebook.bars.html import progress_html
from raylite.notebook.bars.model import Bar, Phase, ProgressView
from raylite.notebook.tables.session_status import ActorRow, SessionStatus
from raylite.notebook.tables.status_view import STATE_WORDS

EVIL = "<script>alert('x')</script>&\""


class Reader(HTMLParser):
    """Collects what is written and the tags around it; fails if they do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append(data.strip())


def view(**changes) -> ProgressView:
    end = {"title": "Sampling", "phase": Phase.DONE, "fraction": 1.0, "elapsed_s": 12.0}
    return ProgressView(**{**end, **changes})


def test_without_any_style_it_is_still_a_sentence() -> None:
    texts = Reader(progress_html(view(counts="8 of 8 tasks"))).texts
    assert texts == ["Sampling", "100 %", "✓ done · 8 of 8 tasks · 12 s"]


def test_bars_are_rows_of_a_table_with_their_names_as_headers() -> None:
    html = progress_html(
        view(bars=(Bar(label="a", fraction=0.5, text="50 %"),), more="and 3 others")
    )
    reader = Reader(html)
    assert [tag for tag in reader.tags if tag.startswith("t")] == ["table", "tr", "th", "td", "td"]
    assert reader.texts[-3:] == ["a", "50 %", "and 3 others"]
    assert 'scope="row"' in html


def test_what_failed_has_a_part_of_the_bar() -> None:
    html = progress_html(view(phase=Phase.FAILED, failed_fraction=0.25, num_failed=2))
    assert "width:75.00%" in html
    assert "width:25.00%" in html
    assert "✗ 2 failed" in html


def test_text_of_the_user_stays_text() -> None:
    bar = Bar(label=EVIL, fraction=0.5, text=EVIL)
    html = progress_html(view(title=EVIL, counts=EVIL, note=EVIL, more=EVIL, bars=(bar,)))
    assert "<script" not in html
    assert Reader(html).texts.count(EVIL) == 5


def test_each_state_of_an_actor_has_a_sign_and_a_word() -> None:
    assert set(STATE_WORDS) == set(ActorState)
    assert len({sign for sign, _, _ in STATE_WORDS.values()}) == len(ActorState)


def status(*actors: ActorRow, **changes) -> SessionStatus:
    facts = {"is_running": True, "cpus_total": 2.0, "cpus_used": 1.0, "actors": actors}
    return SessionStatus(**{**facts, "workers": (("IDLE", 1),), **changes})


def actor(**changes) -> ActorRow:
    facts = {"class_name": "Counter", "name": "", "state": ActorState.ALIVE, "pid": 12}
    return ActorRow(**{**facts, "num_restarts": 0, "why": "", **changes})


def test_the_status_is_a_table_with_a_caption_and_headers() -> None:
    reader = Reader(status(actor(name="acc"))._repr_html_())
    assert reader.tags.count("caption") == 1
    assert reader.texts[0].startswith(
        "raylite: session running · 1 of 2 CPUs in use · 1 actor alive"
    )
    assert reader.texts[-5:] == ["●", "alive", "Counter", "acc", "12"]


def test_a_runtime_that_was_joined_is_named() -> None:
    alone, shared = (repr(status(runtime="/tmp/r", num_drivers=number)) for number in (1, 3))
    assert alone.startswith("raylite: joined the runtime /tmp/r · 1 of 2")
    assert shared.startswith("raylite: joined the runtime /tmp/r, shared with 2 others · 1 of 2")


def test_the_status_is_aligned_in_a_terminal() -> None:
    text = repr(status(actor(), actor(state=ActorState.DEAD, pid=None, why="it was killed")))
    assert text.splitlines()[1:] == [
        "  ● alive                Counter  -  12",
        "  ✕ dead: it was killed  Counter  -  -",
    ]


def test_restarts_are_counted() -> None:
    text = repr(status(actor(state=ActorState.RESTARTING, num_restarts=2)))
    assert "↻ restarting, 2 restarts" in text


def test_names_of_the_users_stay_text_in_the_status() -> None:
    html = status(actor(name=EVIL, class_name=EVIL, why=EVIL))._repr_html_()
    assert "<script" not in html


def test_actors_that_died_long_ago_are_only_counted() -> None:
    assert "and 7 that died before" in repr(status(num_dead_hidden=7))
    assert "and 7 that died before" in status(num_dead_hidden=7)._repr_html_()


@pytest.mark.parametrize("text", ["__repr__", "_repr_html_"])
def test_without_a_session_it_says_when_one_starts(text) -> None:
    said = getattr(SessionStatus(is_running=False), text)()
    assert "no session; it starts with the first call" in said
