"""How forms look: one renderer, so that every field says its error the same way."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class KitRenderer(TemplatesSetting):
    """Renders fields with the kit's templates."""
