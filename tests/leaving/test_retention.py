"""Retention: rules as data, erased in batches, whatever is held back, repeated, at once or killed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import DatabaseError
from django.test import override_settings

from plancia.accounts.models import Activity, User
from plancia.audit import trail
from plancia.audit.models import Entry
from plancia.billing import documents
from plancia.billing.models import Invoice
from plancia.catalog.models import Plan
from plancia.kernel import tenancy, transaction
from plancia.leaving import deletion, holds, retention
from plancia.leaving.holds import HeldAlready, HoldEnds, HoldOver, HoldUnreasoned, OnHold
from plancia.leaving.models import LegalHold, RetentionReport, RetentionRun
from plancia.ledger import books
from plancia.notices.models import Message
from plancia.organizations.models import Organization
from tests import people, racing
from tests.dying import die_before
from tests.leaving.world import actor
from tests.subscriptions import world
from tests.subscriptions.world import CLERK, MARCH, days

BUNDLED = Path(retention.__file__).with_name("retention.toml")


def write(number: int, organization: Organization | None = None, *, at: datetime = MARCH) -> None:
    Message.objects.bulk_create(
        Message(
            organization_id=organization and organization.pk,
            sender="us@provider.example",
            recipients=["ada@aurora.example"],
            subject=f"{place}",
            text="Dear Ada",
            written_at=at,
        )
        for place in range(number)
    )


def erased(run: RetentionRun) -> dict[str, int]:
    return dict(RetentionReport.objects.filter(run=run).values_list("table", "rows"))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[mail]", "[post]", "mail: is missing"),
        ("[carts]", "[poems]\ndays = 3\n\n[carts]", "poems: is not known"),
        ("days = 60", 'days = "60"', "carts.days: is a whole number of days, not '60'"),
        ("days = 60", "days = -1", "carts.days: is a whole number of days, not -1"),
        ("days = 60", "days = 60\nyears = 1", "carts: needs either years or days"),
        ("days = 60", "days = 60\nhours = 1", "carts.hours: is not known"),
        ("DE = 8", "Germany = 8", "documents.countries.Germany: is no country's code"),
        ("DE = 8", "DE = true", "documents.countries.DE: is a whole number of years, not True"),
        ("days = 60", "days = 60\ncountries = { IT = 9 }", "carts.countries: belongs to nobody whose country is known"),
        ("[carts]", "[carts", "cannot be read"),
    ],
)
def test_what_is_wrong_with_the_rules_is_said_with_file_and_key(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(BUNDLED.read_text().replace(old, new))

    with override_settings(RETENTION=file), pytest.raises(ImproperlyConfigured) as told:
        retention.rules()

    assert str(told.value).startswith(f"{file}: ") and complaint in str(told.value)


def test_after_as_many_years_as_the_law_says_an_invoice_forgets_who_got_it_and_nothing_else(
    aurora: Organization, ada: User, hosting: Plan
) -> None:
    hamburg = people.borea(ada)
    Organization.objects.filter(pk=hamburg.pk).update(country="DE")
    hamburg.refresh_from_db()
    for organization in (aurora, hamburg):
        world.buy(organization, hosting, name=f"{organization.public_id}.example")
    italian, german = (Invoice.objects.get(organization=one) for one in (aurora, hamburg))
    for invoice in (italian, german):
        documents.pdf(invoice)
    before = {row["id"]: row for row in Invoice.objects.values()}

    assert "billing_invoice" not in erased(retention.run(at=datetime(2034, 12, 31, 22, tzinfo=UTC)))
    assert erased(retention.run(at=datetime(2035, 1, 1, 3, tzinfo=UTC)))["billing_invoice"] == 1
    after = {row["id"]: row for row in Invoice.objects.values()}
    assert after[italian.pk] == before[italian.pk]
    assert after[german.pk] == before[german.pk] | {"buyer": {"name": "–", "country": "DE", "kind": "company"}}
    assert erased(retention.run(at=datetime(2036, 12, 31, 22, tzinfo=UTC))).keys().isdisjoint({"billing_invoice"})
    last = erased(retention.run(at=datetime(2037, 1, 1, 3, tzinfo=UTC)))

    # The file was made today, whatever day it is, and has its time from then.
    assert last["billing_invoice"] == 1 and last["audit_entry"] > 0
    assert erased(retention.run(at=datetime(2037, 1, 1, 3, tzinfo=UTC))) == {}
    assert not Entry.objects.exclude(details={}).exists() and not Entry.objects.exclude(ip="").exists()
    assert books.differences() == []
    assert trail.check(aurora.pk) == [] == trail.check(hamburg.pk)
    assert documents.render(Invoice.objects.get(pk=italian.pk)).startswith(b"%PDF")


def test_nobody_but_retention_makes_the_database_forget(db: None) -> None:
    aurora = people.aurora(people.person("ada@aurora.example"))

    # The web may say what it likes; staff have to say before when.
    with pytest.raises(DatabaseError, match="append-only"), tenancy.within(aurora.pk):
        with transaction.connection().cursor() as cursor:
            cursor.execute("select set_config('app.forgets_before', '2099-01-01', true)")
        Entry.objects.update(ip="")
    with pytest.raises(DatabaseError, match="append-only"), transaction.as_staff(), transaction.atomic():
        Entry.objects.update(ip="")


def test_a_rule_erases_what_is_past_in_batches_and_the_dry_run_says_so_before(aurora: Organization) -> None:
    write(7, aurora)
    write(2, None)
    write(3, aurora, at=MARCH + days(30))
    at = MARCH + days(366)

    (foretold,) = [one for one in retention.due(at=at) if one.table == "notices_message"]
    assert (foretold.rows, foretold.until) == (9, MARCH + days(1))
    assert Message.objects.count() == 12 and not RetentionRun.objects.exists()

    run = retention.run(at=at, batch=4)
    assert erased(run)["notices_message"] == 9 and run.ended_at and not run.has_failed
    assert Message.objects.count() == 3
    assert "notices_message" not in erased(retention.run(at=at))


def test_two_runs_at_once_erase_every_row_once(aurora: Organization) -> None:
    write(40, aurora)

    with transaction.as_staff():
        racing.at_once(3, lambda _place: _run_as_staff(batch=3))

    assert not Message.objects.exists()
    counted = RetentionReport.objects.filter(table="notices_message").values_list("rows", flat=True)
    assert sum(counted) == 40


def _run_as_staff(batch: int) -> None:
    with transaction.as_staff():
        retention.run(at=MARCH + days(400), batch=batch)


def test_a_run_that_is_killed_has_done_what_it_says_and_the_next_goes_on(aurora: Organization) -> None:
    def act() -> None:
        retention.run(at=MARCH + days(400), batch=2)

    write(9, aurora)
    killed = 0
    # Statements in the midst of it: which one hits a batch of mails does not matter, as all of them do in the end.
    for number in (2, 30, 60, 90, 120, 160):
        killed += die_before(number, act)
        told = sum(RetentionReport.objects.filter(table="notices_message").values_list("rows", flat=True))
        assert told + Message.objects.count() == 9
    act()

    assert killed >= 4 and RetentionRun.objects.filter(ended_at=None).count() == killed
    assert sum(RetentionReport.objects.filter(table="notices_message").values_list("rows", flat=True)) == 9
    assert not Message.objects.exists()


def test_what_cannot_be_erased_of_one_table_does_not_keep_the_others(
    aurora: Organization, ada: User, superuser: psycopg.Connection
) -> None:
    write(2, aurora)
    Activity.objects.create(user=ada, at=MARCH, action="signed_in", ip="192.0.2.7", agent="", details={})
    superuser.execute("create function stop() returns trigger language plpgsql as $$ begin raise 'stop'; end $$")
    superuser.execute("create trigger stop before delete on accounts_activity execute function stop()")
    try:
        run = retention.run(at=MARCH + days(400))
    finally:
        superuser.execute("drop function stop() cascade")

    assert run.has_failed and run.ended_at
    assert (Message.objects.count(), Activity.objects.filter(at=MARCH).count()) == (0, 1)


def test_what_is_held_back_stays_until_the_hold_is_over(aurora: Organization, ada: User) -> None:
    write(2, aurora)
    Activity.objects.create(user=ada, at=MARCH, action="signed_in", ip="192.0.2.7", agent="", details={})
    until = MARCH + days(800)
    on_it = holds.begin(organization_id=aurora.pk, reason="Tribunale di Milano, 123/26", actor=CLERK, at=MARCH)
    holds.begin(user_id=ada.pk, reason="The same", ends_at=until, actor=CLERK, at=MARCH)

    retention.run(at=MARCH + days(400))
    assert (Message.objects.count(), Activity.objects.filter(at=MARCH).count()) == (2, 1)

    holds.end(hold_id=on_it.pk, actor=CLERK, at=MARCH + days(401))
    retention.run(at=MARCH + days(402))
    assert (Message.objects.count(), Activity.objects.filter(at=MARCH).count()) == (0, 1)
    retention.run(at=until)
    assert Activity.objects.filter(at=MARCH).count() == 0
    assert Entry.objects.filter(action__startswith="legal_hold.").count() == 2


def test_a_hold_says_why_ends_later_and_once_and_keeps_an_organization_from_being_deleted(
    aurora: Organization, ada: User
) -> None:
    def begin(reason: str = "A claim", ends_at: datetime | None = None) -> LegalHold:
        return holds.begin(organization_id=aurora.pk, reason=reason, ends_at=ends_at, actor=CLERK, at=MARCH)

    for wrong, arguments in ((HoldUnreasoned, {"reason": " "}), (HoldEnds, {"ends_at": MARCH})):
        with pytest.raises(wrong):
            begin(**arguments)
    outcomes = racing.at_once(3, lambda _place: _begin_as_staff(aurora))
    assert outcomes == ["done", "held_already", "held_already"]
    with pytest.raises(HeldAlready):
        begin()

    assert not deletion.checklist(aurora, user_id=ada.pk, at=MARCH).is_clear
    with pytest.raises(OnHold):
        deletion.delete(organization_id=aurora.pk, name=aurora.name, actor=actor(ada), language="en", at=MARCH)

    (hold,) = LegalHold.objects.all()
    holds.end(hold_id=hold.pk, actor=CLERK, at=MARCH + timedelta(hours=1))
    with pytest.raises(HoldOver):
        holds.end(hold_id=hold.pk, actor=CLERK, at=MARCH + timedelta(hours=2))
    assert deletion.checklist(aurora, user_id=ada.pk, at=MARCH + timedelta(hours=1)).is_clear


def _begin_as_staff(aurora: Organization) -> None:
    with transaction.as_staff():
        holds.begin(organization_id=aurora.pk, reason="A claim", actor=CLERK, at=MARCH)
