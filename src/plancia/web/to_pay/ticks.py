"""Ticks: what a customer chose on the page, read from its form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.http import HttpRequest, QueryDict

from plancia.organizations.models import Organization
from plancia.subscriptions import to_pay
from plancia.subscriptions.selection import Pick

#: No page has more, and no list of ticks may be without end.
MOST = 500


@dataclass(frozen=True, slots=True)
class Ticks:
    """What is ticked. `wants_all` means all that the list has, on every page."""

    picks: Sequence[Pick]
    wants_all: bool

    @property
    def by_key(self) -> dict[str, Pick]:
        return {pick.key: pick for pick in self.picks}

    def key(self, form: UUID) -> UUID:
        """Return the key of what is ticked on a form: another choice on the same form is another payment."""
        return uuid5(form, repr(sorted((pick.key, pick.months, pick.terms) for pick in self.picks)))


def ahead(request: HttpRequest, at: datetime) -> datetime | None:
    """Return how far the list is to look: two months, unless all is asked for."""
    asked = request.POST if request.method == "POST" else request.GET
    return None if asked.get("show") == "all" else to_pay.until(at)


def read(request: HttpRequest, organization: Organization, at: datetime) -> Ticks:
    """Return what is ticked. Numbers that are none count as not said: nobody types them."""
    said = request.POST if request.method == "POST" else request.GET
    keys = list(dict.fromkeys(said.getlist("pick")))[:MOST]
    wants_all = said.get("all") == "1"
    if wants_all:
        keys = list(dict.fromkeys(keys + to_pay.keys(organization, ahead=ahead(request, at))))[:MOST]
    picks = [Pick(key, _number(said, f"months-{key}"), _number(said, f"terms-{key}") or 1) for key in keys]
    return Ticks(picks, wants_all)


def _number(said: QueryDict, name: str) -> int | None:
    text = said.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None
