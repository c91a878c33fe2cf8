from __future__ import annotations

from plancia.kit import icons


def test_an_icon_is_drawn_inline_and_skipped_by_screen_readers():
    drawing = icons.svg("globe")

    assert drawing.startswith("<svg")
    assert 'aria-hidden="true"' in drawing
    assert "<script" not in drawing and "\n" not in drawing


def test_an_icon_that_data_misspelt_breaks_no_page():
    assert icons.svg("no-such-icon") == icons.svg("circle-dashed")
