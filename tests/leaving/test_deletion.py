"""Deleting an organization: everything mended inside, races refused, and nothing left that no law keeps."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

import psycopg
import pytest
from django.db import connections
from django.db.utils import IntegrityError

from plancia.accounts.models import User
from plancia.audit import trail
from plancia.bank import payouts
from plancia.bank.models import Payout
from plancia.billing import archives, issuing, parties
from plancia.billing.issuing import LineDraft
from plancia.catalog.models import Plan
from plancia.kernel import ids, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.leaving import certificates, deletion, erasure, farewell_archives, retention
from plancia.leaving.deletion import NameDiffers, NotEmpty, WrongPassword
from plancia.leaving.models import OrganizationDeletion
from plancia.ledger import books
from plancia.notices.models import Message
from plancia.organizations import queries
from plancia.organizations.models import Membership, Organization
from plancia.organizations.roles import Role
from plancia.outbox import facts
from plancia.wallet import prepaid, withdrawing
from tests import people
from tests.dying import die_before
from tests.leaving.world import actor, ask, mails, night
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days
from tests.support.world import ask as ask_support

SECRETS = (
    "geheim-billing@aurora.example",
    "Via Segreta",
    "Zanzibar Archiv",
    "please tell nobody",
    "geheim-to@aurora.example",
)


@pytest.fixture
def full(aurora: Organization, ada: User, hosting: Plan) -> Organization:
    """Two products, an unpaid invoice, three members, 37.45 on the prepaid account."""
    Organization.objects.filter(pk=aurora.pk).update(billing_email=SECRETS[0], street=SECRETS[1], recipient=SECRETS[2])
    aurora.refresh_from_db()
    for name in ("one.it", "two.it"):
        world.buy(aurora, hosting, name=name)
    for email in ("bo@aurora.example", "cy@aurora.example"):
        people.member(aurora, people.person(email), Role.ADMINISTRATOR)
    world.top_up(aurora, "37.45")
    ask_support(aurora, ada, text=SECRETS[3])
    with facts.told_by_caller():
        issuing.issue(
            organization_id=aurora.pk,
            lines=[LineDraft("Traffic", 1, Money(1000, "EUR"), Money(1000, "EUR"))],
            purpose="extra",
            buyer=parties.buyer(aurora),
            currency="EUR",
            language="it",
            due_on=MARCH.date(),
            at=MARCH,
            actor=SYSTEM,
        )
    night(at=MARCH)
    return aurora


def steps(organization: Organization, ada: User) -> list[Callable[[], object]]:
    """Every button of the checklist in its order, and the work that follows."""
    asked = {"organization_id": organization.pk, "actor": actor(ada), "at": MARCH + days(1)}
    key = ids.new()

    def withdraw() -> None:
        withdrawing.ask(
            amount=prepaid.balance(organization),
            destination=payouts.bank_account(iban="CH9300762011623852957", holder="Ada Bianchi"),
            key=key,
            **asked,
        )

    return [
        lambda: deletion.stop_products(**asked),
        lambda: deletion.pay_invoices(**asked),
        lambda: deletion.remove_members(may_grant_owner=True, **asked),
        lambda: farewell_archives.send(email=ada.email, language="en", **asked),
        lambda: night(at=MARCH + days(1)),
        withdraw,
    ]


def mend(organization: Organization, ada: User) -> None:
    for step in steps(organization, ada):
        with facts.told_by_caller():
            step()


def delete(organization: Organization, ada: User, name: str = "Aurora Srl") -> OrganizationDeletion:
    with transaction.as_staff(), facts.told_by_caller():
        return deletion.delete(
            organization_id=organization.pk, name=name, actor=actor(ada), language="en", at=MARCH + days(2)
        )


def test_everything_is_mended_inside_whatever_dies_on_the_way_and_then_it_goes(full: Organization, ada: User) -> None:
    """Every step is killed before many of its statements, and begun again as its button is pressed again."""
    before = deletion.checklist(full, user_id=ada.pk, at=MARCH)
    assert (len(before.products), len(before.invoices), len(before.members)) == (2, 1, 2)
    assert (before.balance, before.may_pay) == (Money(3745, "EUR"), True)
    with pytest.raises(NotEmpty):
        delete(full, ada)

    deaths = [live_through(step, full) for step in steps(full, ada)]
    assert deletion.checklist(full, user_id=ada.pk, at=MARCH).is_clear
    (payout,) = Payout.objects.all()
    assert payout.amount == Money(3745 - 1220, "EUR")
    deaths += [live_through(step, full) for step in (lambda: delete(full, ada), lambda: night(at=MARCH + days(2)))]

    assert min(deaths) >= 1 and sum(deaths) >= 20
    assert not Membership.objects.filter(organization=full).exists()
    assert queries.access(ada.pk, full.public_id, at=MARCH + days(2)) is None
    assert User.objects.get(pk=ada.pk).is_active
    assert mails(ada.email).count("Your organization is deleted") == 1 == mails(ada.email).count("All your invoices")
    assert certificates.pdf(OrganizationDeletion.objects.get()).startswith(b"%PDF")
    assert books.differences() == []
    assert trail.check(full.pk) == []


def live_through(step: Callable[[], object], organization: Organization) -> int:
    """Let a step be killed before every thirteenth of its statements, until it lives; return how often it died."""

    def act() -> None:
        with facts.told_by_caller():
            step()

    for deaths, number in enumerate(itertools.count(2, 13)):
        if not die_before(number, act):
            return deaths
        assert books.differences() == []
    raise AssertionError("it counts for ever")


def test_of_what_was_erased_no_table_tells_except_those_the_law_keeps(
    full: Organization, ada: User, superuser: psycopg.Connection
) -> None:
    mend(full, ada)
    with facts.told_by_caller():
        farewell_archives.send(
            organization_id=full.pk, email=SECRETS[4], language="en", actor=actor(ada), at=MARCH + days(2)
        )
    delete(full, ada)
    # Told only now: the mail is still written, and the night after it forgets to whom.
    night(at=MARCH + days(2))
    assert mails(SECRETS[4]) == ["All your invoices"]
    retention.run(at=MARCH + days(400))

    hits = scan(superuser, SECRETS)

    assert {table for table in hits if not erasure.is_kept(table)} == set()
    assert "organizations_organization" not in hits
    assert hits.keys() <= {"billing_invoice", "billing_document", "audit_entry"}


def test_every_table_of_an_organization_is_erased_or_kept_with_a_reason(superuser: psycopg.Connection) -> None:
    rows = superuser.execute(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'"
        " join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'public' and c.relkind = 'r' and not a.attisdropped"
    ).fetchall()

    unnamed = {name for (name,) in rows if not erasure.is_kept(name) and name not in erasure.tables_deleted()} - {
        "support_feedback"
    }
    assert unnamed == set()


def test_it_takes_the_right_name_and_the_right_password(full: Organization, ada: User) -> None:
    mend(full, ada)

    with pytest.raises(NameDiffers):
        delete(full, ada, name="Aurora")
    with pytest.raises(WrongPassword):
        deletion.check_password(ada, "guess")
    delete(full, ada, name="  Aurora   Srl ")
    with pytest.raises((NotEmpty, NameDiffers)):
        delete(full, ada)


def test_who_joins_while_it_is_deleted_is_refused(full: Organization, ada: User) -> None:
    """The deletion holds its lock while somebody joins: she waits, and then finds the organization gone."""
    mend(full, ada)
    eve, outcomes = people.person("eve@x.example"), []
    started = threading.Event()

    def join() -> None:
        started.set()
        try:
            with transaction.as_staff(), transaction.atomic():
                Membership.objects.create(organization=full, user=eve, role="external", joined_at=MARCH)
            outcomes.append("joined")
        except IntegrityError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    thread = threading.Thread(target=join)
    with transaction.as_staff(), transaction.atomic():
        delete(full, ada)
        thread.start()
        started.wait()
        # It can be decided only after us: either it waits for our lock, or it has not come to it yet.
        assert outcomes == []
    thread.join()

    assert outcomes == ["refused"]


def test_what_has_come_meanwhile_stands_in_the_way(full: Organization, ada: User) -> None:
    mend(full, ada)
    world.top_up(full, "1.00", at=MARCH + days(1))

    with pytest.raises(NotEmpty):
        delete(full, ada)


def test_stopping_twice_and_after_a_wish_is_stopping_once(full: Organization, ada: User) -> None:
    held = deletion.checklist(full, user_id=ada.pk, at=MARCH).products
    ask(full, ada, held[0], at=MARCH)

    for _time in range(2):
        deletion.stop_products(organization_id=full.pk, actor=actor(ada), at=MARCH + days(1))

    assert {world.fresh(one).state for one in held} == {"terminated"}


def test_all_invoices_go_out_by_a_link_that_lives_for_a_while(full: Organization, ada: User) -> None:
    with facts.told_by_caller():
        archive = farewell_archives.send(
            organization_id=full.pk, email=ada.email, language="en", actor=actor(ada), at=MARCH
        )
    night(at=MARCH)
    archives.render_due(at=MARCH)

    assert certificates.archive(certificates.archive_token(archive)).pk == archive.pk
    with pytest.raises(certificates.ArchiveLinkOver):
        certificates.archive("arc_nonsense~x~y")
    assert Message.objects.filter(subject="All your invoices", recipients=[ada.email]).count() == 1


def scan(superuser: psycopg.Connection, secrets: tuple[str, ...]) -> dict[str, int]:
    """Look for words in every column of every table; return the tables with rows that have one."""
    names = superuser.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
    hits: dict[str, int] = {}
    for (name,) in names:
        condition = " or ".join(["t::text ilike %s"] * len(secrets))
        query = f'select count(*) from "{name}" t where {condition}'
        (number,) = superuser.execute(query, [f"%{secret}%" for secret in secrets]).fetchone()
        if number:
            hits[name] = number
    return hits
