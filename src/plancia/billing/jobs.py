"""What the worker does for invoices."""

from __future__ import annotations

from plancia.billing import archives, vat_checks
from plancia.kernel import clock


def check_vat_numbers() -> int:
    """Ask VIES about the VAT numbers that are due."""
    return vat_checks.check_due(at=clock.now())


def render_archives() -> int:
    """Render the documents of archives that were asked for."""
    return archives.render_due(at=clock.now())
