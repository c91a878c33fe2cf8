"""Mail that the demo keeps instead of sending: a window on it, which a real installation does not have."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from plancia.kernel import transaction
from plancia.kit.guards import open_to_all
from plancia.notices import queries
from plancia.web import asked


@open_to_all
def kept_mail(request: HttpRequest) -> HttpResponse:
    """List what was written, the newest first."""
    _only_in_the_demo()
    with transaction.as_staff():
        page = queries.kept(page=asked.page(request))
    return render(request, "mail/list.html", {"page": page})


@open_to_all
def kept_message(request: HttpRequest, msg: str) -> HttpResponse:
    """Show one mail as text; its links work."""
    _only_in_the_demo()
    with transaction.as_staff():
        message = queries.message(msg)
    if message is None:
        raise Http404
    return render(request, "mail/message.html", {"message": message})


def _only_in_the_demo() -> None:
    # Everybody's mail is here, password resets included.
    if not settings.IS_DEMO:
        raise Http404
