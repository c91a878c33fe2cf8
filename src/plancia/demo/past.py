"""A provider with a past, built through the real use cases with a moved clock; the same for the same seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from plancia.accounts.models import User
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.catalog import importing, reading, sample
from plancia.catalog.models import Plan
from plancia.demo import cast, customers, help_centre, mailrooms, offerings, plots, support_desk, treasury
from plancia.demo.households import Household, Town
from plancia.demo.life import Life
from plancia.demo.wishes import Shelf
from plancia.kernel import clock, transaction
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.kernel.periods import months_after
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.subscriptions import renewal

MONTHS = 18
CUSTOMERS = 60
MAIL_DAYS = 60
SEED = 20_260_301


class BooksWrong(Exception):
    """The past does not add up: a defect of ours, told with the first differences."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of a past there is. Units: `months` of it, `customers` besides the main characters' four."""

    months: int = MONTHS
    customers: int = CUSTOMERS
    sites: int = 31


def build(
    *, tell: Callable[[str], None], until: datetime | None = None, scale: Scale | None = None, seed: int = SEED
) -> None:
    """
    Live through the past in an empty database, as staff, and check the books at its end.

    Raises: BooksWrong.
    """
    scale = scale or Scale()
    end = (until or clock.now()).replace(second=0, microsecond=0)
    start = months_after(end, -scale.months).replace(hour=6, minute=0)
    with transaction.as_staff(), facts.told_by_caller():
        _live(start, end, scale, seed, tell=tell)
        tell("checking the books")
        wrong = books.differences()
    if wrong:
        raise BooksWrong(f"{len(wrong)} differences: " + "; ".join(str(one) for one in wrong[:5]))


def _live(start: datetime, end: datetime, scale: Scale, seed: int, *, tell: Callable[[str], None]) -> None:
    rng = random.Random(seed)  # noqa: S311  (a past is to be repeated, not to be secret)
    tell("importing the catalogue")
    importing.load(reading.read(sample.directory()), actor=SYSTEM, at=start)
    help_centre.stock(at=start)
    password = make_password(cast.PASSWORD)  # once: it is slow on purpose
    people = {person.email: _person(person, password, start) for person in cast.PEOPLE}
    staff = people[cast.NORA.email]
    life = Life(now=start, until=end, mail_from=end - timedelta(days=MAIL_DAYS))
    town = Town(life, rng, Actor(ActorKind.STAFF, staff.name, user_id=staff.pk))
    shelf = Shelf({plan.code: plan for plan in Plan.objects.select_related("product_type")}, rng)
    plot = plots.Plot(life, town, shelf, rng, people, start=start, end=end)
    principal = customers.principal(rng)
    plot.prepare(principal, customers.others(rng, scale.customers), sites=scale.sites)
    offerings.stock(town.bookkeeper, at=start)
    support_desk.plan(life, people, town.bookkeeper, end=end)
    mailrooms.plan(life, start=start, end=end)
    life.plan(end - timedelta(days=3), _gift(principal["aurora"].legal_name, town))

    expected: set[object] = set()

    def on_night(at: datetime) -> None:
        _expect(plot.households, town, expected, at)
        plot.work_off_tasks(at)

    life.on_night = on_night
    life.live(nights=timedelta(days=4), tell=_teller(start, scale.months, tell))
    help_centre.live(until=end)
    with clock.at(end):
        treasury.leave_open(list(plot.households.values()), rng, staff=town.bookkeeper, at=end)


def _gift(name: str, town: Town) -> Callable[[datetime], None]:
    def give(at: datetime) -> None:
        for organization in Organization.objects.filter(name=name):
            offerings.give(organization, "web-hosting", "web-hosting-start", actor=town.bookkeeper, at=at)

    return give


def _teller(start: datetime, months: int, tell: Callable[[str], None]) -> Callable[[datetime], None]:
    def tell_month(at: datetime) -> None:
        gone = (at.year - start.year) * 12 + at.month - start.month
        tell(f"living through {at:%B %Y} ({min(gone + 1, months)} of {months})")

    return tell_month


def _person(person: cast.Person, password: str, at: datetime) -> User:
    user = User.objects.create_user(
        person.email,
        None,
        first_name=person.first_name,
        last_name=person.last_name,
        language=person.language,
        is_staff=person.is_staff,
        joined_at=at,
    )
    user.password = password
    user.save(update_fields=["password"])
    return user


def _expect(households: dict[object, Household], town: Town, expected: set[object], at: datetime) -> None:
    """Let each household plan how it pays the invoices that came since the last night."""
    fresh = Invoice.objects.filter(
        purpose=renewal.PURPOSE, state=InvoiceState.OPEN, issued_at__gt=at - timedelta(days=5)
    ).exclude(kind="credit_note")
    for invoice in fresh.order_by("pk"):
        if invoice.pk not in expected:
            expected.add(invoice.pk)
            town.expect(households[invoice.organization_id], invoice, at)


def counts() -> Counter[str]:
    """Return how many of everything there are, by table: for the README and the tests."""
    from django.apps import apps

    with transaction.as_staff():
        return Counter(
            {
                model._meta.label: model._default_manager.count()
                for model in apps.get_models()
                if model.__module__.startswith("plancia.")
            }
        )
