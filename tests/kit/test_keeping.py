from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from plancia.kit.templatetags import keeping


@dataclass(frozen=True)
class Row:
    name: str


class Counter:
    """Says how often it was asked, so that a test sees what was drawn anew."""

    def __init__(self) -> None:
        self.asked = 0

    def once_more(self) -> int:
        self.asked += 1
        return self.asked


def test_equal_rows_are_drawn_once_and_others_anew() -> None:
    template, counter = Template("{% kept row %}{{ row.name }} {{ counter.once_more }}{% endkept %}"), Counter()

    drawn = [template.render(Context({"row": Row(name), "counter": counter})) for name in ("a", "a", "b", "a")]

    assert drawn == ["a 1", "a 1", "b 2", "a 1"]


def test_each_language_has_its_own() -> None:
    template = Template('{% kept row %}{% translate "Invoices" %}{% endkept %}')

    said = []
    for language in ("en", "it", "en"):
        with translation.override(language):
            said.append(template.render(Context({"row": Row("a")})))

    assert said == ["Invoices", "Fatture", "Invoices"]


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST", 2)
    template, counter = Template("{% kept row %}{{ counter.once_more }}{% endkept %}"), Counter()

    drawn = [template.render(Context({"row": Row(name), "counter": counter})) for name in "abca"]

    assert drawn == ["1", "2", "3", "4"]


def test_a_name_is_needed() -> None:
    with pytest.raises(TemplateSyntaxError):
        Template("{% kept %}{% endkept %}")


def test_what_a_row_says_is_still_escaped() -> None:
    template = Template("{% kept row %}{{ row.name }}{% endkept %}")

    assert template.render(Context({"row": Row("<script>")})) == "&lt;script&gt;"
