from __future__ import annotations

import pytest

from plancia.accounts.models import User
from plancia.catalog.models import Plan
from plancia.kernel.actors import SYSTEM
from plancia.leaving import declarations
from plancia.leaving.declarations import DeclarationSettled, Kind, NoSuchProduct
from plancia.leaving.models import CancellationRequest, Declaration
from plancia.organizations.models import Organization
from plancia.organizations.roles import Role
from plancia.outbox import delivery, facts
from tests import people
from tests.leaving.world import mails
from tests.subscriptions import world
from tests.subscriptions.world import MARCH


@pytest.fixture
def german(ada: User) -> Organization:
    return people.company(ada, "Nordlicht GmbH", country="DE", city="Kiel", postcode="24103", street="Am Kai")


def declare(product: str, email: str, kind: Kind = Kind.ORDINARY) -> Declaration:
    with facts.told_by_caller():
        made = declarations.declare(
            kind=kind, name="Ada Bianchi", email=email, product=product, reason="", language="en", at=MARCH
        )
        delivery.tell_untold(at=MARCH)
    made.refresh_from_db()
    return made


def test_what_is_clear_is_carried_out_at_once_where_no_link_may_be_asked(german, ada: User, hosting: Plan) -> None:
    held = world.buy(german, hosting, name="nordlicht.de")

    made = declare("Nordlicht.DE ", ada.email)

    assert made.settled_at == MARCH and made.subscription_id == held.pk
    assert held.cancellations.get().effective_at == held.paid_until
    assert set(mails(ada.email)[-2:]) == {"We have received your declaration", "Cancelled: nordlicht.de"}


def test_elsewhere_it_waits_for_the_link(aurora: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)

    declare(held.public_id, ada.email.upper())

    assert CancellationRequest.objects.get().is_open
    assert held.cancellations.count() == 0


@pytest.mark.parametrize("product", ["aurora.it", "nobody.it", "", "sub_nonsense"])
def test_what_is_not_clear_waits_for_staff_and_its_author_learns_nothing(
    german: Organization, hosting: Plan, product: str
) -> None:
    held = world.buy(german, hosting)

    made = declare(product, "stranger@example.com")

    assert made.settled_at is None
    assert held.cancellations.count() == 0
    assert mails("stranger@example.com") == ["We have received your declaration"]


def test_a_member_who_may_not_cancel_does_not_by_the_form(german: Organization, hosting: Plan) -> None:
    bo = people.person("bo@example.com")
    people.member(german, bo, Role.COLLABORATOR)
    held = world.buy(german, hosting)

    assert declare(held.public_id, bo.email).settled_at is None


def test_of_two_products_of_a_name_none_is_guessed(german: Organization, ada: User, hosting: Plan) -> None:
    world.buy(german, hosting, name="kiel.de")
    world.buy(german, hosting, name="kiel.de")

    assert declare("kiel.de", ada.email).settled_at is None


@pytest.mark.parametrize("kind", [Kind.EXTRAORDINARY, Kind.WITHDRAWAL])
def test_other_kinds_are_for_staff(german: Organization, ada: User, hosting: Plan, kind: Kind) -> None:
    held = world.buy(german, hosting)

    assert declare(held.public_id, ada.email, kind).settled_at is None
    assert held.cancellations.count() == 0


def test_staff_deal_with_one_once(german: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(german, hosting)
    made = declare("my website", ada.email)

    with pytest.raises(NoSuchProduct):
        declarations.settle(declaration_id=made.pk, product="sub_x", actor=SYSTEM, at=MARCH)
    declarations.settle(declaration_id=made.pk, product=held.public_id, actor=SYSTEM, at=MARCH)

    assert held.cancellations.count() == 1
    with pytest.raises(DeclarationSettled):
        declarations.settle(declaration_id=made.pk, product="", actor=SYSTEM, at=MARCH)
