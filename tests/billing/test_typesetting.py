from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plancia.billing import typesetting


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë Müller-Ørsted", "Zoë Müller-Ørsted"),
        ("e\u0301", "é"),
        ("Bäckerei 🎉", "Bäckerei □"),
        ("日本", "□□"),
        ("مرحبا", "مرحبا"),
        ("שלום", "שלום"),
        ("Ελλάδα Россия", "Ελλάδα Россия"),
        ("a\nb\tc", "a b c"),
        ("file\u202efdp.exe", "filefdp.exe"),
        ("👨‍👩‍👧", "□□□"),
        ("*b* _i_ #let x = 1 $a$ <script>", "*b* _i_ #let x = 1 $a$ <script>"),
    ],
)
def test_text_is_shown_as_our_fonts_can(text: str, shown: str):
    assert typesetting.presentable(text) == shown


def test_a_word_longer_than_a_line_may_break_and_others_stay_whole():
    assert typesetting.breakable("x" * 40).replace("\u200b", "") == "x" * 40
    assert max(len(piece) for piece in typesetting.breakable("x" * 500).split("\u200b")) == 16
    assert typesetting.breakable("an-address@example.com and more") == "an-address@example.com and more"


@settings(max_examples=200)
@given(st.text())
def test_whatever_is_typed_every_character_left_has_a_shape(text: str):
    shown = typesetting.presentable(text)

    assert all(ord(character) in typesetting._coverage() or character == " " for character in shown)
