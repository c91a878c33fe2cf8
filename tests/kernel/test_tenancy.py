from __future__ import annotations

import pytest
from django.utils import timezone

from plancia.kernel import ids, tenancy
from plancia.outbox.models import Fact


def test_a_fact_of_another_organization_is_invisible(db):
    mine, other = ids.new(), ids.new()
    for organization in (mine, other):
        with tenancy.within(organization):
            Fact.objects.create(organization_id=organization, name="x", payload={}, happened_at=timezone.now())

    with tenancy.within(mine):
        seen = [fact.organization_id for fact in Fact.objects.all()]

    assert seen == [mine]


def test_writing_for_another_organization_is_refused_by_the_database(db):
    from django.db.utils import ProgrammingError

    with pytest.raises(ProgrammingError, match="row-level security"), tenancy.within(ids.new()):
        Fact.objects.create(organization_id=ids.new(), name="x", payload={}, happened_at=timezone.now())


def test_without_an_organization_nothing_is_seen(db):
    mine = ids.new()
    with tenancy.within(mine):
        Fact.objects.create(organization_id=mine, name="x", payload={}, happened_at=timezone.now())

    assert not Fact.objects.exists()
