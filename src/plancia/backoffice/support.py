"""The inbox of staff: requests of all organizations, answers, and texts that are answered again and again."""

from __future__ import annotations

from dataclasses import asdict

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plancia.accounts.staffing import Duty
from plancia.backoffice.help_centre import from_articles
from plancia.kernel import clock, transaction
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import SignedInRequest, actor, staff_only
from plancia.knowledge import searching
from plancia.organizations.models import Organization
from plancia.support import access, answers, conversations, requests
from plancia.support.conversations import Conversation
from plancia.support.models import CannedAnswer
from plancia.support.requests import LONGEST

SHOWN = ("unassigned", "mine", "open", "answered", "closed", "all")


class AnswerForm(forms.Form):
    """What staff answer."""

    text = forms.CharField(label=gettext_lazy("Answer"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 9}))


class CannedForm(forms.Form):
    """A text to answer with."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    text = forms.CharField(label=gettext_lazy("Text"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 6}))


@staff_only(Duty.ANSWER_REQUESTS)
@require_GET
def inbox(request: SignedInRequest) -> HttpResponse:
    """List what waits for staff."""
    show = request.GET.get("show", "unassigned")
    show = show if show in SHOWN else "unassigned"
    search = request.GET.get("q", "").replace("\0", "").strip()[:100]
    number = request.GET.get("page", "")
    page = conversations.inbox(
        show="all" if search else show,
        user_id=request.user.pk,
        search=search,
        page=int(number) if number.isdecimal() and len(number) < 7 else 1,
    )
    tabs = [
        ("unassigned", _("Nobody's")),
        ("mine", _("Mine")),
        ("open", _("Waiting for us")),
        ("answered", _("Answered")),
        ("closed", _("Closed")),
        ("all", _("All")),
    ]
    return render(request, "staff/requests.html", {"page": page, "show": show, "search": search, "tabs": tabs})


@staff_only(Duty.ANSWER_REQUESTS)
@require_http_methods(["GET", "POST"])
def answer(request: SignedInRequest, srq: str) -> HttpResponse:
    """Show a request with its organization and product, and answer it."""
    found = _find(srq)
    canned = CannedAnswer.objects.filter(language=found.language).order_by("title", "pk")
    chosen = canned.by_public_id(request.GET.get("canned", "")).first()
    guide = from_articles.text(request, found.language)
    form = AnswerForm(request.POST or None, initial={"text": chosen.text if chosen else guide.text if guide else ""})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                requests.write(
                    request_id=found.id,
                    text=form.cleaned_data["text"],
                    is_staff=True,
                    actor=actor(request),
                    at=clock.now(),
                )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The answer is sent."))
            return redirect("staff-request", srq=srq)
    context = {
        "conversation": found,
        "form": form,
        "canned": canned,
        "chosen": chosen,
        "guides": searching.find(found.subject, found.language, most=3),
        "leave": access.current(found.organization_id, at=clock.now()),
        "organization": _organization(found),
    }
    return render(request, "staff/request.html", context, status=422 if form.is_bound else 200)


@staff_only(Duty.ANSWER_REQUESTS)
@require_POST
def move(request: SignedInRequest, srq: str) -> HttpResponse:
    """Take a request, leave it to others, or close it."""
    found, wanted = _find(srq), request.POST.get("do", "")
    if wanted == "close":
        requests.close(request_id=found.id, actor=actor(request), at=clock.now())
    else:
        user_id = request.user.pk if wanted == "take" else None
        requests.assign(request_id=found.id, user_id=user_id, name=request.user.name)
    return redirect("staff-request", srq=srq)


@staff_only(Duty.ANSWER_REQUESTS)
@require_GET
def attachment(request: HttpRequest, srq: str, sra: str) -> HttpResponse:
    """Hand out a file of a request, so that no browser runs it."""
    found = conversations.attachment(sra, request_id=_find(srq).id)
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response.headers["Content-Disposition"] = "attachment"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@staff_only(Duty.ANSWER_REQUESTS)
@require_http_methods(["GET", "POST"])
def canned(request: HttpRequest) -> HttpResponse:
    """List the texts to answer with, and write another: of one's own, or what an article says."""
    article = from_articles.text(request, request.GET.get("language", ""))
    form = CannedForm(request.POST or None, initial=asdict(article) if article else None)
    if request.method == "POST" and "delete" in request.POST:
        CannedAnswer.objects.by_public_id(request.POST["delete"]).delete()
        return redirect("staff-canned")
    if request.method == "POST" and form.is_valid():
        answers.keep(**form.cleaned_data, at=clock.now())
        messages.success(request, _("The text is kept."))
        return redirect("staff-canned")
    rows = CannedAnswer.objects.order_by("title", "language", "pk")
    return render(request, "staff/canned.html", {"form": form, "rows": rows}, status=422 if form.is_bound else 200)


def _find(srq: str) -> Conversation:
    found = conversations.conversation(srq)
    if found is None:
        raise Http404
    return found


def _organization(found: Conversation) -> Organization:
    organization: Organization = Organization.objects.get(pk=found.organization_id)
    return organization
