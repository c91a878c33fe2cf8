from __future__ import annotations

from django.db import models

from plancia.kernel.rows import Row
from plancia.knowledge.states import TEXT_MOVES, TextState


class Category(Row):
    """A shelf of the help centre. Texts are by language: `{"it": …, "en": …}`."""

    prefix = "hct"

    code = models.SlugField(unique=True)
    position = models.IntegerField()
    names = models.JSONField()
    summaries = models.JSONField()
    icon = models.TextField()

    class Meta:
        db_table = "knowledge_category"


class Article(Row):
    """One subject. Its `number` never changes; `screens` are the URL names of the pages that it is about."""

    prefix = "art"

    number = models.IntegerField(unique=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="articles")
    product_types = models.JSONField(default=list)
    screens = models.JSONField(default=list)
    opens = models.TextField(default="")
    related = models.JSONField(default=list)
    prerequisites = models.JSONField(default=list)
    #: The languages that its folder promises; nothing is promised where there is none.
    languages = models.JSONField(default=list)
    #: The name of the folder that it was imported from; "" for one that staff began.
    folder = models.TextField(default="")

    class Meta:
        db_table = "knowledge_article"


class Translation(Row):
    """
    An article in one language. Its last revision is what it says now.

    The database fills what search looks at (the columns `head` and `terms`), and counts the votes.
    """

    prefix = "atr"

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="translations")
    language = models.CharField(max_length=5)
    state = models.TextField(default=TextState.DRAFT.value)
    slug = models.SlugField(max_length=120)
    title = models.TextField()
    summary = models.TextField()
    keywords = models.JSONField(default=list)
    body = models.TextField()
    #: The body without its marks, and the names of what it is about: for search.
    plain = models.TextField()
    subjects = models.TextField(default="")
    updated_on = models.DateField()
    revision = models.IntegerField()
    #: The digest of the file that it was last imported from; "" where staff wrote it.
    imported = models.TextField(default="")
    #: Whether staff changed it since.
    is_edited = models.BooleanField(default=False)
    helpful = models.IntegerField(default=0)
    unhelpful = models.IntegerField(default=0)

    class Meta:
        db_table = "knowledge_translation"
        constraints = [
            models.UniqueConstraint(fields=["article", "language"], name="translation_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in TextState]), name="translation_state"
            ),
            models.CheckConstraint(
                condition=models.Q(helpful__gte=0, unhelpful__gte=0), name="translation_votes_not_negative"
            ),
        ]

    @property
    def is_published(self) -> bool:
        return self.state == TextState.PUBLISHED

    def move(self, state: TextState) -> None:
        """Publish it, take it back to the drafts, or withdraw it. Raises: MoveRefused."""
        self.state = TEXT_MOVES.require(TextState(self.state), state)
        self.save(update_fields=["state"])


class Revision(Row):
    """What a translation said from one instant on. Appended only."""

    prefix = "arv"

    translation = models.ForeignKey(Translation, on_delete=models.PROTECT, related_name="revisions")
    number = models.IntegerField()
    title = models.TextField()
    summary = models.TextField()
    keywords = models.JSONField(default=list)
    body = models.TextField()
    updated_on = models.DateField()
    written_by = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        db_table = "knowledge_revision"
        constraints = [
            models.UniqueConstraint(fields=["translation", "number"], name="revision_once"),
        ]


class Attachment(Row):
    """A picture, a video or its captions, as it lies in the article's folder."""

    prefix = "afl"

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="attachments")
    name = models.TextField()
    media_type = models.TextField()
    digest = models.TextField()
    content = models.BinaryField()

    class Meta:
        db_table = "knowledge_attachment"
        constraints = [
            models.UniqueConstraint(fields=["article", "name"], name="attachment_once"),
        ]


class Vote(Row):
    """Whether an article helped one reader; a reader has one vote, and may change it. `voter` names nobody."""

    prefix = "avt"

    translation = models.ForeignKey(Translation, on_delete=models.PROTECT, related_name="votes")
    voter = models.TextField()
    is_helpful = models.BooleanField()
    missing = models.TextField(default="")
    voted_at = models.DateTimeField()

    class Meta:
        db_table = "knowledge_vote"
        constraints = [
            models.UniqueConstraint(fields=["translation", "voter"], name="vote_once"),
        ]
        indexes = [models.Index(fields=["voter", "voted_at"], name="vote_by_voter")]


class Question(Row):
    """What readers looked for and did not find, in the plain form in which it is compared."""

    prefix = "aqs"

    language = models.CharField(max_length=5)
    text = models.TextField()
    times = models.IntegerField()
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "knowledge_question"
        constraints = [
            models.UniqueConstraint(fields=["language", "text"], name="question_once"),
        ]


class Word(Row):
    """A word that articles in a language use, and how many do: for what is typed in part, or wrongly."""

    prefix = "awd"

    language = models.CharField(max_length=5)
    word = models.TextField()
    lexeme = models.TextField()
    articles = models.IntegerField()

    class Meta:
        db_table = "knowledge_word"
        constraints = [
            models.UniqueConstraint(fields=["language", "word"], name="word_once"),
        ]


class Synonyms(Row):
    """Groups of words that mean the same to a reader, in one language: `[["invoice", "bill"], …]`."""

    prefix = "asy"

    language = models.CharField(max_length=5, unique=True)
    groups = models.JSONField()

    class Meta:
        db_table = "knowledge_synonyms"
