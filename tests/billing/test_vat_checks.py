"""VAT numbers against a server that speaks as VIES does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from plancia.audit import trail
from plancia.billing import parties, vat, vat_checks
from plancia.billing.models import VatCheck
from plancia.organizations import vat_numbers
from plancia.organizations.models import Organization
from tests.billing.conftest import AT

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def company(cast) -> Organization:
    return cast["german company"]


@pytest.fixture
def vies(httpserver: HTTPServer, settings) -> HTTPServer:
    settings.VIES_URL = httpserver.url_for("")
    settings.VIES_GRACE_DAYS = 30
    return httpserver


def answers(vies: HTTPServer, *, valid: bool = True, **values: object) -> None:
    vies.expect_oneshot_request(
        "/check-vat-number", method="POST", json={"countryCode": "DE", "vatNumber": "136695976"}
    ).respond_with_json(
        {
            "countryCode": "DE",
            "vatNumber": "136695976",
            "requestDate": "2026-03-02T09:00:01.000Z",
            "valid": valid,
            "requestIdentifier": "WAPIAAAAW",
            "name": "Nordlicht GmbH",
            "address": "Hamburg",
            **values,
        }
    )


def is_silent(
    vies: HTTPServer, body: str = '{"actionSucceed":false,"errorWrappers":[{"error":"MS_UNAVAILABLE"}]}'
) -> None:
    vies.expect_oneshot_request("/check-vat-number").respond_with_response(Response(body, 500))


def tax_of(organization: Organization) -> str:
    organization.refresh_from_db()
    return str(vat.tax_for(parties.buyer(organization), on=AT.date()).category)


def test_an_answer_is_kept_with_its_time_and_asked_for_once(vies, company):
    answers(vies)

    assert vat_checks.check_due(at=AT) == 1
    assert vat_checks.check_due(at=AT + HOUR * 2) == 0

    check = VatCheck.objects.get()
    assert (check.outcome, check.asked_at, check.consultation) == ("valid", AT, "WAPIAAAAW")
    assert check.answer["name"] == "Nordlicht GmbH"
    assert tax_of(company) == "AE"
    vies.check()


def test_a_number_that_the_register_does_not_know_is_taxed_from_then_on(vies, company):
    answers(vies, valid=False, name="---")

    vat_checks.check_due(at=AT)

    assert tax_of(company) == "S"
    assert company.vat_number_state == "invalid"
    assert trail.check(company.pk) == []


@pytest.mark.parametrize(
    "body",
    [
        '{"actionSucceed":false,"errorWrappers":[{"error":"MS_UNAVAILABLE"}]}',
        "<html>Bad gateway</html>",
        "[]",
        '{"valid": "yes"}',
    ],
)
def test_while_the_register_is_silent_right_check_digits_count_for_the_grace(vies, company, body):
    is_silent(vies, body)
    assert vat_checks.check_due(at=AT) == 0
    assert tax_of(company) == "AE"

    assert vat_checks.due(at=AT + HOUR / 2) == []
    is_silent(vies, body)
    vat_checks.check_due(at=AT + 31 * DAY)

    assert tax_of(company) == "S"
    assert company.vat_number_state == "unverified"
    answers(vies)
    vat_checks.check_due(at=AT + 32 * DAY)
    assert tax_of(company) == "AE"


def test_a_number_that_was_confirmed_outlives_silence(vies, company):
    answers(vies)
    vat_checks.check_due(at=AT)
    is_silent(vies)

    vat_checks.check_due(at=AT + 91 * DAY)

    assert tax_of(company) == "AE"
    assert VatCheck.objects.count() == 2


def test_nobody_listening_is_silence(settings, company):
    settings.VIES_URL = "http://127.0.0.1:9"

    assert vat_checks.check_due(at=AT) == 0

    assert VatCheck.objects.get().outcome == "unavailable"
    assert tax_of(company) == "AE"


def test_only_numbers_of_the_union_are_asked_about_and_none_where_no_register_is_named(cast, settings):
    assert vat_checks.check_due(at=AT) == 0
    settings.VIES_URL = "http://127.0.0.1:9"

    assert [one.number for one in vat_checks.due(at=AT)] == ["DE136695976"]


def test_an_answer_about_a_number_that_was_changed_since_decides_nothing(company):
    from plancia.billing.states import VatAnswer
    from plancia.billing.vies import Answer

    vat_checks.record(organization_id=company.pk, number="DE1", answer=Answer(VatAnswer.INVALID), at=AT)

    assert tax_of(company) == "AE"


def test_without_grace_a_number_counts_when_the_register_says_so(settings):
    settings.VIES_URL, settings.VIES_GRACE_DAYS = "http://127.0.0.1:9", 0

    assert vat_numbers.state_of("DE", "DE136695976") == "unverified"
    assert vat_numbers.state_of("CH", "CHE-123.456.788 TVA") == "valid"
