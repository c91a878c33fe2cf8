from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import authenticate
from procrastinate.contrib.django.models import ProcrastinateJob

from plancia.accounts.models import User
from plancia.audit import trail
from plancia.bank.models import BankEntry, Payout, Suggestion
from plancia.billing.models import Document, Invoice
from plancia.catalog.models import ProductType
from plancia.demo import cast, past
from plancia.notices.models import Message
from plancia.organizations import queries as organizations
from plancia.organizations.models import Organization
from plancia.organizations.roles import Permission, Role
from plancia.outbox.models import Fact
from plancia.payments.models import Payment, Profile
from plancia.provisioning.models import ManualTask, Resource
from plancia.shop.models import Order
from plancia.subscriptions.models import Subscription

UNTIL = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.mark.slow
def test_the_past_is_whole_and_lacks_nothing(staff: None) -> None:
    # One past for all that is asked of it: it takes half a minute to build.
    told: list[str] = []
    past.build(tell=told.append, until=UNTIL)

    assert told[-1] == "checking the books"
    _is_whole()
    _has_the_cast_in_its_places()
    _lacks_nothing()
    _has_money_on_its_way()


def _is_whole() -> None:
    jobs = ProcrastinateJob.objects.count()
    untold = Fact.objects.filter(told_at=None).count()
    late = Invoice.objects.filter(issued_at__gt=UNTIL).count()
    oldest = Message.objects.order_by("written_at").values_list("written_at", flat=True)[0]
    broken = [trouble for organization in Organization.objects.all() for trouble in trail.check(organization.pk)]

    assert (jobs, untold, late, broken) == (0, 0, 0, [])
    assert not Document.objects.exists()  # rendered when somebody looks
    assert oldest >= UNTIL - timedelta(days=past.MAIL_DAYS)


def _has_the_cast_in_its_places() -> None:
    chiara, luca = User.objects.get(email=cast.CHIARA.email), User.objects.get(email=cast.LUCA.email)
    strangers = [one.email for one in cast.SIGN_INS if not authenticate(None, email=one.email, password=one.password)]
    (aurora,) = organizations.organizations_of(luca.pk)
    access = organizations.access(luca.pk, aurora.public_id, at=UNTIL)

    assert strangers == []
    assert Counter(row.role for row in organizations.organizations_of(chiara.pk)) == {
        Role.OWNER: 1,
        Role.ADMINISTRATOR: 3,
    }
    assert access is not None
    assert not access.sees_all_products
    assert not access.may(Permission.SEE_BILLING)
    assert all(access.visible_product_filter())


def _lacks_nothing() -> None:
    assert Organization.objects.count() >= 60
    assert {"CH", "LI", "IT", "DE", "FR", "ES", "US"} <= _values(Organization, "country")
    assert {"person", "company", "association", "public_body"} == _values(Organization, "kind")
    assert _values(ProductType, "code") == _values(Subscription, "product_type")
    assert _values(Subscription, "state") == {"pending", "active", "restricted", "suspended", "terminated"}
    assert Subscription.objects.filter(state="suspended", organization__name__startswith="Fondation").exists()
    assert _values(Order, "state") == {"open", "paid", "expired"}
    assert _values(Invoice, "state") == {"open", "paid", "credited"}
    assert _values(Payment, "method") == {"card", "transfer", "prepaid"}
    assert Payment.objects.filter(state="failed", method="card").exists()
    assert Invoice.objects.filter(kind="credit_note").count() >= 5
    assert Invoice.objects.filter(kind="invoice", state="open", due_on__lt=UNTIL.date()).count() >= 3
    assert Resource.objects.filter(is_settled=False).exclude(last_error="").exists()
    assert ManualTask.objects.filter(done_at=None).exists()
    assert ManualTask.objects.exclude(done_at=None).exists()
    assert max(Subscription.objects.filter(organization=one).count() for one in Organization.objects.all()) > 60
    assert len({(one.year, one.month) for one in _values(Invoice, "issued_on")}) >= 18


def _values(model: type, field: str) -> set:
    return set(model.objects.values_list(field, flat=True))


def _has_money_on_its_way() -> None:
    assert Profile.objects.filter(method="card", state="active").count() == 6
    assert Payout.objects.filter(state="waiting").count() == 2
    assert BankEntry.objects.filter(state="unmatched").count() == 2
    assert Suggestion.objects.exists()
