from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from plancia.support import trust
from plancia.support.trust import TrustWrong


def test_the_bundled_data_are_whole_in_five_languages() -> None:
    found = trust.read()

    assert [one.standard for one in found.certificates] == ["ISO 9001", "ISO 14001", "ISO/IEC 27001", "ISO 50001"]
    assert [one.standard for one in (*found.preparing, *found.not_planned)] == ["PCI DSS", "HDS"]
    for texts in [one.scopes for one in found.certificates] + [one.places for one in found.data_centres]:
        assert set(texts) == {"en", "it", "fr", "de", "es"}


def test_a_certificate_holds_while_it_is_valid() -> None:
    one = trust.read().certificates[0]

    assert one.holds(one.valid_until) and not one.holds(date(2028, 3, 1))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("[security]\ncontact = 'x'\n", "languages"), ("no toml", "Expected"), ("[[certificates]]\n", "security")],
)
def test_a_file_that_is_wrong_says_what(settings, tmp_path: Path, text: str, wrong: str) -> None:
    settings.TRUST = tmp_path / f"{abs(hash(text))}.toml"
    Path(settings.TRUST).write_text(text)

    with pytest.raises(TrustWrong, match=wrong):
        trust.read()
