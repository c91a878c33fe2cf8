from __future__ import annotations

from datetime import UTC, datetime

from plancia.backoffice.help_centre import queries
from plancia.demo import help_centre

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def test_readers_of_the_demo_have_opinions_and_questions(staff):
    help_centre.stock(at=NOW)
    help_centre.live(until=NOW)

    worst = queries.worst(page=1)
    assert worst.rows[0].missing
    assert {(row.number, row.language) for row in worst} >= {(5020, "it"), (2050, "fr")}
    assert queries.questions(language="", page=1).rows[0].times == 6
