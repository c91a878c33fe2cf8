"""The pages of the help centre: its home, shelves, articles, and the way back to the screens."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from plancia.catalog import texts
from plancia.kit.guards import SignedInRequest, open_to_all, signed_in
from plancia.knowledge import markup, queries, voting
from plancia.knowledge.queries import ArticlePage, ArticleRow
from plancia.organizations import queries as organization_queries
from plancia.web import asked, shell
from plancia.web.help import addresses, votes

MOST_ON_SHELF = 5
_YEAR = 365 * 24 * 3600


@require_safe
@open_to_all
def start(request: HttpRequest) -> HttpResponse:
    """Lead to the help centre in the reader's language."""
    return redirect("help-home", language=addresses.present())


@require_safe
@open_to_all
def home(request: HttpRequest, language: str) -> HttpResponse:
    """Show the shelves, and what helped most on each."""
    shelves = [
        (shelf, [(row, addresses.of_row(row)) for row in shelf.articles])
        for shelf in queries.categories(language, most=MOST_ON_SHELF)
    ]
    return render(request, "help/home.html", {"shelves": shelves})


@require_safe
@open_to_all
def category(request: HttpRequest, language: str, code: str) -> HttpResponse:
    """List what stands on one shelf."""
    found = queries.category(code, language, page=asked.page(request))
    if found is None:
        raise Http404
    shelf, page = found
    trail = [(_("Help"), reverse("help-home", kwargs={"language": language})), (shelf.name, "")]
    context = {"title": shelf.name, "sub": shelf.summary, "page": page, "rows": _linked(page.rows), "trail": trail}
    return render(request, "help/shelf.html", context)


@require_safe
@open_to_all
def product(request: HttpRequest, language: str, type: str) -> HttpResponse:
    """List what there is to read about a product type."""
    kind = shell.contents(request).types.get(type)
    if kind is None:
        raise Http404
    page = queries.of_product(type, language, page=asked.page(request))
    name = texts.pick(kind.names, language)
    trail = [(_("Help"), reverse("help-home", kwargs={"language": language})), (name, "")]
    context = {"title": name, "sub": kind.summary, "page": page, "rows": _linked(page.rows), "trail": trail}
    return render(request, "help/shelf.html", context)


@require_safe
@open_to_all
def article(request: HttpRequest, language: str, number: str, slug: str | None = None) -> HttpResponse:
    """Show an article. Whatever its address is called, the number counts."""
    page = queries.article(int(number), language, drafts=_may_see_drafts(request))
    if page is None:
        raise Http404
    url = addresses.of_article(page.number, language, page.translation.slug)
    if request.path != url:
        return redirect(url, permanent=True)
    response = _fragment(request, page, language) or render(
        request, "help/article.html", reading(request, page, language)
    )
    response.headers["Vary"] = "X-Fragment"
    return response


def _fragment(request: HttpRequest, page: ArticlePage, language: str) -> HttpResponse | None:
    """Return the article for the panel, if that asks."""
    if request.headers.get("X-Fragment") != "panel":
        return None
    return render(request, "help/panel.html", reading(request, page, language, request.GET.get("org", "")))


def reading(request: HttpRequest, page: ArticlePage, language: str, org: str = "") -> dict[str, object]:
    """Return what a template needs to show an article, as a page and beside another."""
    text, subject = page.translation, page.article
    numbers = [*subject.prerequisites, *subject.related]
    rows = {row.number: (row, addresses.of_row(row)) for row in queries.by_number(numbers, language)}
    return {
        "page": page,
        "language": language,
        "org": org,
        "text": text,
        "voted": voting.of(text.pk, votes.voter(request)),
        "asks_what_was_missing": request.GET.get("vote") == "no",
        "html": markup.render(text.body, addresses.surroundings(page, language, org)),
        "headings": markup.headings(text.body),
        "is_foreign": text.language != language,
        "language_name": shell.LANGUAGE_NAMES.get(text.language, text.language),
        "prerequisites": [rows[one] for one in subject.prerequisites if one in rows],
        "related": [rows[one] for one in subject.related if one in rows],
        "others": [
            (code, shell.LANGUAGE_NAMES.get(code, code), addresses.of_article(page.number, code, slug))
            for code, slug in sorted(page.languages.items())
            if code != language
        ],
        "screen_url": addresses.of_screen(subject.opens, org) if subject.opens else "",
        "trail": [
            (_("Help"), reverse("help-home", kwargs={"language": language})),
            (page.category, reverse("help-category", kwargs={"language": language, "code": subject.category.code})),
        ],
    }


@require_safe
@open_to_all
def numbered(request: HttpRequest, number: str) -> HttpResponse:
    """Lead to an article in the reader's language: the address to write down."""
    language = addresses.present()
    page = queries.article(int(number), language)
    if page is None:
        raise Http404
    return redirect(addresses.of_article(page.number, language, page.translation.slug))


@require_safe
@open_to_all
def attachment(request: HttpRequest, number: int, digest: str, name: str) -> HttpResponseBase:
    """Send a picture, a video or captions. Its address changes with it, so browsers may keep it."""
    found = queries.attachment(number, digest, name)
    if found is None or len(digest) < 16:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.media_type)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'"
    response.headers["Content-Disposition"] = "inline"
    return response


@require_safe
@signed_in
def screen(request: SignedInRequest, name: str) -> HttpResponse:
    """
    Lead to a page of the console in the reader's own organization: the one that she is in, or was in last.

    Whatever else the address asks goes along: what a request is about.
    """
    rows = organization_queries.organizations_of(request.user.pk)
    wanted = [request.GET.get("org", ""), request.session.get("organization", "")]
    ids = [row.public_id for row in rows]
    org = next((one for one in wanted if one in ids), ids[0] if ids else "")
    more = request.GET.copy()
    more.pop("org", None)
    for kwargs in ({"org": org}, {}):
        try:
            return redirect(reverse(name, kwargs=kwargs) + (f"?{more.urlencode()}" if more else ""))
        except NoReverseMatch:
            continue
    # A page of one product, one invoice: the list of them is as near as we can lead.
    for nearest in _ABOVE.get(name, ("products",)):
        if org:
            return redirect(nearest, org=org)
    return redirect("home")


#: Where the pages stand that are about one thing of many.
_ABOVE = {"invoice": ("invoices",), "order": ("orders",)}


def _linked(rows: list[ArticleRow]) -> list[tuple[ArticleRow, str]]:
    return [(row, addresses.of_row(row)) for row in rows]


def _may_see_drafts(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated and request.user.is_staff)
