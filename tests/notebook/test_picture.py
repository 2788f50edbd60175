"""A drawing is carried inside its own address."""

from base64 import b64decode

import pytest

from raylite.notebook.live.picture import picture_html

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg"><text>π</text></svg>'


def test_the_drawing_is_in_the_address_and_the_sentence_beside_it() -> None:
    html = picture_html(DRAWING, 'A "till" <sold> 3', 200, 60)
    address = html.split('src="', 1)[1].split('"', 1)[0]
    head, data = address.split(",", 1)
    assert head == "data:image/svg+xml;base64"
    assert b64decode(data).decode() == DRAWING
    assert 'alt="A &quot;till&quot; &lt;sold&gt; 3"' in html
    assert 'width="200" height="60"' in html


def test_a_drawing_that_no_browser_would_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="does not say xmlns"):
        picture_html("<svg></svg>", "nothing", 1, 1)
