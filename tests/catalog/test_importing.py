from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.db.utils import ProgrammingError
from psycopg.errors import RestrictViolation

from plancia.catalog import importing, queries, reading, sample
from plancia.catalog.models import Category, Edition, Plan, Price, ProductType
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from tests.catalog import files

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def load(tmp_path, at, **changed):
    return importing.load(files.small(tmp_path, **changed), actor=SYSTEM, at=at)


def prices(code: str = "pro") -> list[tuple]:
    found = Price.objects.filter(plan__code=code, currency="CHF").order_by("months", "version")
    return [(price.months, price.version, price.amount_minor, price.valid_from, price.valid_until) for price in found]


def test_the_tables_say_what_the_files_say(staff, tmp_path):
    summary = load(tmp_path, MARCH)

    assert summary.counts == {"categories_added": 1, "plans_added": 2, "prices_added": 8, "types_added": 2}
    assert prices() == [(1, 1, 690, MARCH, None), (12, 1, 6900, MARCH, None)]


def test_the_whole_sample_is_imported_and_again_changes_nothing(staff):
    catalogue = reading.read(sample.directory())

    first = importing.load(catalogue, actor=SYSTEM, at=MARCH)
    again = importing.load(catalogue, actor=SYSTEM, at=APRIL)

    assert first.counts["types_added"] == 20
    assert first.counts["plans_added"] == Plan.objects.count() == 68
    assert first.counts["prices_added"] == Price.objects.count()
    assert not again.has_changed
    assert again.counts == {}
    assert Edition.objects.count() == 1


def test_a_changed_price_is_a_new_version_and_the_old_row_stays(staff, tmp_path):
    load(tmp_path, MARCH)
    before = Price.objects.get(plan__code="pro", currency="CHF", months=12)

    summary = load(tmp_path, APRIL, hosting=files.HOSTING.replace('"69.00"', '"75.00"'))

    after = Price.objects.get(pk=before.pk)
    assert summary.counts == {"prices_changed": 1}
    assert prices() == [(1, 1, 690, MARCH, None), (12, 1, 6900, MARCH, APRIL), (12, 2, 7500, APRIL, None)]
    assert (after.amount, after.version, after.valid_from) == (Money(6900, "CHF"), 1, MARCH)


def test_the_database_refuses_to_change_or_delete_a_price(superuser, tmp_path):
    load(tmp_path, MARCH)

    for statement in (
        "update catalog_price set amount_minor = amount_minor + 1",
        "update catalog_price set valid_until = valid_from, amount_minor = 0",
        "update catalog_price set valid_until = null",
        "delete from catalog_price",
        "truncate catalog_price cascade",
    ):
        with pytest.raises(RestrictViolation, match="never changed"):
            superuser.execute(statement)


def test_an_ended_price_does_not_begin_again(superuser, tmp_path):
    load(tmp_path, MARCH)
    superuser.execute("update catalog_price set valid_until = %s", [APRIL])

    with pytest.raises(RestrictViolation):
        superuser.execute("update catalog_price set valid_until = %s", [APRIL + timedelta(days=1)])


def test_a_frequency_no_longer_sold_ends_and_may_come_back(staff, tmp_path):
    load(tmp_path, MARCH)
    yearly_only = files.HOSTING.replace('1 = "6.90", ', "").replace('1 = "6.50", ', "")

    ended = load(tmp_path, APRIL, hosting=yearly_only)
    back = load(tmp_path, APRIL + timedelta(days=9))

    assert ended.counts == {"prices_ended": 2}
    assert back.counts == {"prices_added": 2}
    assert prices()[:2] == [(1, 1, 690, MARCH, APRIL), (1, 2, 690, APRIL + timedelta(days=9), None)]


def test_what_vanishes_is_withdrawn_and_what_returns_is_sold_again(staff, tmp_path):
    load(tmp_path, MARCH)
    (tmp_path / "mail.toml").unlink()

    without = importing.load(reading.read(tmp_path, drivers={"rehearsal"}), actor=SYSTEM, at=APRIL)
    withdrawn = ProductType.objects.get(code="mail").is_withdrawn, Plan.objects.get(code="box").is_withdrawn
    back = load(tmp_path, APRIL + timedelta(days=1))

    assert without.counts == {"plans_withdrawn": 1, "types_withdrawn": 1}
    assert withdrawn == (True, True)
    assert back.counts == {"plans_returned": 1, "types_returned": 1}
    assert queries.plans_of("mail")


def test_a_withdrawn_plan_keeps_its_price_for_who_holds_it(staff, tmp_path):
    load(tmp_path, MARCH)
    (tmp_path / "mail.toml").unlink()
    importing.load(reading.read(tmp_path, drivers={"rehearsal"}), actor=SYSTEM, at=APRIL)

    price = queries.price_in_force(Plan.objects.get(code="box"), currency="CHF", months=12, at=APRIL)

    assert price.amount == Money(6900, "CHF")
    assert queries.plans_of("mail") == []


def test_a_plan_does_not_move_to_another_type_and_nothing_else_changes(staff, tmp_path):
    load(tmp_path, MARCH)
    hosting = files.HOSTING.replace("plans.pro", "plans.basic").replace('"69.00"', '"1.00"')
    mail = files.MAIL.replace("plans.box", "plans.pro")

    with pytest.raises(importing.PlanMoved):
        load(tmp_path, APRIL, hosting=hosting, mail=mail)

    assert set(Plan.objects.values_list("code", "is_withdrawn")) == {("pro", False), ("box", False)}
    assert Price.objects.filter(valid_until=None).count() == 8


def test_an_import_before_the_last_price_change_is_refused(staff, tmp_path):
    load(tmp_path, MARCH)
    changed = files.HOSTING.replace('"69.00"', '"75.00"')

    with pytest.raises(importing.ImportTooEarly):
        load(tmp_path, MARCH - timedelta(days=1), hosting=changed)

    assert prices() == [(1, 1, 690, MARCH, None), (12, 1, 6900, MARCH, None)]


def test_imports_at_once_wait_for_each_other(db, tmp_path):
    catalogue = reading.read(sample.directory())
    start = threading.Barrier(4)
    summaries, failures = [], []

    def run():
        start.wait()
        try:
            summaries.append(importing.load(catalogue, actor=SYSTEM, at=MARCH))
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(summary.has_changed for summary in summaries) == [False, False, False, True]
    assert (Plan.objects.count(), Edition.objects.count()) == (68, 1)


@pytest.mark.parametrize("model", [Edition, Category, ProductType, Plan, Price])
def test_the_web_reads_the_catalogue_and_cannot_write_it(db, tmp_path, model):
    load(tmp_path, MARCH)

    row = model.objects.first()
    assert transaction.alias() == transaction.APP
    assert row
    for write in (
        lambda: model.objects.update(id=row.pk),
        lambda: model.objects.filter(pk=row.pk)._raw_delete(transaction.APP),
        lambda: model.objects.bulk_create([row]),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"):
            write()
