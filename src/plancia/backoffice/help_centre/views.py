"""Writing the help centre, reading what readers think of it, and taking it out as files."""

from __future__ import annotations

import io
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from plancia.accounts.staffing import Duty
from plancia.backoffice.help_centre import from_articles, queries
from plancia.backoffice.help_centre.forms import NewArticleForm, TextForm, TranslationForm
from plancia.catalog import queries as catalog_queries
from plancia.kernel import clock
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import actor, staff_only
from plancia.knowledge import editing, exporting, markup, questions
from plancia.knowledge import queries as knowledge
from plancia.knowledge.importing import Names
from plancia.knowledge.models import Article, Question, Revision, Translation
from plancia.knowledge.states import TextState

STATES = [*TextState, "edited"]


@staff_only(Duty.EDIT_HELP)
@require_GET
def articles(request: HttpRequest) -> HttpResponse:
    """List the articles, with the languages that each has."""
    search, state = request.GET.get("q", "").replace("\0", "").strip()[:100], request.GET.get("state", "")
    state = state if state in STATES else ""
    page = queries.articles(search=search, state=state, page=_page(request), language=_language())
    return render(
        request, "staff/help/articles.html", {"page": page, "search": search, "state": state, "states": STATES}
    )


@staff_only(Duty.EDIT_HELP)
@require_GET
def worst(request: HttpRequest) -> HttpResponse:
    """List the articles that helped the fewest, with what was missing."""
    return render(request, "staff/help/worst.html", {"page": queries.worst(page=_page(request))})


@staff_only(Duty.EDIT_HELP)
@require_GET
def asked(request: HttpRequest) -> HttpResponse:
    """List what readers looked for and did not find."""
    return render(request, "staff/help/questions.html", {"page": queries.questions(language="", page=_page(request))})


@staff_only(Duty.EDIT_HELP)
@require_POST
def settle(request: HttpRequest, question: str) -> HttpResponse:
    """Take a question off the list."""
    row = Question.objects.by_public_id(question).first()
    if row is not None:
        questions.settle(question_id=row.pk)
    messages.success(request, _("The question is off the list."))
    return redirect("staff-help-questions")


@staff_only(Duty.EDIT_HELP)
def new(request: HttpRequest) -> HttpResponse:
    """Begin an article: from a question, with its words as the title, or from what support answered."""
    initial = {"title": request.GET.get("title", "")[:120]} | from_articles.draft(request.GET.get("answer", ""))
    form = NewArticleForm(request.POST or None, language=_language(), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = editing.begin(
                category_id=form.cleaned_data["category"],
                product_types=[],
                language=form.cleaned_data["language"],
                draft=form.draft(today=timezone.localdate()),
                names=_names(),
                actor=actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The article is there as a draft."))
            return redirect("staff-help-text", text=row.public_id)
    return render(request, "staff/help/new.html", {"form": form}, status=422 if form.is_bound else 200)


@staff_only(Duty.EDIT_HELP)
def translate(request: HttpRequest, article: str) -> HttpResponse:
    """Write an article in one more language, beside what it says already."""
    row = Article.objects.by_public_id(article).first()
    if row is None:
        raise Http404
    texts = list(Translation.objects.filter(article=row).order_by("language"))
    source = min(texts, key=lambda one: (one.language != _language(), one.language != "en", one.language))
    initial = {"title": source.title, "summary": source.summary, "body": source.body}
    form = TranslationForm(request.POST or None, taken=frozenset(one.language for one in texts), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = editing.translate(
                article_id=row.pk,
                language=form.cleaned_data["language"],
                draft=form.draft(today=timezone.localdate()),
                names=_names(),
                actor=actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The translation is there as a draft."))
            return redirect("staff-help-text", text=made.public_id)
    context = {"form": form, "article": row, "source": source}
    return render(request, "staff/help/new.html", context, status=422 if form.is_bound else 200)


@staff_only(Duty.EDIT_HELP)
def text(request: HttpRequest, text: str) -> HttpResponse:
    """Show and change one language of an article, with its revisions and what readers say."""
    row = _text(text)
    initial = {
        "title": row.title,
        "summary": row.summary,
        "keywords": ", ".join(row.keywords),
        "body": row.body,
        "seen": row.revision,
    }
    form = TextForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            editing.revise(
                translation_id=row.pk,
                seen=form.cleaned_data["seen"] or 0,
                draft=form.draft(today=timezone.localdate()),
                actor=actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("staff-help-text", text=text)
    context = {
        "row": row,
        "form": form,
        "html": markup.render(row.body, _plain_surroundings(row)),
        "revisions": queries.revisions(row),
        "missing": queries.missing(row),
        "others": Translation.objects.filter(article=row.article).exclude(pk=row.pk).order_by("language"),
        "moves": [one for one in TextState if one != row.state],
    }
    return render(request, "staff/help/text.html", context, status=422 if form.is_bound else 200)


@staff_only(Duty.EDIT_HELP)
@require_POST
def move(request: HttpRequest, text: str) -> HttpResponse:
    """Publish a text, or take it back."""
    wanted = request.POST.get("state", "")
    if wanted not in set(TextState):
        raise Http404
    editing.move(translation_id=_text(text).pk, state=TextState(wanted))
    messages.success(request, _("Saved."))
    return redirect("staff-help-text", text=text)


@staff_only(Duty.EDIT_HELP)
def revision(request: HttpRequest, text: str, number: int) -> HttpResponse:
    """Show how a text differs from what it said, and let it say that again."""
    row = _text(text)
    before = Revision.objects.filter(translation=row, number=number).first()
    if before is None:
        raise Http404
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        editing.restore(
            translation_id=row.pk,
            number=number,
            seen=int(seen) if seen.isdecimal() and len(seen) < 9 else 0,
            actor=actor(request),
            at=clock.now(),
        )
        messages.success(request, _("The text says again what it said."))
        return redirect("staff-help-text", text=text)
    context = {"row": row, "before": before, "lines": queries.differences(before, row)}
    return render(request, "staff/help/revision.html", context)


@staff_only(Duty.EDIT_HELP)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Send the whole help centre as folders in an archive, which an import takes over again."""
    memory = io.BytesIO()
    with ZipFile(memory, "w", ZIP_DEFLATED) as archive:
        for name, content in exporting.files():
            archive.writestr(name, content)
    response = HttpResponse(memory.getvalue(), content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="help-centre.zip"'
    return response


def _text(public_id: str) -> Translation:
    row: Translation | None = Translation.objects.by_public_id(public_id).select_related("article__category").first()
    if row is None:
        raise Http404
    return row


def _plain_surroundings(row: Translation) -> markup.Surroundings:
    """Return where links lead in the preview: to the article's number, which is enough."""
    return markup.Surroundings(
        language=row.language,
        article_url=lambda number: f"/help/{row.language}/{number}/",
        screen_url=lambda name: f"/help/screen/{name}/",
        attachments={
            one.name: f"/help/files/{row.article.number}/{one.digest[:16]}/{one.name}"
            for one in knowledge.attachments(row.article)
        },
    )


def _names() -> Names:
    return {code: kind.names for code, kind in catalog_queries.contents().types.items()}


def _language() -> str:
    return translation.get_language() or "en"


def _page(request: HttpRequest) -> int:
    number = request.GET.get("page", "")
    return int(number) if number.isdecimal() and len(number) < 7 else 1
