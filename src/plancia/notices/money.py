"""Mails about money that moved, or did not, without the customer being there: one form, the words of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.bank.events import PayoutFailed, PayoutPaid
from plancia.bank.models import Payout
from plancia.billing.wording import Wording
from plancia.kernel.money import Money
from plancia.notices import composing, outgoing
from plancia.organizations import queries as organization_queries
from plancia.organizations.models import Organization
from plancia.outbox.events import Event
from plancia.outbox.facts import handles
from plancia.payments.events import ProfileExpiring
from plancia.subscriptions.events import PrepaidRunsShort
from plancia.wallet.events import AutomaticTopUpStopped, RefundEnded
from plancia.wallet.models import Refund


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence that is spoken when the mail is written, in the language of whoever gets it."""

    sentence: Promise | str
    amounts: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.sentence) % {name: _said(value) for name, value in self.amounts.items()}


@handles(ProfileExpiring)
def card_expires(event: ProfileExpiring, *, at: datetime) -> None:
    """Say that a saved card ends soon."""
    told: dict[str, object] = {"name": event.name_shown, "day": event.expires_on}
    _tell(
        event,
        about=event.profile,
        title=Words(_("%(name)s expires soon"), told),
        text=Words(_("It is valid until %(day)s. Save your new card, so that your products go on renewing."), told),
        page="payment-methods",
        at=at,
    )


@handles(AutomaticTopUpStopped)
def automatic_top_up_stopped(event: AutomaticTopUpStopped, *, at: datetime) -> None:
    """Say that the prepaid account is not topped up by itself any more."""
    _tell(
        event,
        about=f"automatic:{event.happened_at:%Y%m%d%H%M%S}",
        title=Words(_("Automatic top-up has stopped")),
        text=Words(_("Your prepaid account could not be topped up. Choose another card, or switch it on again.")),
        page="prepaid-automatic",
        at=at,
    )


@handles(PrepaidRunsShort)
def prepaid_runs_short(event: PrepaidRunsShort, *, at: datetime) -> None:
    """Say beforehand that the prepaid account will not cover renewals."""
    told: dict[str, object] = {"missing": event.missing, "planned": event.planned, "day": event.first_on}
    _tell(
        event,
        about=f"short:{event.invoice}",
        title=Words(_("Your prepaid account lacks %(missing)s for coming renewals"), told),
        text=Words(
            _("Renewals of %(planned)s are to be paid from it, the first on %(day)s. Top up, so that they go through."),
            told,
        ),
        page="prepaid",
        at=at,
    )


@handles(PayoutPaid)
def payout_paid(event: PayoutPaid, *, at: datetime) -> None:
    """Say that money has left to where the customer wished."""
    if event.organization_id is None:  # nobody's money, which went back
        return
    payout = Payout.objects.by_public_id(event.payout).get()
    told: dict[str, object] = {"amount": payout.amount, "to": payout.destination}
    _tell(
        event,
        about=f"{event.payout}:paid",
        title=Words(_("%(amount)s has been paid out"), told),
        text=Words(_("The money is on its way to %(to)s. Banks take up to two working days."), told),
        page="prepaid",
        at=at,
    )


@handles(PayoutFailed)
def payout_failed(event: PayoutFailed, *, at: datetime) -> None:
    """Say that money did not leave, or came back, and where it is."""
    if event.organization_id is None:
        return
    payout = Payout.objects.by_public_id(event.payout).get()
    told: dict[str, object] = {"amount": payout.amount, "to": payout.destination, "reason": event.reason}
    _tell(
        event,
        about=f"{event.payout}:failed",
        title=Words(_("%(amount)s could not be paid out"), told),
        text=Words(_("It did not reach %(to)s (%(reason)s). The money is back on your prepaid account."), told),
        page="prepaid",
        at=at,
    )


@handles(RefundEnded)
def refund_ended(event: RefundEnded, *, at: datetime) -> None:
    """Say that money goes back to the card or account it came from. Where it did not, staff look at it."""
    if not event.is_done:
        return
    refund = Refund.objects.by_public_id(event.refund).select_related("payment__profile").get()
    told: dict[str, object] = {"amount": refund.amount, "reason": refund.reason}
    _tell(
        event,
        about=event.refund,
        title=Words(_("%(amount)s goes back to you"), told),
        text=Words(_("It returns to the card or account that you paid with. Reason: %(reason)s"), told),
        page="prepaid",
        at=at,
    )


def _tell(event: Event, *, about: str, title: Words, text: Words, page: str, at: datetime) -> None:
    assert event.organization_id is not None
    organization = Organization.objects.get(pk=event.organization_id)
    url = str(settings.BASE_URL) + reverse(page, kwargs={"org": organization.public_id})
    context = {"title": title, "sentence": text, "url": url, "organization": organization.name}
    outgoing.write_down(
        [
            composing.compose(
                "money_news",
                recipient,
                context,
                organization_id=organization.pk,
                about=f"{organization.public_id}:{about}",
            )
            for recipient in organization_queries.who_minds_billing(organization.pk)
        ],
        at=at,
    )


def _said(value: object) -> str:
    wording = Wording.of(translation.get_language() or "en", "")
    match value:
        case Money():
            return wording.money(value)
        case date():
            return wording.day(value)
    return str(value)
