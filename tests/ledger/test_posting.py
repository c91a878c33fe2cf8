from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.money import Money
from plancia.ledger import accounts, books, posting, queries
from plancia.ledger.models import Account, Entry, Kind, Transaction
from plancia.ledger.posting import AlreadyPosted, InsufficientFunds, Leg, Posting
from tests.racing import at_once

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
BANK = accounts.heading("test-bank", kind=Kind.ASSET)
PURSE = accounts.heading(
    "test-purse", kind=Kind.LIABILITY, is_of_organization=True, tracks_balance=True, is_floored=True
)
OWED = accounts.heading("test-owed", kind=Kind.ASSET, is_of_organization=True, tracks_balance=True)


def chf(minor: int) -> Money:
    return Money(minor, "CHF")


def purse(organization: UUID, currency: str = "CHF") -> str:
    return PURSE.code(ids.public("org", organization), currency)


def owed(organization: UUID) -> str:
    return OWED.code(ids.public("org", organization), "CHF")


def put(organization: UUID, minor: int, reference: str = "put") -> Transaction:
    """Put money from the bank into the organization's purse."""
    return posting.post(
        reference=reference,
        legs=[Leg("test-bank:CHF", chf(minor)), Leg(purse(organization), chf(-minor))],
        organization_id=organization,
        at=AT,
    )


def take(organization: UUID, minor: int, reference: str) -> Transaction:
    """Take money out of the organization's purse."""
    return posting.post(
        reference=reference,
        legs=[Leg(purse(organization), chf(minor)), Leg("test-bank:CHF", chf(-minor))],
        organization_id=organization,
        at=AT,
    )


def test_a_posting_moves_money_as_app(db):
    mine = ids.new()

    with tenancy.within(mine):
        put(mine, 500)

        assert queries.balance(purse(mine)) == chf(-500)
    with transaction.as_staff():
        assert queries.balance("test-bank:CHF") == chf(500)
    assert books.differences() == []


def test_a_posting_moves_money_as_staff(staff):
    mine = ids.new()

    put(mine, 500)

    assert queries.balance(purse(mine)) == chf(-500)
    assert queries.balance("test-bank:CHF") == chf(500)


def test_an_account_that_was_never_used_is_empty(staff):
    assert queries.balance(purse(ids.new(), "EUR")) == Money.zero("EUR")


def test_posting_twice_moves_once(staff):
    mine = ids.new()
    put(mine, 500)

    with pytest.raises(AlreadyPosted) as refusal:
        put(mine, 500)

    assert refusal.value.params == {"reference": "put"}
    assert queries.balance(purse(mine)) == chf(-500)


def test_a_second_posting_is_refused_without_spoiling_the_transaction_around_it(db):
    mine = ids.new()

    with tenancy.within(mine):
        put(mine, 500)
        with pytest.raises(AlreadyPosted):
            put(mine, 500)
        put(mine, 100, reference="another")

    with tenancy.within(mine):
        assert queries.balance(purse(mine)) == chf(-600)


def test_another_organization_may_not_use_a_reference_again(db):
    mine, other = ids.new(), ids.new()
    with tenancy.within(mine):
        put(mine, 500)

    with pytest.raises(AlreadyPosted), tenancy.within(other):
        put(other, 500)


def test_a_floored_account_gives_what_it_has_and_no_more(staff):
    mine = ids.new()
    put(mine, 500)
    take(mine, 500, "all")

    with pytest.raises(InsufficientFunds) as refusal:
        take(mine, 1, "more")

    assert refusal.value.params == {"available": chf(0), "wanted": chf(1)}
    assert not Transaction.objects.filter(reference="more").exists()


def test_floors_are_judged_on_the_whole_batch(staff):
    mine = ids.new()
    out = Posting(
        reference="out", legs=[Leg(purse(mine), chf(70)), Leg(owed(mine), chf(-70))], organization_id=mine, at=AT
    )
    back = Posting(
        reference="in", legs=[Leg("test-bank:CHF", chf(100)), Leg(purse(mine), chf(-100))], organization_id=mine, at=AT
    )

    posting.post_all([out, back])

    assert queries.balance(purse(mine)) == chf(-30)
    assert queries.balance(owed(mine)) == chf(-70)


def test_a_batch_is_posted_whole_or_not_at_all(staff):
    mine = ids.new()
    put(mine, 500, reference="there")
    batch = [
        Posting(
            reference=reference,
            legs=[Leg("test-bank:CHF", chf(100)), Leg(purse(mine), chf(-100))],
            organization_id=mine,
            at=AT,
        )
        for reference in ("first", "there", "last")
    ]

    with pytest.raises(AlreadyPosted) as refusal:
        posting.post_all(batch)

    assert refusal.value.params == {"reference": "there"}
    assert queries.balance(purse(mine)) == chf(-500)


