from __future__ import annotations

import pytest

from plancia.kernel import pages
from plancia.kernel.pages import Page


@pytest.mark.parametrize(("total", "expected"), [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (101, 3)])
def test_fifty_rows_fill_a_page(total: int, expected: int) -> None:
    assert pages.count(total) == expected


@pytest.mark.parametrize(("asked", "given"), [(-3, 1), (0, 1), (1, 1), (2, 2), (3, 2), (10**9, 2)])
def test_a_number_past_either_end_is_the_nearest_page(asked: int, given: int) -> None:
    assert pages.clamp(asked, total=51) == given


def test_a_page_knows_where_it_stands() -> None:
    last = Page(rows=("x",), number=2, total=51)

    assert (last.first_position, last.last_position) == (51, 51)
    assert last.has_previous
    assert not last.has_next


def test_an_empty_list_is_one_page_without_rows() -> None:
    empty: Page[str] = Page(rows=(), number=1, total=0)

    assert (empty.pages, empty.first_position, empty.last_position) == (1, 0, 0)
