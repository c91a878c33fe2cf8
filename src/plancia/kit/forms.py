"""How forms look: one renderer, so that every field says its error the same way."""

from __future__ import annotations

from django.forms import BaseForm
from django.forms.renderers import TemplatesSetting

from plancia.kernel.refusals import Refusal


class KitRenderer(TemplatesSetting):
    """Renders `{{ form }}` and `{{ form.field.as_field_group }}` with the kit's templates."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"


def tell(form: BaseForm, refusal: Refusal) -> None:
    """Show `refusal` on the field it is about, else above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
