from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from plancia.knowledge import markup

AROUND = markup.Surroundings(
    language="it",
    article_url=lambda number: f"/help/it/{number}-x/",
    screen_url=lambda name: f"/help/screen/{name}/",
    attachments={
        "a.png": "/f/a.png",
        "b.it.light.png": "/f/b-light",
        "b.it.dark.png": "/f/b-dark",
        "film.mp4": "/f/film",
        "film.it.vtt": "/f/vtt",
    },
)


def render(text: str) -> str:
    with translation.override("en"):
        return str(markup.render(text, AROUND))


def test_links_lead_to_articles_screens_and_elsewhere():
    html = render("[a](article:12#how) [b](screen:prepaid) [c](https://example.com/)")

    assert '<a href="/help/it/12-x/#how">a</a>' in html
    assert '<a href="/help/screen/prepaid/">b</a>' in html
    assert '<a href="https://example.com/" rel="noopener noreferrer">c</a>' in html


def test_blocks_have_a_title_of_their_own_or_the_usual_one():
    html = render("::: warning\nHot.\n:::\n\n::: note Did you know?\nCold.\n:::\n")

    assert '<aside class="callout callout--warning"><p class="callout__title">Careful</p>' in html
    assert "Did you know?" in html


def test_a_picture_alone_is_a_figure_with_its_caption_in_both_themes():
    html = render('![The button](b.png "Press here")')

    assert html.startswith('<figure class="figure"><img class="figure__picture figure__light" src="/f/b-light"')
    assert 'class="figure__picture figure__dark" src="/f/b-dark"' in html
    assert '<figcaption class="figure__caption">Press here</figcaption>' in html


def test_a_video_has_captions_and_loads_nothing_by_itself():
    html = render("::: video film.mp4 captions=film.it.vtt\nWhat is seen.\n:::\n")

    assert '<video controls="" preload="none" src="/f/film">' in html
    assert 'kind="captions"' in html and 'srclang="it"' in html
    assert "What is seen." in html


def test_a_video_elsewhere_is_a_link_that_says_so():
    html = render("::: video https://films.example/7\nWhat is seen.\n:::\n")

    assert "<video" not in html and "<iframe" not in html
    assert 'rel="noopener noreferrer" href="https://films.example/7"' in html
    assert "films.example learns that you watch it" in html


def test_headings_have_anchors_and_wide_tables_scroll():
    text = "## How?\n\n## How?\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"

    assert [one.anchor for one in markup.headings(text)] == ["how", "how-more"]
    assert '<h2 id="how">' in render(text)
    assert 'role="region"' in render(text)
    assert render("| | b |\n|---|---|\n| 1 | 2 |\n").count("<th>") == 1


def test_what_stands_in_bold_is_found_with_its_line():
    assert markup.bold("Open **Accounting → To *pay***,\nthen\n\n- **Pay**") == [(1, "Accounting → To pay"), (4, "Pay")]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>1</script>)",
        '![x](a.png" onerror="alert(1))',
        '![x" onerror="alert(1)](a.png)',
        '::: warning <img src=x onerror="alert(1)">\n:::\n',
        '::: video https://a.example/"><script>\n:::\n',
        '[x](article:1"onclick="a)',
        "<a href='x' style='position:fixed'>x</a>",
        "## <svg onload=alert(1)>",
    ],
)
def test_nothing_an_author_writes_runs(text):
    _is_harmless(render(text))


@given(st.text(alphabet="<>\"'=:/()[]!#*`| \nabonclickscript:", max_size=60))
def test_no_text_makes_other_tags_than_ours(text):
    _is_harmless(render(text))


def _is_harmless(html: str) -> None:
    import lxml.html

    for element in lxml.html.fragment_fromstring(html, create_parent=True).iter():
        assert element.tag not in {"script", "iframe", "svg", "object", "style", "form"}
        assert not any(name.startswith("on") for name in element.attrib)
        assert not str(element.attrib.get("href", "")).startswith(("javascript", "data"))
