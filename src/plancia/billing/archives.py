"""
Archives: all documents of some days as one file.

Asking writes a row; the worker renders what nobody has asked for yet and counts; the file is made of what is kept, when
it is fetched. Nothing is rendered twice, whatever is killed on the way.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO
from uuid import UUID

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.billing import documents, registers
from plancia.billing.models import Archive, Document, Invoice
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Organization

#: Documents rendered between two looks at the clock: how fine the progress is.
_STEP = 20
_IN_MEMORY_BYTES = 8_000_000


class NothingToArchive(Refusal):
    """No document in these days."""

    code = "nothing_to_archive"
    sentence = _("There is no invoice between these days.")
    field = "last_on"


class ArchiveNotReady(Refusal):
    """The worker has not rendered everything yet."""

    code = "archive_not_ready"
    sentence = _("The archive is not ready yet: %(ready)d of %(total)d documents.")


@transaction.atomic
def ask(*, organization_id: UUID, first_on: date, last_on: date, actor: Actor, at: datetime) -> Archive:
    """
    Ask for an archive of all documents issued from one day to another, both included.

    Asked again while the same is being made, it returns that one.

    Raises: NothingToArchive.
    """
    Organization.objects.locked().get(pk=organization_id)
    first_on, last_on = min(first_on, last_on), max(first_on, last_on)
    same = Archive.objects.filter(
        organization_id=organization_id, first_on=first_on, last_on=last_on, finished_at=None
    ).first()
    if same:
        return same
    archive = Archive(
        organization_id=organization_id,
        first_on=first_on,
        last_on=last_on,
        requested_by=actor.label,
        requested_at=at,
    )
    archive.total = _invoices(archive).count()
    if not archive.total:
        raise NothingToArchive()
    archive.save(force_insert=True)
    trail.record(
        actor,
        "archive.requested",
        archive.public_id,
        organization_id=organization_id,
        at=at,
        first_on=first_on,
        last_on=last_on,
        total=archive.total,
    )
    return archive


def render_due(*, at: datetime) -> int:
    """Render what the archives that were asked for lack, the oldest first; return how many archives got ready."""
    waiting = list(Archive.objects.filter(finished_at=None).order_by("requested_at", "pk"))
    for archive in waiting:
        render(archive, at=at)
    return len(waiting)


def render(archive: Archive, *, at: datetime) -> None:
    """Render what one archive lacks, in steps that are kept each by itself."""
    missing = list(_invoices(archive).filter(document=None).order_by("pk").values_list("pk", flat=True))
    _count(archive, archive.total - len(missing))
    for start in range(0, len(missing), _STEP):
        step = missing[start : start + _STEP]
        for invoice in Invoice.objects.filter(pk__in=step).select_related("organization", "corrects"):
            documents.pdf(invoice)
        _count(archive, archive.total - len(missing) + start + len(step))
    archive.finished_at = at
    archive.save(update_fields=["finished_at"])


def newest(organization_id: UUID, *, limit: int = 5) -> list[Archive]:
    """Return the archives that were asked for last."""
    return list(Archive.objects.filter(organization_id=organization_id).order_by("-requested_at", "-pk")[:limit])


def file(archive: Archive, *, language: str) -> IO[bytes]:
    """
    Return the archive as a ZIP file: every document under its number, and the list of them.

    Raises: ArchiveNotReady.
    """
    if archive.finished_at is None:
        raise ArchiveNotReady(ready=archive.ready, total=archive.total)
    packed = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115  (the response closes it)
    # A PDF is compressed already.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as pack:
        for number, content in _documents(archive):
            pack.writestr(f"{number}.pdf", content)
        with translation.override(language):
            pack.writestr("invoices.csv", "".join(registers.csv_lines(_invoices(archive))))
    packed.seek(0)
    return packed


def _documents(archive: Archive) -> Iterator[tuple[str, bytes]]:
    rows = Document.objects.filter(invoice__in=_invoices(archive).values("pk")).order_by("invoice_id")
    for number, content in rows.values_list("invoice__number", "content").iterator(chunk_size=50):
        yield number, bytes(content)


def _invoices(archive: Archive) -> QuerySet[Invoice]:
    found: QuerySet[Invoice] = Invoice.objects.filter(
        organization_id=archive.organization_id,
        issued_on__gte=archive.first_on,
        issued_on__lte=archive.last_on,
        issued_at__lte=archive.requested_at,
    )
    return found


@transaction.atomic
def _count(archive: Archive, ready: int) -> None:
    archive.ready = ready
    archive.save(update_fields=["ready"])
