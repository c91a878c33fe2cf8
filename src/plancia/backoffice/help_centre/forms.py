"""What staff write for the help centre."""

from __future__ import annotations

from datetime import date

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from plancia.knowledge import editing
from plancia.knowledge.editing import Draft


class TextForm(forms.Form):
    """One language of an article."""

    title = forms.CharField(label=_("Title"), max_length=120)
    summary = forms.CharField(
        label=_("Summary"), max_length=300, help_text=_("One sentence; shown in lists and to search engines.")
    )
    keywords = forms.CharField(
        label=_("Other words for it"),
        max_length=500,
        required=False,
        help_text=_("Words that readers use and the text does not, with commas between them."),
    )
    body = forms.CharField(
        label=_("Text"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "class": "input mono", "spellcheck": "true"}),
        help_text=_(
            "Markdown. A numbered list is steps; “::: warning” opens a block and “:::” closes it; "
            "[words](article:1010) links an article."
        ),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def draft(self, *, today: date) -> Draft:
        """Return what the form says."""
        data = self.cleaned_data
        return Draft(
            title=" ".join(data["title"].split()),
            summary=" ".join(data["summary"].split()),
            keywords=[word for part in data["keywords"].split(",") if (word := " ".join(part.split()))],
            body=data["body"],
            updated_on=today,
        )


class TranslationForm(TextForm):
    """An article in one more language."""

    language = forms.ChoiceField(label=_("Language"))
    field_order: tuple[str, ...] = ("language",)

    def __init__(self, *args: object, taken: frozenset[str] = frozenset(), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        language = self.fields["language"]
        language.choices = [one for one in settings.LANGUAGES if one[0] not in taken]  # type: ignore[attr-defined]  # a choice field's


class NewArticleForm(TranslationForm):
    """An article that is begun in the back office."""

    category = forms.ChoiceField(label=_("Category"))
    field_order = ("category", "language")

    def __init__(self, *args: object, language: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        shelves = [(str(row.pk), row.names.get(language, row.code)) for row in editing.categories()]
        self.fields["category"].choices = shelves  # type: ignore[attr-defined]  # a choice field's
