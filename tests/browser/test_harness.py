"""The tools of these tests find what they look for: a checker that finds nothing proves nothing."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.accessibility import serious_findings
from tests.browser.labdriver import DARK, HIGH_CONTRAST, LIGHT
from tests.browser.onscreen import delays_ms, sightings, watch_for


@pytest.fixture
def page(chromium: Browser):
    page = chromium.new_page()
    yield page
    page.close()


def test_a_picture_without_words_and_a_pale_text_are_found(page: Page) -> None:
    page.set_content(
        """<div class="checked"><img src="data:,"><p style="color:#aaa">pale</p></div>
        <div class="good"><img src="data:," alt="a dot"><p>dark</p></div>"""
    )
    found = serious_findings(page, ".checked")
    assert {line.split()[0] for line in found} == {"image-alt", "color-contrast"}
    assert not serious_findings(page, ".good")


def test_nothing_to_check_is_no_success(page: Page) -> None:
    page.set_content("<p>elsewhere</p>")
    with pytest.raises(LookupError, match="nothing to check"):
        serious_findings(page, ".raylite")


def test_each_new_text_is_seen_with_its_time(page: Page) -> None:
    page.set_content("<p class='state'>PENDING</p>")
    watch_for(page, ".state")
    page.evaluate(
        """() => new Promise(done => requestAnimationFrame(() => {
            document.querySelector(".state").textContent = "ALIVE";
            requestAnimationFrame(done);
        }))"""
    )
    seen = sightings(page)
    assert [text for text, _ in seen] == ["PENDING", "ALIVE"]
    (delay,) = delays_ms([("ALIVE", seen[1][1] - 0.25), ("DEAD", 0.0)], seen)
    assert delay == pytest.approx(250, abs=1)


def test_raylite_is_used_in_notebook_7_in_every_theme(open_notebook, notebook7) -> None:
    book = open_notebook("import raylite\nprint('imported', raylite.__name__)", server=notebook7)
    book.run_all()
    assert book.output(0).inner_text().strip() == "imported raylite"
    for theme in (DARK, HIGH_CONTRAST, LIGHT):
        book.use_theme(theme)
