"""Votes: whether an article helped, and what was missing."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from plancia.kernel import transaction
from plancia.kernel.refusals import Refusal
from plancia.knowledge.models import Vote

#: What one reader may say in a day; nobody reads more.
MOST_A_DAY = 40
LONGEST = 1_000


class TooManyVotes(Refusal):
    """One reader votes on more articles than anybody reads."""

    code = "too_many_votes"
    sentence = _("You have voted on many articles today. Thank you: please go on tomorrow.")


@transaction.atomic
def cast(*, translation_id: UUID, voter: str, is_helpful: bool, missing: str = "", at: datetime) -> Vote:
    """
    Count one reader's opinion of an article. A reader has one vote on each, and the last one counts.

    Raises: TooManyVotes.
    """
    with transaction.connection().cursor() as cursor:
        # One reader's votes wait for each other: a thousand at once are no more than one after the other.
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"plancia.knowledge.vote:{voter}"])
    values = {"is_helpful": is_helpful, "missing": missing.replace("\0", "").strip()[:LONGEST], "voted_at": at}
    vote: Vote | None = Vote.objects.filter(translation_id=translation_id, voter=voter).first()
    if vote is not None:
        for name, value in values.items():
            setattr(vote, name, value)
        vote.save(update_fields=list(values))
        return vote
    if Vote.objects.filter(voter=voter, voted_at__gt=at - timedelta(days=1)).count() >= MOST_A_DAY:
        raise TooManyVotes
    made: Vote = Vote.objects.create(translation_id=translation_id, voter=voter, **values)
    return made


def of(translation_id: UUID, voter: str) -> bool | None:
    """Return what a reader voted; None where she has not."""
    found: bool | None = (
        Vote.objects.filter(translation_id=translation_id, voter=voter).values_list("is_helpful", flat=True).first()
    )
    return found


def voter(*, user_id: UUID | None, ip: str) -> str:
    """
    Return by what a reader is known again: an account, or else the network that she reads from.

    A hash under our own key: it says that two votes are one reader's, and not whose.
    """
    return salted_hmac("plancia.knowledge.vote", f"user:{user_id}" if user_id else f"net:{_network(ip)}").hexdigest()


def _network(ip: str) -> str:
    """Return the address, or for IPv6 the network of one household, which holds more addresses than anybody counts."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
