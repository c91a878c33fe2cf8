from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext

from plancia.kernel import ids, transaction
from plancia.kernel.prepared import prepared
from plancia.organizations.models import Membership, Organization
from tests import people

pytestmark = pytest.mark.usefixtures("staff")

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def memberships(*, user_id: UUID, before: datetime, said: str) -> QuerySet[Membership]:
    named = Organization.objects.filter(pk__in=Membership.objects.filter(user_id=user_id).values("organization"))
    return (
        Membership.objects.filter(user_id=user_id, joined_at__lt=before)
        .select_related("organization")
        .annotate(said=Value(said), first=Subquery(named.order_by("name").values("name")[:1]))
        .order_by(Lower("organization__name"), "pk")
    )


def shown(rows) -> list[tuple[object, ...]]:
    return [(row.pk, row.role, row.joined_at, row.organization.name, row.said, row.first) for row in rows]


def test_rows_are_those_of_the_queryset_for_each_value() -> None:
    elena, luca = people.person("elena@aurora.example"), people.person("luca@aurora.example")
    for user, name in ((elena, "Aurora Srl"), (elena, "Borea AG"), (luca, "Cirro Sagl")):
        people.company(user, name, country="IT")
    ask = prepared(memberships)

    for user, before, said in ((elena, NOW + timedelta(days=9999), "a"), (luca, NOW + timedelta(days=9999), "%s 'b'")):
        arguments = {"user_id": user.pk, "before": before, "said": said}
        assert shown(ask(**arguments)) == shown(memberships(**arguments)) != []
    assert ask(user_id=elena.pk, before=NOW - timedelta(days=9999), said="") == []


def test_tuples_come_as_tuples() -> None:
    elena = people.person("elena@aurora.example")
    keys = [people.company(elena, name, country="IT").pk for name in ("Aurora Srl", "Borea AG", "Cirro Sagl")]

    @prepared
    def counted(*, keys: list[UUID]) -> QuerySet[Organization, tuple[str, int]]:
        found = Organization.objects.filter(pk__any_of=keys).values_list("kind")
        return found.annotate(count=Count("pk")).order_by("kind")

    assert [dict(counted(keys=some)) for some in (keys, keys[:1], [ids.new()], [])] == [
        {"company": 3},
        {"company": 1},
        {},
        {},
    ]


def test_it_asks_once_and_on_the_connection_of_the_principal() -> None:
    elena = people.person("elena@aurora.example")
    people.company(elena, "Aurora Srl", country="IT")
    ask = prepared(memberships)

    with CaptureQueriesContext(transaction.connection()) as captured:
        ask(user_id=elena.pk, before=NOW, said="")
        ask(user_id=elena.pk, before=NOW, said="")

    assert transaction.alias() == transaction.STAFF
    assert len(captured) == 2


def test_a_value_that_changes_on_its_way_into_the_sql_is_refused() -> None:
    @prepared
    def found(*, name: str) -> QuerySet[Organization]:
        return Organization.objects.filter(name__icontains=name)

    with pytest.raises(TypeError, match="name"):
        found(name="Aurora")


def test_an_argument_of_another_kind_is_refused_when_the_function_is_made() -> None:
    def found(*, price: float) -> QuerySet[Organization]:
        return Organization.objects.all()

    with pytest.raises(TypeError, match="float"):
        prepared(found)