@pytest.mark.parametrize(
    "legs",
    [
        [],
        [Leg("test-bank:CHF", chf(0)), Leg("test-bank:CHF", chf(0))],
        [Leg("test-bank:CHF", chf(100)), Leg("test-owed:CHF", chf(-99))],
        [Leg("test-bank:CHF", chf(100)), Leg("test-bank:EUR", Money(-100, "EUR"))],
    ],
)
def test_what_does_not_balance_is_a_defect(legs):
    with pytest.raises(ValueError, match="does not balance"):
        Posting(reference="x", legs=legs, organization_id=None, at=AT)


def test_an_account_under_no_heading_is_a_defect(staff):
    with pytest.raises(LookupError, match="no heading"):
        posting.post(
            reference="x",
            legs=[Leg("nobody:CHF", chf(1)), Leg("test-bank:CHF", chf(-1))],
            organization_id=None,
            at=AT,
        )


def test_an_account_is_not_opened_for_another_organization(staff):
    with pytest.raises(LookupError, match="not an account of"):
        posting.post(
            reference="x",
            legs=[Leg(purse(ids.new()), chf(-1)), Leg("test-bank:CHF", chf(1))],
            organization_id=ids.new(),
            at=AT,
        )


def test_opening_an_account_twice_opens_it_once(staff):
    mine = ids.new()
    wanted = {"code": purse(mine), "kind": "liability", "currency": "CHF", "organization_id": mine, "is_floored": True}

    first, second = accounts.open_account(**wanted), accounts.open_account(**wanted)

    assert first == second
    assert first.balance_minor == 0


# --- what the database refuses, whoever asks -----------------------------------------------------------------------


def test_the_database_refuses_entries_that_do_not_balance(staff):
    mine = ids.new()
    first = put(mine, 500)
    legs = [(accounts.open_missing([("test-bank:CHF", None)])["test-bank:CHF"], amount) for amount in (5, -4)]
    Transaction.objects.create(reference="y", organization_id=mine, booked_at=AT)

    with pytest.raises(IntegrityError, match="does not balance"):
        Entry.objects.bulk_create(
            Entry(
                organization_id=mine,
                transaction=Transaction.objects.get(reference="y"),
                account=account,
                amount_minor=amount,
                currency="CHF",
            )
            for account, amount in legs
        )

    assert Entry.objects.filter(transaction=first).count() == 2


def write_entries(
    organization_id: UUID | None, booked: Transaction, *sides: tuple[Account, int], currency: str = "CHF"
) -> None:
    Entry.objects.bulk_create(
        Entry(
            organization_id=organization_id,
            transaction=booked,
            account=account,
            amount_minor=amount,
            currency=currency,
        )
        for account, amount in sides
    )


def test_the_database_refuses_to_add_to_a_posting(staff):
    mine = ids.new()
    booked = put(mine, 500)
    bank, own = Account.objects.get(code="test-bank:CHF"), Account.objects.get(code=purse(mine))

    with pytest.raises(IntegrityError, match="written once"):
        write_entries(mine, booked, (bank, 100), (own, -100))


def test_the_database_refuses_another_currency(staff):
    mine = ids.new()
    put(mine, 500)
    bank, own = Account.objects.get(code="test-bank:CHF"), Account.objects.get(code=purse(mine))
    booked = Transaction.objects.create(reference="y", organization_id=mine, booked_at=AT)

    with pytest.raises(IntegrityError, match="does not fit"):
        write_entries(mine, booked, (bank, 100), (own, -100), currency="EUR")


def test_the_database_refuses_the_account_of_another_organization(staff):
    mine, other = ids.new(), ids.new()
    put(other, 500)
    bank, others = Account.objects.get(code="test-bank:CHF"), Account.objects.get(code=purse(other))
    booked = Transaction.objects.create(reference="y", organization_id=mine, booked_at=AT)

    with pytest.raises(IntegrityError, match="does not fit"):
        write_entries(mine, booked, (others, 100), (bank, -100))


def test_the_database_refuses_an_account_that_the_writer_cannot_see(db):
    mine, other = ids.new(), ids.new()
    with tenancy.within(other):
        put(other, 500)
    with transaction.as_staff():
        bank, others = Account.objects.get(code="test-bank:CHF"), Account.objects.get(code=purse(other))

    with pytest.raises(IntegrityError, match="does not fit"), tenancy.within(mine):
        booked = Transaction.objects.create(reference="y", organization_id=mine, booked_at=AT)
        write_entries(mine, booked, (others, 100), (bank, -100))


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_entry set amount_minor = amount_minor * 2",
        "delete from ledger_entry",
        "truncate ledger_entry",
        "truncate ledger_account cascade",
        "update ledger_transaction set reference = reference || 'x'",
        "delete from ledger_transaction",
        "update ledger_account set balance_minor = balance_minor - 1 where balance_minor is not null",
        "update ledger_account set is_floored = false",
        "delete from ledger_account",
        "insert into ledger_account (id, code, kind, currency, organization_id, balance_minor, is_floored)"
        " values (gen_random_uuid(), 'x:CHF', 'asset', 'CHF', gen_random_uuid(), 5, false)",
        "insert into ledger_account (id, code, kind, currency, balance_minor, is_floored)"
        " values (gen_random_uuid(), 'x:CHF', 'asset', 'CHF', 0, false)",
        "insert into ledger_account (id, code, kind, currency, is_floored)"
        " values (gen_random_uuid(), 'x:CHF', 'liability', 'CHF', true)",
    ],
)
def test_the_database_refuses_a_change_of_the_past_even_to_its_superuser(staff, superuser, statement):
    put(ids.new(), 500)

    with pytest.raises(psycopg.errors.IntegrityError):
        superuser.execute(statement)

    assert books.differences() == []


