"""A help centre as its folders say it, checked and complete; and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext_lazy as _

from plancia.kernel.refusals import Refusal
from plancia.knowledge.states import TextState


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    code: str
    position: int
    icon: str
    names: Mapping[str, str]
    summaries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TextEntry:
    """An article in one language, and the file that it stands in."""

    language: str
    state: TextState
    title: str
    summary: str
    keywords: Sequence[str]
    updated_on: date
    body: str
    plain: str
    file: str
    digest: str


@dataclass(frozen=True, slots=True)
class AttachmentEntry:
    """A file beside the texts: a picture, a video, captions."""

    name: str
    media_type: str
    digest: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ArticleEntry:
    number: int
    category: str
    folder: str
    product_types: Sequence[str]
    screens: Sequence[str]
    opens: str
    related: Sequence[int]
    prerequisites: Sequence[int]
    languages: Sequence[str]
    texts: Sequence[TextEntry]
    attachments: Sequence[AttachmentEntry]


@dataclass(frozen=True, slots=True)
class Library:
    """A whole help centre. `synonyms` are groups of words by language."""

    categories: Sequence[CategoryEntry]
    articles: Sequence[ArticleEntry]
    synonyms: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong: in which file, at which line (0 where it is about the whole), and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}" if self.line else f"{self.file}: {self.reason}"


class LibraryRefused(Refusal):
    """The folders of a help centre are wrong; `mistakes` says everything that is, not only the first thing."""

    code = "library_refused"
    sentence = _("The help centre was not imported. Mistakes found: %(count)d.")

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(count=len(mistakes))
        self.mistakes = list(mistakes)
