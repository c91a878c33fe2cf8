from __future__ import annotations

import io

import pytest

from plancia.ops import translations


def messages(template: str) -> list[tuple[str, object]]:
    return [(kind, text) for _, kind, text, _ in translations.from_template(io.BytesIO(template.encode()), (), (), {})]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{% translate "Pay now" %}', ("gettext", "Pay now")),
        ("{% trans 'It''s' %}", ("gettext", "It")),
        ('{% translate "May" context "month" %}', ("pgettext", ("month", "May"))),
        ('{% translate "100% yours" %}', ("gettext", "100%% yours")),
        ('{{ _("Save") }}', ("gettext", "Save")),
        ('{% button label=_("Buy \\"it\\"") %}', ("gettext", 'Buy "it"')),
        ("{% blocktranslate %}Hi {{ name }}{% endblocktranslate %}", ("gettext", "Hi %(name)s")),
        (
            "{% blocktranslate trimmed count n=x %}\n  one\n{% plural %}\n {{ n }}\n more {% endblocktranslate %}",
            ("ngettext", ("one", "%(n)s more")),
        ),
    ],
)
def test_a_template_gives_what_django_will_look_up(template: str, expected: tuple[str, object]) -> None:
    assert messages(template) == [expected]


def test_text_without_a_mark_is_left() -> None:
    assert messages("<p>Nothing {{ here }} {% if a %}to{% endif %} see</p>") == []


def test_the_source_has_messages() -> None:
    found = translations.missing()

    assert set(found) == set(translations.LANGUAGES)


def test_nothing_lacks_a_translation() -> None:
    assert translations.missing() == {language: [] for language in translations.LANGUAGES}
