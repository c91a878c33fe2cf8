"""Which pages stand above a page: where one has no article of its own, those of the page above it are shown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver

from plancia.knowledge import queries
from plancia.knowledge.queries import ArticleRow


def articles(name: str, language: str) -> list[ArticleRow]:
    """Return what there is to read about the page that is named by its URL, or else about the nearest page above."""
    for screen in [name, *above(name)]:
        if rows := queries.of_screen(screen, language):
            return rows
    return []


def above(name: str) -> list[str]:
    """Return the names of the pages above a page, the nearest first: the top-up page stands below the account's."""
    routes = _routes()
    here = routes.get(name)
    if here is None:
        return []
    higher = [(route, other) for other, route in routes.items() if route != here and here.startswith(route)]
    return [other for _route, other in sorted(higher, key=lambda one: (-len(one[0]), one[1]))]


@cache
def _routes() -> dict[str, str]:
    return {name: route for route, name in _named(get_resolver(), "") if route and route.endswith("/")}


def _named(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, str]]:
    for item in resolver.url_patterns:
        route = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _named(item, route)
        elif isinstance(item, URLPattern) and item.name:
            yield route, item.name
