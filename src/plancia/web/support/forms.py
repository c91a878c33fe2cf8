"""What customers write to support."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from plancia.support.access import HOURS
from plancia.support.requests import LONGEST


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, read: name and content. What may come is for `support.attachments` to say."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[tuple[str, bytes]]:
        """Return the files as pairs."""
        return [(str(one.name), one.read()) for one in data or []]


class MessageForm(forms.Form):
    """A message in a request, with files."""

    text = forms.CharField(label=_("Your message"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 7}))
    attached = FilesField(
        label=_("Files"), required=False, help_text=_("Up to five pictures, PDF, text or ZIP files of 10 MB each.")
    )


class RequestForm(MessageForm):
    """A new request."""

    field_order = ["subject", "product", "text", "attached"]

    subject = forms.CharField(label=_("What is it about?"), max_length=200)
    product = forms.ChoiceField(label=_("Product"), required=False)

    def __init__(self, *args: Any, products: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].choices = [("", _("None in particular")), *products]  # type: ignore[attr-defined]  # a ChoiceField


def _time(hours: int) -> str:
    days, rest = divmod(hours, 24)
    return (
        ngettext_lazy("%d hour", "%d hours", hours) % hours if rest else ngettext_lazy("%d day", "%d days", days) % days
    )


class AccessForm(forms.Form):
    """For how long staff may look."""

    hours = forms.TypedChoiceField(
        label=_("For how long?"),
        coerce=int,
        initial=24,
        choices=[(hours, _time(hours)) for hours in HOURS],
        widget=forms.RadioSelect,
    )
