"""Ready answers: texts that staff answer with again and again."""

from __future__ import annotations

from datetime import datetime

from plancia.kernel import transaction
from plancia.support.models import CannedAnswer


@transaction.atomic
def keep(*, title: str, language: str, text: str, at: datetime) -> CannedAnswer:
    """Keep a text under a title, in place of what stood there in that language."""
    kept, _is_new = CannedAnswer.objects.update_or_create(
        title=title.strip(), language=language, defaults={"text": text.strip(), "written_at": at}
    )
    assert isinstance(kept, CannedAnswer)
    return kept
