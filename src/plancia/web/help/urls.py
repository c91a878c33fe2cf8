"""URLs of the help centre."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter

from plancia.web.help import panel, search, views, votes

LANGUAGE = "|".join(code for code, _name in settings.LANGUAGES)


class LanguageCode:
    """One of the languages that the help centre speaks."""

    regex = LANGUAGE

    def to_python(self, value: str) -> str:
        """Return the code."""
        return value

    def to_url(self, value: str) -> str:
        """Return the code."""
        return value


register_converter(LanguageCode, "language")

in_language: list[URLPattern | URLResolver] = [
    path("", views.home, name="help-home"),
    path("search/", search.search, name="help-search"),
    path("category/<slug:code>/", views.category, name="help-category"),
    path("product/<slug:type>/", views.product, name="help-product"),
    path("for/<slug:name>/", panel.panel, name="help-for"),
    re_path(r"^(?P<number>[0-9]{1,8})/vote/$", votes.vote, name="help-vote"),
    re_path(r"^(?P<number>[0-9]{1,8})(?:-(?P<slug>[^/]*))?/$", views.article, name="help-article"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("help/", views.start, name="help"),
    re_path(r"^help/(?P<number>[0-9]{1,8})(?:-[^/]*)?/$", views.numbered, name="help-number"),
    path("help/screen/<slug:name>/", views.screen, name="help-screen"),
    path("help/files/<int:number>/<slug:digest>/<name>", views.attachment, name="help-file"),
    path("help/<language:language>/", include(in_language)),
]
