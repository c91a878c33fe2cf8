"""Refusals: what is expected and explainable, told in the user's language."""

from __future__ import annotations

from typing import ClassVar

from django.utils.functional import Promise


class Refusal(Exception):
    """
    A request that is refused, and changes nothing.

    Subclasses stand beside the function that raises them, with a stable `code` and a `sentence` marked with
    `gettext_lazy`; its `%(name)s` are filled from the parameters.
    """

    code: ClassVar[str]
    sentence: ClassVar[str | Promise]
    #: The form field that the refusal is about, where there is one.
    field: ClassVar[str | None] = None

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.code, params)

    def __str__(self) -> str:
        return str(self.sentence) % self.params if self.params else str(self.sentence)
