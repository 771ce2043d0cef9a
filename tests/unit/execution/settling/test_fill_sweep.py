"""Paging fills by time loses none, whatever the page size and however many share a millisecond."""

from __future__ import annotations

from tests.unit.portfolio.fills import fill

from hive.domain.orders import Fill
from hive.execution.settling.fill_sweep import FillSweep


class Venue:
    """Pages of fills by time, both ends included."""

    def __init__(self, times_ms: list[int], page_max: int) -> None:
        self.fills = [
            fill("1", venue_ms=at_ms, trade=number) for number, at_ms in enumerate(times_ms)
        ]
        self.page_max = page_max
        self.pages = 0

    def page(self, start_ms: int) -> list[Fill]:
        self.pages += 1
        return [entry for entry in self.fills if entry.venue_ms >= start_ms][: self.page_max]


def swept(venue: Venue, sweep: FillSweep, until_ms: int | None = None) -> set[int]:
    found: set[int] = set()
    start_ms: int | None = sweep.begin(until_ms)
    while start_ms is not None:
        page = venue.page(start_ms)
        found |= {entry.trade_id for entry in page}
        start_ms = sweep.next_start_ms(page)
    return found


def test_f08_fills_of_one_millisecond_at_a_pages_edge_are_all_found() -> None:
    times_ms = [*range(1, 8), 9, 9, 9, 9, 10, 11]
    for page_max in range(5, 15):
        assert swept(Venue(times_ms, page_max), FillSweep()) == set(range(len(times_ms)))


def test_a_sweep_begins_again_at_the_last_fill_a_sweep_brought_not_after_it() -> None:
    sweep = FillSweep()
    venue = Venue([5, 9], 100)
    swept(venue, sweep)
    assert sweep.certain_ms == 9
    venue.fills.append(fill("1", venue_ms=9, trade=77))
    assert 77 in swept(venue, sweep)


def test_a_sweep_ends_where_the_present_was_when_it_began() -> None:
    venue = Venue(list(range(1, 101)), 10)
    sweep = FillSweep()
    swept(venue, sweep, until_ms=30)
    assert 30 <= sweep.certain_ms < 50


def test_an_empty_history_is_one_page_and_nothing_is_certain_of_it() -> None:
    venue, sweep = Venue([], 10), FillSweep(7)
    assert swept(venue, sweep) == set()
    assert (venue.pages, sweep.certain_ms) == (1, 7)


def test_a_millisecond_with_more_fills_than_a_page_holds_is_loud_and_does_not_stop_the_sweep() -> (
    None
):
    venue, sweep = Venue([1, *[5] * 7, 6, 8], 3), FillSweep()
    found = swept(venue, sweep)
    assert sweep.overfull_ms == [5]
    assert {8, 9} <= found
    assert sweep.certain_ms == 8


def test_fills_that_the_venue_does_not_keep_any_more_are_missed_aloud() -> None:
    """It tells the latest 10,000: after a long absence the one we know is not among them."""
    venue, sweep = Venue([3, 5, 8, 9, 12], 10), FillSweep()
    swept(venue, sweep)
    venue.fills = [fill("1", venue_ms=at_ms, trade=at_ms) for at_ms in (20, 21, 22)]
    assert swept(venue, sweep) == {20, 21, 22}
    assert sweep.forgotten == [(12, 20)]


def test_an_answer_that_is_old_is_not_taken_for_a_history_that_was_cut() -> None:
    venue, sweep = Venue([3, 5, 8], 10), FillSweep()
    swept(venue, sweep)
    venue.fills = venue.fills[:2]
    swept(venue, sweep)
    assert sweep.forgotten == []
