"""The plot: who orders what and when, so that every type, state and mishap occurs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from plancia.accounts.models import User
from plancia.billing import credit_notes
from plancia.billing.models import Invoice
from plancia.demo import cast, wishes
from plancia.demo.customers import Customer, Habit
from plancia.demo.households import Household, Town
from plancia.demo.life import Life
from plancia.demo.wishes import Shelf
from plancia.kernel.money import Money
from plancia.kernel.periods import months_after
from plancia.organizations import granting, membership
from plancia.organizations.granting import Grant, Subject
from plancia.organizations.roles import Right, Role
from plancia.organizations.states import Kind
from plancia.payments.methods import Method
from plancia.provisioning import manual
from plancia.provisioning.models import ManualTask, RehearsalFault, Resource
from plancia.shop.models import Order
from plancia.shop.pricing import Wish
from plancia.subscriptions import cancellation
from plancia.subscriptions.cancellation import When
from plancia.subscriptions.models import Subscription


@dataclass(slots=True)
class Plot:
    """Plans the lives of all customers."""

    life: Life
    town: Town
    shelf: Shelf
    rng: random.Random
    people: Mapping[str, User]
    start: datetime
    end: datetime
    households: dict[object, Household] = field(default_factory=dict)

    def prepare(self, principal: Mapping[str, Customer], others: Sequence[Customer], *, sites: int) -> None:
        """Plan everybody's life."""
        self._principal(principal, sites=sites)
        fates = self._fates()
        for place, customer in enumerate(others):
            fate = fates[place] if place < len(fates) else None
            if fate:
                fate(customer)
            else:
                self._ordinary(customer, place)

    def work_off_tasks(self, at: datetime) -> None:
        """Let staff do the tasks that are two days old, except in the last days: some are left to be seen."""
        if at < self.end - timedelta(days=4):
            for task in ManualTask.objects.filter(done_at=None, opened_at__lte=at - timedelta(days=2)).order_by("pk"):
                manual.finish(task_id=task.pk, actor=self.town.bookkeeper, at=at)

    # The main characters

    def _principal(self, principal: Mapping[str, Customer], *, sites: int) -> None:
        owners = {"studio": cast.CHIARA, "aurora": cast.ELENA, "joinery": cast.JONAS, "foundation": cast.AMELIE}
        for days, (role, customer) in enumerate(principal.items(), start=1):
            owner = self.people[owners[role].email]
            self.life.plan(
                self.start + timedelta(days=days, hours=3), self._arrival(customer, owner, self._story(role, sites))
            )

    def _story(self, role: str, sites: int) -> Callable[[Household, datetime], None]:
        return {
            "studio": lambda household, at: self._studio(household, at, sites),
            "aurora": self._aurora,
            "joinery": self._joinery,
            "foundation": self._foundation,
        }[role]

    def _studio(self, household: Household, at: datetime, sites: int) -> None:
        """A webmaster who keeps her clients' sites in her own organization."""
        customer, wish = household.customer, self.shelf.wish
        self._plan_order(household, at, [*self.shelf.site(customer, months=12, hosting="web-hosting-agency")])
        self._plan_order(
            household,
            at + timedelta(days=9),
            [wish("email-pro", customer, months=12, quantity=3), wish("drive-team", customer, months=12)],
        )
        self._plan_order(household, at + timedelta(days=40), [wish("vps-l", customer, months=12)])
        span = self.end - timedelta(days=6) - at
        for number in range(sites):
            name = self.shelf.client_name()
            when = at + timedelta(days=12) + span * number / max(1, sites) * 0.97
            self._plan_order(household, when, self.shelf.site(customer, months=12, name=name))

    def _aurora(self, household: Household, at: datetime) -> None:
        customer, wish = household.customer, self.shelf.wish
        self._plan_order(household, at, self.shelf.site(customer, months=12, hosting="web-hosting-pro"))
        self._plan_order(household, at + timedelta(days=3), [wish("email-plus", customer, months=12, quantity=14)])
        self._plan_order(household, at + timedelta(days=60), [wish("cloud-server-4", customer, months=1)])
        self._plan_order(
            household, at + timedelta(days=120), [wish("office-standard", customer, months=12, quantity=9)]
        )
        self._plan_order(household, at + timedelta(days=200), [wish("newsletter-5000", customer, months=12)])
        self._plan_order(
            household, self.end - timedelta(days=2), [wish("nas-2", customer, months=12)], method=Method.CARD
        )
        self.life.plan(at + timedelta(days=5), lambda now: self._join(household, cast.CHIARA, Role.ADMINISTRATOR, now))
        self.life.plan(at + timedelta(days=30), lambda now: self._grant(household, now))
        currency = household.organization.currency
        for days in (70, 250, 430):
            self.life.plan(
                at + timedelta(days=days), lambda now: self.town.top_up(household, Money.of("250", currency), now)
            )

    def _joinery(self, household: Household, at: datetime) -> None:
        customer, wish = household.customer, self.shelf.wish
        self._plan_order(household, at, self.shelf.site(customer, months=12))
        self._plan_order(household, at + timedelta(days=20), [wish("email-start", customer, months=12, quantity=6)])
        self._plan_order(household, at + timedelta(days=90), [wish("site-builder-plus", customer, months=1)])
        self._plan_order(household, at + timedelta(days=300), [wish("cloud-backup-2000", customer, months=12)])
        self.life.plan(at + timedelta(days=2), lambda now: self._join(household, cast.CHIARA, Role.ADMINISTRATOR, now))

    def _foundation(self, household: Household, at: datetime) -> None:
        customer, wish = household.customer, self.shelf.wish
        self._plan_order(household, at, self.shelf.site(customer, months=12))
        # A monthly product whose last invoices nobody has paid: the webmaster finds it suspended.
        suspended_at = self.end - timedelta(days=25)
        self._plan_order(household, months_after(suspended_at, -7), [wish("guest-manager-100", customer, months=1)])
        self._plan_order(household, at + timedelta(days=100), [wish("audio-streaming-100", customer, months=3)])
        self.life.plan(at + timedelta(days=4), lambda now: self._join(household, cast.CHIARA, Role.ADMINISTRATOR, now))
        household.leaves_at = suspended_at - timedelta(days=24)

    def _join(self, household: Household, person: cast.Person, role: Role, at: datetime) -> None:
        membership.add(
            organization_id=household.organization.pk,
            user=self.people[person.email],
            role=role,
            is_partner=True,
            actor=household.actor,
            at=at,
        )

    def _grant(self, household: Household, at: datetime) -> None:
        """The collaborator works on the website and on all domains, and has nothing to do with money."""
        joined = membership.add(
            organization_id=household.organization.pk,
            user=self.people[cast.LUCA.email],
            role=Role.COLLABORATOR,
            actor=household.actor,
            at=at,
        )
        hosting = Subscription.objects.filter(organization=household.organization, product_type="web-hosting").first()
        wanted = {Subject(product_type="domain-name"): Grant(Right.VIEW)}
        if hosting:
            wanted[Subject(product_id=hosting.pk)] = Grant(Right.MANAGE)
        granting.settle(holder=joined, wanted=wanted, actor=household.actor, at=at)

    # Everybody else

    def _ordinary(self, customer: Customer, place: int) -> None:
        share = self.rng.random() ** 1.3
        arrives_at = self.start + (self.end - self.start - timedelta(days=20)) * share
        arrives_at = arrives_at.replace(hour=self.rng.randint(6, 20), minute=self.rng.randint(0, 59))

        def live(household: Household, at: datetime) -> None:
            months = self.rng.choice([12, 12, 12, 12, 12, 24, 24, 1])
            hosting = self.rng.choice(["web-hosting-start", "web-hosting-plus", "web-hosting-pro"])
            self._plan_order(household, at, self.shelf.site(customer, months=months, hosting=hosting))
            extras = wishes.PRIVATE if customer.kind is Kind.PERSON else wishes.EXTRAS
            for turn in range(self.rng.choice([1, 1, 2, 3])):
                code, term, quantity = extras[(place + turn * 5) % len(extras)]
                later = at + timedelta(days=self.rng.randint(2, 160))
                self._plan_order(household, later, [self.shelf.wish(code, customer, months=term, quantity=quantity)])

        self.life.plan(arrives_at, self._arrival(customer, None, live))

    def _fates(self) -> list[Callable[[Customer], None]]:
        """What happens to the first of the others, so that no state and no mishap is missing."""

        def unpaid(days: int, plan: str) -> Callable[[Customer], None]:
            return lambda customer: self._stops_paying(customer, days_unpaid=days, plan=plan)

        return [
            unpaid(10, "vps-m"),
            unpaid(11, "web-hosting-plus"),
            unpaid(18, "paas-start"),
            unpaid(30, "newsletter-5000"),
            unpaid(60, "site-builder-plus"),
            unpaid(150, "vps-s"),
            unpaid(240, "cloud-server-2"),
            self._never_pays,
            self._never_pays,
            self._pays_too_late,
            self._waits_for_transfer,
            self._waits_for_transfer,
            self._waits_for_transfer,
            self._is_declined,
            self._is_declined,
            self._is_stuck,
            lambda customer: self._gives_up(customer, When.END_OF_TERM),
            lambda customer: self._gives_up(customer, When.NOW),
            lambda customer: self._gives_up(customer, When.END_OF_TERM, days_before_end=6),
            self._gets_money_back,
            self._gets_money_back,
        ]

    def _stops_paying(self, customer: Customer, *, days_unpaid: int, plan: str) -> None:
        """The customer of a monthly product pays it for some months, and is `days_unpaid` late at the end."""
        paid_until = self.end - timedelta(days=days_unpaid)

        def live(household: Household, at: datetime) -> None:
            self._plan_order(household, at, [self.shelf.wish(plan, customer, months=1)])
            household.leaves_at = paid_until - timedelta(days=20)

        months = min(6, max(1, (paid_until - self.start).days // 31 - 1))
        self.life.plan(
            months_after(paid_until, -months), self._arrival(replace(customer, habit=Habit.CARD), None, live)
        )

    def _never_pays(self, customer: Customer) -> None:
        self._arrives(customer, self._middle(), [("web-hosting-start", 12)], pays=False, method=Method.TRANSFER)

    def _pays_too_late(self, customer: Customer) -> None:
        """The transfer comes when the order has expired: the money is kept."""

        def pay(household: Household, order: Order, at: datetime) -> None:
            self.life.plan(
                at + timedelta(days=41),
                lambda now: self.town.transfer(household, order.public_id, order.total, now),
            )

        self._arrives(customer, self._middle(), [("email-start", 12)], pays=False, method=Method.TRANSFER, placed=pay)

    def _waits_for_transfer(self, customer: Customer) -> None:
        when = self.end - timedelta(days=self.rng.randint(1, 9), hours=self.rng.randint(1, 9))
        self._arrives(customer, when, [("web-hosting-plus", 12)], pays=False, method=Method.TRANSFER)

    def _is_declined(self, customer: Customer) -> None:
        when = self.end - timedelta(days=self.rng.randint(0, 3), hours=self.rng.randint(2, 9))

        def decline(household: Household, order: Order, at: datetime) -> None:
            self.life.plan(at + timedelta(minutes=3), lambda now: self.town.decline(household, order.pk, now))

        self._arrives(customer, when, [("vps-m", 1)], pays=False, method=Method.CARD, placed=decline)

    def _is_stuck(self, customer: Customer) -> None:
        """The rehearsal driver is told to fail: staff see what is stuck and why."""

        def break_it(household: Household) -> None:
            subjects = Resource.objects.filter(organization=household.organization).values_list("subject", flat=True)
            RehearsalFault.objects.bulk_create(
                RehearsalFault(key=subject, times=1_000_000, message=_FAULT) for subject in subjects
            )

        def watch(household: Household, order: Order, at: datetime) -> None:
            # Between the payment and the first turn of the reconciler.
            self.life.plan(at + timedelta(minutes=5, seconds=30), lambda _now: break_it(household))

        when = self.end - timedelta(days=1, hours=5)
        self._arrives(customer, when, [("cloud-server-8", 1)], method=Method.CARD, placed=watch)

    def _gives_up(self, customer: Customer, when: When, *, days_before_end: int = 0) -> None:
        arrives_at = self.end - timedelta(days=days_before_end + 20) if days_before_end else self._middle()
        leaves_after = timedelta(days=20 if days_before_end else 75)

        def cancel(household: Household, at: datetime) -> None:
            held = Subscription.objects.filter(organization=household.organization).exclude(state="terminated")
            for subscription in held.order_by("pk")[:1]:
                cancellation.cancel(
                    subscription_id=subscription.pk,
                    reason="We have moved elsewhere.",
                    when=when,
                    actor=household.actor,
                    at=at,
                )

        def live(household: Household, at: datetime) -> None:
            self._plan_order(household, at, [self.shelf.wish("site-builder-start", customer, months=1)])
            self._plan_order(
                household, at + timedelta(days=1), [self.shelf.wish("drive-personal", customer, months=12)]
            )
            self.life.plan(at + leaves_after, lambda now: cancel(household, now))

        self.life.plan(arrives_at, self._arrival(replace(customer, habit=Habit.CARD), None, live))

    def _gets_money_back(self, customer: Customer) -> None:
        """Staff credit the invoice of an order: the product ends, the money is prepaid."""

        def credit(household: Household, at: datetime) -> None:
            invoice = Invoice.objects.filter(organization=household.organization, kind="invoice").order_by("pk").first()
            if invoice:
                credit_notes.credit(
                    invoice_id=invoice.pk, reason="Ordered by mistake.", actor=self.town.bookkeeper, at=at
                )

        def live(household: Household, at: datetime) -> None:
            self._plan_order(household, at, [self.shelf.wish("email-plus", customer, months=12, quantity=2)])
            self._plan_order(household, at + timedelta(days=2), self.shelf.site(customer, months=12))
            self.life.plan(at + timedelta(days=9), lambda now: credit(household, now))

        self.life.plan(self._middle(), self._arrival(replace(customer, habit=Habit.CARD), None, live))

    # Pieces

    def _arrives(
        self,
        customer: Customer,
        at: datetime,
        plans: Iterable[tuple[str, int]],
        *,
        pays: bool = True,
        method: Method | None = None,
        placed: Callable[[Household, Order, datetime], None] | None = None,
    ) -> None:
        wanted = list(plans)

        def live(household: Household, now: datetime) -> None:
            ordered = [self.shelf.wish(code, customer, months=months) for code, months in wanted]
            self._plan_order(household, now, ordered, pays=pays, method=method, placed=placed)

        self.life.plan(at, self._arrival(customer, None, live))

    def _arrival(
        self, customer: Customer, owner: User | None, live: Callable[[Household, datetime], None]
    ) -> Callable[[datetime], None]:
        def arrive(at: datetime) -> None:
            household = self.town.found(customer, owner or self._owner(customer, at), at)
            self.households[household.organization.pk] = household
            live(household, at)

        return arrive

    def _owner(self, customer: Customer, at: datetime) -> User:
        """A user who never signs in here: without a password."""
        first, last = customer.first_name, customer.last_name
        if not first:
            first, last = self.rng.choice(_FIRST_NAMES), self.rng.choice(_LAST_NAMES)
        return User.objects.create_user(
            f"{'hello' if customer.legal_name else 'me'}@{customer.slug}.example",
            None,
            first_name=first,
            last_name=last,
            language=customer.language,
            joined_at=at,
        )

    def _plan_order(
        self,
        household: Household,
        at: datetime,
        wanted: Sequence[Wish],
        *,
        pays: bool = True,
        method: Method | None = None,
        placed: Callable[[Household, Order, datetime], None] | None = None,
    ) -> None:
        def order(now: datetime) -> None:
            written = self.town.order(household, wanted, now, pays=pays, method=method)
            if placed:
                placed(household, written, now)

        self.life.plan(at + timedelta(minutes=4), order)

    def _middle(self) -> datetime:
        """Some day between the second month and the third before the end."""
        span = self.end - self.start - timedelta(days=150)
        return self.start + timedelta(days=40) + max(span, timedelta(days=1)) * self.rng.random()


_FAULT = "node zh-7 has no room for 16 vCPU and 64 GB of memory"
_FIRST_NAMES = ("Anna", "Marco", "Lea", "Paul", "Ines", "Hugo", "Marta", "Felix", "Nadia", "Leon", "Rosa", "Émile")
_LAST_NAMES = ("Rossi", "Huber", "Favre", "Costa", "Weber", "Morel", "Serra", "Vogel", "Lang", "Riva", "Blanc", "Ruiz")
