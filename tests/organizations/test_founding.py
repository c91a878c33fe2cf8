from __future__ import annotations

import pytest

from plancia.audit import trail
from plancia.kernel import tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.organizations import founding
from plancia.organizations.models import Membership, Organization
from plancia.organizations.roles import Role
from plancia.organizations.states import Kind, VatNumberState
from plancia.organizations.vat_numbers import VatNumberRefused
from plancia.outbox.models import Fact
from tests.people import MORNING, person


def found(**fields: object) -> Organization:
    return founding.found(**{"country": "IT", "language": "it", "actor": SYSTEM, "at": MORNING, **fields})


def test_a_person_gives_the_organization_her_own_name(db):
    ada = person("ada@example.com", "Ada", "Bianchi")

    organization = found(user=ada, kind=Kind.PERSON)

    assert organization.name == organization.recipient == "Ada Bianchi"
    assert organization.billing_email == "ada@example.com"


def test_a_person_may_order_under_another_name(db):
    organization = found(user=person("ada@example.com"), kind=Kind.PERSON, first_name=" Béa ", last_name="Rossi")

    assert organization.name == "Béa Rossi"


def test_a_company_has_its_legal_name(db):
    ada = person("ada@example.com")

    organization = found(user=ada, kind=Kind.COMPANY, legal_name="Aurora Srl", vat_number="00743110157")

    assert organization.name == "Aurora Srl"
    assert organization.vat_number == "IT00743110157"
    assert organization.vat_number_state == VatNumberState.VALID
    assert organization.vat_number_checked_at == MORNING


def test_without_a_name_nothing_is_founded(db):
    ada = person("ada@example.com")

    with pytest.raises(founding.NameMissing):
        found(user=ada, kind=Kind.COMPANY, legal_name="  ")

    with transaction.as_staff():
        assert not Organization.objects.exists()


def test_a_name_that_no_document_has_room_for_is_refused(db):
    ada = person("ada@example.com")

    with pytest.raises(founding.NameTooLong) as refused:
        found(user=ada, kind=Kind.COMPANY, legal_name="A" * 500)

    assert "500" in str(refused.value)


def test_a_wrong_vat_number_founds_nothing(db):
    ada = person("ada@example.com")

    with pytest.raises(VatNumberRefused):
        found(user=ada, kind=Kind.COMPANY, legal_name="Aurora Srl", vat_number="IT00743110158")

    with transaction.as_staff():
        assert not Organization.objects.exists()


@pytest.mark.parametrize(("country", "currency"), [("CH", "CHF"), ("LI", "CHF"), ("IT", "EUR"), ("US", "EUR")])
def test_the_country_decides_the_currency(db, country: str, currency: str):
    assert found(user=person("ada@example.com"), kind=Kind.PERSON, country=country).currency == currency


def test_the_founder_is_the_owner_and_the_trail_says_so(db):
    ada = person("ada@example.com")

    organization = found(user=ada, kind=Kind.PERSON)

    with transaction.as_staff():
        membership = Membership.objects.get(organization=organization)
        assert (membership.user_id, membership.role) == (ada.pk, Role.OWNER)
        assert trail.check(organization.pk) == []
        assert {fact.name for fact in Fact.objects.all()} == {"organization.founded", "member.joined"}


def test_the_web_goes_on_in_the_organization_that_it_founded(db):
    ada = person("ada@example.com")

    with transaction.atomic():
        tenancy.enter_user(ada.pk)
        organization = found(user=ada, kind=Kind.PERSON)
        seen = [row.pk for row in Organization.objects.all()]

    assert seen == [organization.pk]
