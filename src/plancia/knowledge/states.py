"""What may become of one language's text of an article."""

from __future__ import annotations

from enum import StrEnum

from plancia.kernel.states import Moves


class TextState(StrEnum):
    """Drafts are seen by staff alone; what is withdrawn is kept for its revisions and votes."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


TEXT_MOVES = Moves(
    {
        TextState.DRAFT: {TextState.PUBLISHED, TextState.WITHDRAWN},
        TextState.PUBLISHED: {TextState.DRAFT, TextState.WITHDRAWN},
        TextState.WITHDRAWN: {TextState.DRAFT, TextState.PUBLISHED},
    }
)
