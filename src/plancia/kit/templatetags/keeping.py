"""
Keeping what was drawn: `{% kept row url %}…{% endkept %}` draws its content once for each value of what it names.

Fifty rows of a list are most of the work of its page, and seldom change. What the content shows must follow from the
values named and from the language; it may hold nothing of one request, such as a form's token.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

#: How many drawings a place in a template keeps: some megabytes at most.
MOST = 2_000


class KeptNode(template.Node):
    """A place in a template, and what was drawn there before. Templates live as long as the process."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, values: Sequence[FilterExpression]) -> None:
        self.nodelist = nodelist
        self._values = values
        self._drawn: dict[Hashable, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        key = (get_language(), *[value.resolve(context) for value in self._values])
        drawn = self._drawn.get(key)
        if drawn is None:
            drawn = self.nodelist.render(context)
            if len(self._drawn) >= MOST:
                self._drawn = {}
            self._drawn[key] = drawn
        return drawn


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """Draw the content once for each value, hashable and compared by value, of what is named."""
    names = token.split_contents()[1:]
    if not names:
        raise template.TemplateSyntaxError("kept names the values that its content follows from")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(nodelist, [parser.compile_filter(name) for name in names])
