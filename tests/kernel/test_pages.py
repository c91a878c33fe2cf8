from __future__ import annotations

import pytest

from plancia.kernel.pages import Page


@pytest.mark.parametrize(("total", "last"), [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (101, 3)])
def test_fifty_rows_fill_a_page_of_fifty(total: int, last: int) -> None:
    page: Page[str] = Page(rows=[], number=1, size=50, total=total)

    assert page.last_number == last


def test_a_page_knows_where_it_stands() -> None:
    last = Page(rows=["x"], number=2, size=50, total=51)

    assert (last.first_row, last.last_row) == (51, 51)
    assert last.has_previous
    assert not last.has_next


def test_an_empty_list_is_one_page_without_rows() -> None:
    empty: Page[str] = Page(rows=[], number=1, size=50, total=0)

    assert (empty.last_number, empty.first_row, empty.last_row) == (1, 0, 0)
