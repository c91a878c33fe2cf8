"""Tags and filters that pages are made with."""

from __future__ import annotations

from django import template

register = template.Library()
