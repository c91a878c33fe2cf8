from __future__ import annotations

import pytest

from plancia.accounts.models import User
from plancia.audit import trail
from plancia.billing import issuing, parties
from plancia.billing.issuing import LineDraft
from plancia.catalog.models import Plan
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.leaving import cancelling, inventory, queries, tokens
from plancia.leaving.cancelling import CancellationWaits, LinkExpired, LinkUnknown, LinkUsed, NothingToCancel
from plancia.leaving.models import CancellationRequest
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.organizations.roles import Role
from plancia.provisioning.models import RehearsedService, Resource
from plancia.subscriptions import cancellation
from plancia.subscriptions.cancellation import NotCancellable, When
from plancia.support.models import Feedback
from tests import people, racing
from tests.leaving.world import ask, confirm, mails, night, unknown_token
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days


def test_nothing_happens_until_the_link_is_used(aurora: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, is_renewing=True)

    asked = ask(aurora, ada, held, when=When.NOW, at=MARCH + days(1))
    night(at=MARCH + days(2))

    assert (world.fresh(held).state, world.fresh(held).is_renewing) == ("active", True)
    assert held.cancellations.count() == 0
    assert queries.open_request_of(held.pk).public_id == asked.public_id
    assert RehearsedService.objects.get().contents


def test_an_unconfirmed_cancellation_is_chased_and_then_ends(aurora: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    asked = ask(aurora, ada, held, at=MARCH)

    for day in range(1, 20):
        night(at=MARCH + days(day))

    assert mails(ada.email)[-5:] == [
        "Confirm your cancellation",
        *["Your cancellation is not confirmed yet"] * 3,
        "Nothing was cancelled",
    ]
    asked.refresh_from_db()
    assert asked.expired_at == MARCH + days(14)
    assert world.fresh(held).state == "active"
    with pytest.raises(LinkExpired):
        confirm(asked, at=MARCH + days(20))
    assert ask(aurora, ada, held, at=MARCH + days(21)).is_open


def test_a_confirmed_one_ends_with_the_term_and_leaves_the_proof(aurora: Organization, ada: User, hosting: Plan):
    bruno = people.person("bruno@aurora.example", "Bruno")
    carla = people.person("carla@aurora.example", "Carla")
    people.member(aurora, bruno, Role.ADMINISTRATOR)
    people.member(aurora, carla, Role.COLLABORATOR)
    held = world.buy(aurora, hosting)
    asked = ask(aurora, ada, held, at=MARCH)

    confirm(asked, at=MARCH + days(1))
    night(at=held.paid_until - days(1))

    assert mails(bruno.email)[-1] == "Cancelled: aurora.it"
    assert "Cancelled: aurora.it" not in mails(carla.email)
    assert world.fresh(held).state == "active"
    assert [row["kind"] for row in RehearsedService.objects.get().contents][-1] == "backup"

    night(at=held.paid_until)

    found = queries.request(aurora.pk, asked.public_id)
    assert found and found.products[0].removed_at == held.paid_until
    assert [str(content.kind) for content in found.products[0].contents] == [
        "website",
        "database",
        "mailbox",
        "certificate",
        "backup",
    ]
    assert not RehearsedService.objects.exists()
    assert mails(bruno.email)[-1] == "aurora.it is deleted"
    assert trail.check(aurora.pk) == []


def test_until_it_ends_it_can_be_kept_after_all(aurora: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    asked = ask(aurora, ada, held, at=MARCH)
    confirm(asked, at=MARCH + days(1))

    cancellation.take_back(subscription_id=held.pk, actor=SYSTEM, at=MARCH + days(9))
    night(at=held.paid_until)

    assert world.fresh(held).state == "active"
    assert RehearsedService.objects.get().contents
    found = queries.request(aurora.pk, asked.public_id)
    assert found and found.products[0].is_kept


def test_several_products_are_one_cancellation(aurora: Organization, ada: User, hosting: Plan) -> None:
    held = [world.buy(aurora, hosting, name=f"site{number}.it") for number in range(3)]

    asked = ask(aurora, ada, *held, at=MARCH, cause="too_expensive", comment="Sorry")
    confirm(asked, at=MARCH)

    assert {one.effective_at for one in asked.items.all()} == {held[0].paid_until}
    assert mails(ada.email)[-1] == "Cancelled: 3 products"
    assert list(Feedback.objects.values_list("occasion", "cause", "product_type", "comment")) == [
        ("cancellation", "too_expensive", "web-hosting", "Sorry")
    ]


def test_a_link_is_used_once_and_forged_ones_are_none(aurora: Organization, ada: User, hosting: Plan) -> None:
    asked = ask(aurora, ada, world.buy(aurora, hosting), at=MARCH)
    confirm(asked, at=MARCH)

    with pytest.raises(LinkUsed):
        confirm(asked, at=MARCH)
    with pytest.raises(LinkUnknown):
        cancelling.find(unknown_token())
    with pytest.raises(LinkUnknown):
        cancelling.find(tokens.issue(asked)[:-1])


def test_two_who_use_a_link_at_once_cancel_once(aurora: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    asked = ask(aurora, ada, held, at=MARCH)

    def use(_place: int) -> None:
        with transaction.as_staff():
            cancelling.confirm(token=tokens.issue(asked), ip="", at=MARCH)

    assert racing.at_once(4, use) == ["done", "link_used", "link_used", "link_used"]
    assert held.cancellations.count() == 1


def test_what_was_taken_back_cannot_be_confirmed(aurora: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    asked = ask(aurora, ada, held, at=MARCH)

    cancelling.withdraw(request_id=asked.pk, actor=SYSTEM, at=MARCH + days(1))

    with pytest.raises(LinkExpired):
        confirm(asked, at=MARCH + days(2))
    assert held.cancellations.count() == 0


def test_a_product_is_asked_for_once(aurora: Organization, ada: User, hosting: Plan) -> None:
    held, other = (world.buy(aurora, hosting, name=name) for name in ("one.it", "two.it"))
    ask(aurora, ada, held, at=MARCH)

    with pytest.raises(CancellationWaits):
        ask(aurora, ada, held, other, at=MARCH)
    with pytest.raises(NothingToCancel):
        ask(aurora, ada, at=MARCH)
    assert CancellationRequest.objects.count() == 1


def test_a_product_of_another_organization_is_not_there(aurora: Organization, ada: User, hosting: Plan) -> None:
    borea = people.borea(people.person("beat@borea.example"))
    theirs = world.buy(borea, hosting, name="borea.ch")

    with pytest.raises(NothingToCancel):
        ask(aurora, ada, theirs, at=MARCH)


def test_a_product_that_ends_meanwhile_ends_the_wish(aurora: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    asked = ask(aurora, ada, held, at=MARCH)

    cancellation.cancel(subscription_id=held.pk, reason="", actor=SYSTEM, at=MARCH + days(1), when=When.NOW)
    night(at=MARCH + days(1))

    asked.refresh_from_db()
    assert asked.withdrawn_at == MARCH + days(1)
    with pytest.raises(NotCancellable):
        ask(aurora, ada, held, at=MARCH + days(2))


def test_where_the_law_forbids_the_link_it_counts_at_once(ada: User, hosting: Plan) -> None:
    german = people.company(ada, "Nordlicht GmbH", country="DE", city="Kiel", postcode="24103", street="Am Kai")
    held = world.buy(german, hosting)

    asked = ask(german, ada, held, at=MARCH)

    assert asked.confirmed_at == MARCH
    assert held.cancellations.get().effective_at == held.paid_until
    assert mails(ada.email)[-1] == "Cancelled: aurora.it"


def test_what_is_open_stays_due_and_renewals_do_not(aurora: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    soon = held.paid_until - days(10)
    world.offer(at=soon)
    extra = issuing.issue(
        organization_id=aurora.pk,
        lines=[LineDraft("Traffic", 1, Money(1234, "EUR"), Money(1234, "EUR"), subject=held.public_id)],
        purpose="extra",
        buyer=parties.buyer(aurora),
        currency="EUR",
        language="it",
        due_on=soon.date(),
        at=soon,
        actor=SYSTEM,
    )
    taken = inventory.take(aurora.pk, [held.pk], at=soon)

    confirm(ask(aurora, ada, held, when=When.NOW, at=soon), at=soon)

    assert taken.due == [extra.total]
    assert len(taken.withdrawn) == 1
    assert [one.pk for one in world.open_invoices(aurora)] == [extra.pk]
    world.pay(extra, at=soon + days(40))
    extra.refresh_from_db()
    assert extra.state == "paid"
    assert world.fresh(held).state == "terminated"
    assert books.differences() == []


def test_the_inventory_names_what_belongs_together(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, name="lago.it")
    certificate = world.buy(aurora, world.plan("ssl-certificate"), name="lago.it")
    world.buy(aurora, hosting, name="monte.it")

    taken = inventory.take(aurora.pk, [held.pk], at=MARCH)

    assert [one.public_id for one in taken.companions] == [certificate.public_id]
    assert (str(taken.losses[0].contents[0].kind), taken.losses[0].contents[0].name) == ("website", "lago.it")
    assert taken.backups == 1


@pytest.mark.parametrize(("gone", "left"), [(0, 9900), (365, 0)])
def test_paid_time_that_is_lost_is_told_to_the_cent(aurora: Organization, hosting: Plan, gone: int, left: int) -> None:
    held = world.buy(aurora, hosting)

    taken = inventory.take(aurora.pk, [held.pk], at=MARCH + days(gone))

    assert sum(one.minor for one in taken.unused) == left


def test_a_service_that_cannot_be_listed_says_so(aurora: Organization, staff: None) -> None:
    held = world.buy(aurora, world.plan("nas", driver="manual"), name="shelf")

    assert inventory.take(aurora.pk, [held.pk], at=MARCH).losses[0].contents is None
    assert Resource.objects.get().contents is None