def test_the_database_refuses_to_break_a_floor_even_to_its_superuser(staff, superuser):
    mine = ids.new()
    put(mine, 500)

    with pytest.raises(psycopg.errors.CheckViolation, match="account_floor"), superuser.transaction():
        superuser.execute(
            "insert into ledger_transaction (id, reference, organization_id, booked_at, description)"
            " values (gen_random_uuid(), 'raw', %s, now(), '')",
            [mine],
        )
        superuser.execute(
            "insert into ledger_entry (id, organization_id, transaction_id, account_id, amount_minor, currency)"
            " select gen_random_uuid(), %s, t.id, a.id, case a.code when 'test-bank:CHF' then -501 else 501 end, 'CHF'"
            " from ledger_transaction t, ledger_account a where t.reference = 'raw'",
            [mine],
        )

    assert queries.balance(purse(mine)) == chf(-500)


# --- whatever happens, in whatever order ---------------------------------------------------------------------------

PLACES = ("test-bank:CHF", "purse", "owed")
MOVES = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES), st.integers(1, 1000), st.integers(0, 3)), max_size=12
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_no_sequence_of_postings_loses_or_makes_a_cent(staff, moves):
    mine, expected = ids.new(), dict.fromkeys(PLACES, 0)
    codes = {"test-bank:CHF": "test-bank:CHF", "purse": purse(mine), "owed": owed(mine)}
    before = queries.balance("test-bank:CHF")
    done = set()

    for source, target, minor, number in moves:
        try:
            posting.post(
                reference=f"{mine}:{number}",
                legs=[Leg(codes[target], chf(minor)), Leg(codes[source], chf(-minor))],
                organization_id=mine,
                at=AT,
            )
        except AlreadyPosted:
            assert number in done
        except InsufficientFunds:
            assert target == "purse" != source
            assert expected["purse"] + minor > 0
        else:
            assert number not in done
            done.add(number)
            expected[target] += minor
            expected[source] -= minor

    assert queries.balance(codes["purse"]) == chf(expected["purse"])
    assert queries.balance(codes["owed"]) == chf(expected["owed"])
    assert queries.balance("test-bank:CHF") - before == chf(expected["test-bank:CHF"])
    assert sum(expected.values()) == 0
    assert books.differences() == []


# --- at once -------------------------------------------------------------------------------------------------------


def test_fifty_at_once_take_from_a_purse_what_it_covers(db):
    mine = ids.new()
    with tenancy.within(mine):
        put(mine, 1000)

    def spend(place: int) -> None:
        with tenancy.within(mine):
            take(mine, 100, f"spend {place}")

    outcomes = at_once(50, spend)

    assert outcomes == ["done"] * 10 + ["insufficient_funds"] * 40
    with tenancy.within(mine):
        assert queries.balance(purse(mine)) == chf(0)
    assert books.differences() == []


def test_twenty_at_once_post_one_reference_once(db):
    mine = ids.new()

    def receive(place: int) -> None:
        with tenancy.within(mine):
            put(mine, 100, "the same")

    outcomes = at_once(20, receive)

    assert outcomes == ["already_posted"] * 19 + ["done"]
    with tenancy.within(mine):
        assert queries.balance(purse(mine)) == chf(-100)


def test_two_who_post_twice_in_opposite_order_do_not_wait_for_each_other_for_ever(db):
    mine = ids.new()
    with tenancy.within(mine):
        put(mine, 1000)

    def both(place: int) -> None:
        sides = [Leg("test-bank:CHF", chf(1)), Leg(purse(mine), chf(-1))]
        others = [Leg("test-bank:CHF", chf(1)), Leg(owed(mine), chf(-1))]
        with tenancy.within(mine):
            for number, legs in enumerate((sides, others) if place % 2 else (others, sides)):
                posting.post(reference=f"{place}:{number}", legs=legs, organization_id=mine, at=AT)

    with tenancy.within(mine):
        accounts.open_missing([(owed(mine), mine)])

    assert at_once(12, both) == ["done"] * 12
