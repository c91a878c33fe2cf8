from __future__ import annotations

from datetime import timedelta

import pytest

from plancia.kernel.actors import SYSTEM
from plancia.notices.models import Message
from plancia.support import incidents
from plancia.support.incidents import IncidentOver, Kind, State, SubscriptionLinkWrong
from plancia.support.models import Incident, StatusSubscriber
from tests.people import MORNING
from tests.support.world import tell


def report(kind: Kind = Kind.INCIDENT, *, hours: int = 0) -> Incident:
    starts = MORNING + timedelta(hours=hours)
    return incidents.report(
        kind=kind,
        title="Mail is slow",
        text="We are looking.",
        types=["email-service"],
        starts_at=starts,
        ends_at=None,
        actor=SYSTEM,
        at=MORNING,
    )


def test_an_incident_is_told_until_it_is_over(staff: None) -> None:
    made = report()
    incidents.update(incident_id=made.pk, state=State.IDENTIFIED, text="A disk.", actor=SYSTEM, at=MORNING)
    incidents.update(incident_id=made.pk, state=State.RESOLVED, text="Replaced.", actor=SYSTEM, at=MORNING)

    (row,) = incidents.shown(at=MORNING)
    assert [one.text for one in row.updates] == ["Replaced.", "A disk.", "We are looking."]
    assert row.resolved_at == MORNING and not row.is_on(MORNING)
    with pytest.raises(IncidentOver):
        incidents.update(incident_id=made.pk, state=State.IDENTIFIED, text="", actor=SYSTEM, at=MORNING)
    assert incidents.shown(at=MORNING + timedelta(days=91)) == []


def test_announced_maintenance_is_not_on_yet(staff: None) -> None:
    report(Kind.MAINTENANCE, hours=5)

    (row,) = incidents.shown(at=MORNING)
    assert (row.state, row.is_on(MORNING), row.is_on(MORNING + timedelta(hours=5))) == ("scheduled", False, True)


def test_only_who_proved_her_address_is_told_and_ends_it_herself(staff: None) -> None:
    incidents.subscribe(email="Ada@x.example", language="it", at=MORNING)
    incidents.subscribe(email="eve@x.example", language="en", at=MORNING)
    incidents.subscribe(email="ada@x.example", language="it", at=MORNING)
    tell()
    token = incidents.token(StatusSubscriber.objects.get(email="ada@x.example"))
    incidents.confirm(token=token, at=MORNING)
    report()
    tell()

    assert [one.recipients for one in Message.objects.filter(subject__startswith="Mail is slow")] == [["ada@x.example"]]
    assert Message.objects.count() == 3
    incidents.unsubscribe(token=token)
    assert not StatusSubscriber.objects.filter(email="ada@x.example").exists()
    with pytest.raises(SubscriptionLinkWrong):
        incidents.confirm(token=token, at=MORNING)
