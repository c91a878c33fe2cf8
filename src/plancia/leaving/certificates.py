"""Certificates: what is said, and proven, of a deletion; and the invoices that go out before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core import signing
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plancia.billing import parties, typesetting
from plancia.billing.models import Archive
from plancia.kernel import ids, transaction
from plancia.kernel.refusals import Refusal
from plancia.leaving import erasure, retention
from plancia.leaving.models import OrganizationDeletion

ARCHIVE_LIVES = timedelta(days=30)
_SALT = "plancia.leaving.archive"


class ArchiveLinkOver(Refusal):
    """A link to an archive that is cut, or too old."""

    code = "archive_link_over"
    sentence = gettext_lazy("This link is no longer valid.")


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept, and until when."""

    what: str | Promise
    until: date


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate of deletion says."""

    number: str
    organization: str
    deleted_at: datetime
    erased: list[tuple[str, int]]
    kept: list[Kept]


def of(deletion: OrganizationDeletion) -> Certificate:
    """Return what the certificate of a deletion says."""
    return Certificate(
        number=deletion.public_id,
        organization=ids.public("org", deletion.organization_id),
        deleted_at=deletion.deleted_at,
        erased=sorted(deletion.erased.items()),
        kept=kept(deletion.deleted_at, deletion.organization.country),
    )


def kept(at: datetime, country: str) -> list[Kept]:
    """Return what is kept after a deletion at `at`, each reason once. Units: the last day on which it may be there."""
    rules = retention.rules()
    return [
        Kept(why, rules[rule].last_day(at=at, country=country)) for rule, why in dict.fromkeys(erasure.KEPT.values())
    ]


def pdf(deletion: OrganizationDeletion) -> bytes:
    """Return the certificate as a PDF, in the language of the page."""
    certificate, seller = of(deletion), parties.seller()
    facts = {
        "seller": seller.name,
        "accent": seller.accent,
        "title": _("Certificate of deletion"),
        "rows": [
            [_("Number"), certificate.number],
            [_("Organization"), certificate.organization],
            [_("Deleted"), timezone.localtime(certificate.deleted_at).strftime("%Y-%m-%d %H:%M")],
        ],
        "erased_title": _("Erased"),
        "erased": [[table, str(number)] for table, number in certificate.erased],
        "kept_title": _("Kept, because the law or a proof needs it"),
        "kept": [[str(one.what), one.until.isoformat()] for one in certificate.kept],
    }
    return typesetting.compile_pdf("certificate.typ", facts, on=timezone.localdate(certificate.deleted_at))


def archive_token(archive: Archive) -> str:
    """Return what stands in the link to an archive; it lives for `ARCHIVE_LIVES`."""
    return signing.TimestampSigner(salt=_SALT).sign(archive.public_id).replace(":", "~")


def archive(token: str) -> Archive:
    """Return the archive that a link names. Raises: ArchiveLinkOver."""
    try:
        public_id = signing.TimestampSigner(salt=_SALT).unsign(token.replace("~", ":"), max_age=ARCHIVE_LIVES)
    except signing.BadSignature:
        raise ArchiveLinkOver() from None
    with transaction.as_staff():
        found: Archive | None = Archive.objects.by_public_id(public_id).first()
    if found is None:
        raise ArchiveLinkOver()
    return found
