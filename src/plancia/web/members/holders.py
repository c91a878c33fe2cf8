"""What members and teams hold: rows of their effective rights, of the editor of rights, and of the table of roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from plancia.catalog.queries import TypeRow
from plancia.kernel import clock, ids
from plancia.kernel.pages import Page
from plancia.kit.guards import MemberRequest
from plancia.organizations import effective as rights
from plancia.organizations import queries
from plancia.organizations.effective import Effective, HeldRight
from plancia.organizations.granting import Grant, Holder, Subject
from plancia.organizations.models import Membership
from plancia.organizations.roles import BILLING, GRANTS, MAY_HAVE_BILLING, Permission, Right, Role
from plancia.subscriptions import queries as product_queries
from plancia.subscriptions.models import Subscription
from plancia.subscriptions.queries import ProductRow
from plancia.web import asked, shell

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A line of the table of roles: for each role “yes”, “billing” (with the switch) or “” (no)."""

    name: str | Promise
    answers: tuple[str, ...]


def grants() -> list[GrantRow]:
    """Return what each role may do, permission by permission."""
    return [GrantRow(one.label, tuple(_answer(role, one) for role in Role)) for one in Permission]


def _answer(role: Role, permission: Permission) -> str:
    if permission in GRANTS[role]:
        return "yes"
    return "billing" if role in MAY_HAVE_BILLING and permission in BILLING else ""


@dataclass(frozen=True, slots=True)
class EffectiveRow:
    """A product, and what somebody may do with it, and why."""

    product: ProductRow
    effective: Effective


def effective(request: MemberRequest, holder: Holder) -> Page[EffectiveRow]:
    """Return a page of the organization's products with what the member or team may do with each, and why."""
    at = clock.now()
    held = queries.held_rights(holder, at=at)
    role = Role(holder.role) if isinstance(holder, Membership) else None
    shown = _products(request, at=at)
    rows = [EffectiveRow(row, rights.on_product(role, held, _key(row.public_id), row.type_code)) for row in shown]
    return Page(rows, shown.number, shown.size, shown.total)


@dataclass(frozen=True, slots=True)
class EditorRow:
    """A subject in the editor of rights: what is granted on it, as it was typed where that is refused."""

    subject: str
    name: str
    sub: str
    icon: str
    right: str
    until: str
    error: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Editor:
    """The editor of rights: one row for each type, or for each product of a page."""

    rows: list[EditorRow]
    page: Page[ProductRow] | None

    @property
    def is_refused(self) -> bool:
        return any(row.error for row in self.rows)


def editor(request: MemberRequest, holder: Holder, *, is_by_type: bool) -> Editor:
    """Return the editor of what a member or a team holds."""
    at = clock.now()
    held = queries.held_rights(holder, at=at)
    if is_by_type:
        kinds = [kind for category in shell.contents(request).categories for kind in category.types]
        return Editor([_type_row(kind, held) for kind in kinds], None)
    shown = _products(request, at=at)
    return Editor([_product_row(row, held) for row in shown], shown)


def typed(request: MemberRequest, shown: Editor, *, at: datetime) -> tuple[dict[Subject, Grant | None], Editor]:
    """Return what was typed into the editor, and the editor with it, and with what is wrong with it."""
    wanted: dict[Subject, Grant | None] = {}
    rows = []
    for row in shown.rows:
        right = request.POST.get(f"right-{row.subject}")
        until = request.POST.get(f"until-{row.subject}", "").strip()[:20]
        if right is None or right not in {"", *Right}:
            rows.append(row)  # it was not on the page that was sent
            continue
        expires_at, error = _end_of(until, at=at) if right else (None, "")
        rows.append(replace(row, right=right, until=until, error=error))
        if not error:
            wanted[_subject(row.subject)] = Grant(Right(right), expires_at) if right else None
    return wanted, Editor(rows, shown.page)


def _products(request: MemberRequest, *, at: datetime) -> Page[ProductRow]:
    return product_queries.products(
        request.access.organization.pk,
        request.access,
        search=asked.text(request, "q"),
        page=asked.page(request),
        size=PAGE_SIZE,
        at=at,
        contents=shell.contents(request),
    )


def _type_row(kind: TypeRow, held: Sequence[HeldRight]) -> EditorRow:
    own, others = _sorted_out(held, Subject(product_type=kind.code))
    return EditorRow(f"type:{kind.code}", kind.name, "", kind.icon, *_shown(own), others=others)


def _product_row(row: ProductRow, held: Sequence[HeldRight]) -> EditorRow:
    own, others = _sorted_out(held, Subject(product_id=_key(row.public_id)), Subject(product_type=row.type_code))
    return EditorRow(
        row.public_id, row.name, f"{row.type_name} · {row.plan_name}", row.icon, *_shown(own), others=others
    )


def _sorted_out(
    held: Sequence[HeldRight], subject: Subject, *wider: Subject
) -> tuple[HeldRight | None, tuple[str, ...]]:
    """The right that the row edits, and the others that reach the same products, in words."""
    own = next((one for one in held if one.subject == subject and not one.team), None)
    reaching = [one for one in held if one.subject in (subject, *wider) and one is not own]
    return own, tuple(f"{one.right.label}: {one.reason()}" for one in reaching)


def _shown(own: HeldRight | None) -> tuple[str, str]:
    if own is None:
        return "", ""
    last_day = timezone.localtime(own.expires_at - timedelta(seconds=1)).date() if own.expires_at else None
    return own.right, last_day.isoformat() if last_day else ""


def _end_of(until: str, *, at: datetime) -> tuple[datetime | None, str]:
    """The instant after the last day, and what is wrong with it."""
    if not until:
        return None, ""
    try:
        after = date.fromisoformat(until) + timedelta(days=1)
        expires_at = timezone.make_aware(datetime.combine(after, time()))
    except (ValueError, OverflowError):
        return None, _("Please write the date like 2027-12-31.")
    if expires_at <= at:
        return None, _("The last day lies in the past.")
    return expires_at, ""


def _key(public_id: str) -> UUID:
    key = ids.parse(Subscription.prefix, public_id)
    assert key is not None
    return key


def _subject(text: str) -> Subject:
    kind, _colon, code = text.partition(":")
    return Subject(product_type=code) if kind == "type" else Subject(product_id=_key(text))
