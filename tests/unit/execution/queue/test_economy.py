"""Thrift: actions last, a minute's messages last a minute, and a venue that says stop is heard."""

from __future__ import annotations

from itertools import pairwise

import pytest
from tests.unit.execution.queue.lanes import Stock

from hive.connection.sliding_window import MINUTE_MS, SlidingWindow
from hive.execution.queue.economy import (
    ActionPace,
    Coarseness,
    MessagePace,
    PaceSettings,
    Throttle,
    runway_text,
)


def test_a_share_of_what_is_left_may_go_at_once() -> None:
    pace = ActionPace(Stock(10_000), 0, PaceSettings(burst_share=0.2))
    assert pace.rooms(0)[1] == 2_000


def test_the_stock_is_never_used_up_however_long_everything_is_taken() -> None:
    stock = Stock(10_000, reserve=200)
    pace = ActionPace(stock, 0)
    for now_ms in range(0, 100 * 3_600_000, 60_000):
        room = pace.rooms(now_ms)[1]
        stock.left -= room
        pace.spend(room)
    assert 100 < stock.left < 200


def test_every_dollar_traded_adds_an_action() -> None:
    stock = Stock(100)
    pace = ActionPace(stock, 0, PaceSettings(burst_share=0.5))
    pace.spend(50)
    stock.left -= 50
    assert pace.rooms(0)[1] == 0
    stock.left += 7
    assert pace.rooms(0)[1] == 7


def test_cancels_that_could_not_wait_are_paid_off_first() -> None:
    stock = Stock(1_000)
    pace = ActionPace(stock, 0, PaceSettings(burst_share=0.1, horizon_ms=100_000))
    pace.spend(150)
    stock.left -= 150
    assert pace.rooms(0)[1] == 0
    wait_ms = pace.wait_ms(0)
    assert pace.rooms(wait_ms - 100)[1] == 0
    assert pace.rooms(wait_ms)[1] == 1


def test_half_of_what_may_go_at_once_is_kept_for_who_has_had_less() -> None:
    stock = Stock(10_000)
    pace = ActionPace(stock, 0, PaceSettings(burst_share=0.2, light_share=0.5))
    assert pace.rooms(0) == (1_000, 2_000)
    pace.spend(1_200)
    stock.left -= 1_200
    assert pace.rooms(0) == (0, 800)
    assert pace.wait_ms(0) == 0
    assert pace.rooms(pace.heavy_wait_ms(0))[0] == 1


def test_the_reserve_is_not_for_ordinary_actions_but_never_quite_out_of_reach() -> None:
    stock = Stock(210, reserve=200)
    pace = ActionPace(stock, 0)
    assert pace.rooms(0)[1] == 2
    stock.left = 150
    pace.spend(60)
    day_ms = 24 * 3_600_000
    went = 0
    for now_ms in range(0, 30 * day_ms, 3_600_000):
        room = pace.rooms(now_ms)[1]
        went += room
        stock.left -= room
        pace.spend(room)
    assert 75 < went < 150, "slowly, and never all of it"


@pytest.mark.parametrize(
    ("minutes", "bps"),
    [(None, 0), (24 * 60, 0), (23 * 60, 1), (6 * 60, 2), (60, 5), (1, 10), (0, 10)],
)
def test_a_quote_moves_the_less_the_shorter_the_budget_lasts(
    minutes: float | None, bps: int
) -> None:
    assert Coarseness(lambda now_ms: minutes).min_move_bps(0) == bps


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (None, "not shrinking"),
        (12_000, "8 d at this rate"),
        (660, "11 h at this rate"),
        (59, "59 min at this rate"),
    ],
)
def test_the_forecast_reads_like_a_sentence(minutes: float | None, text: str) -> None:
    assert runway_text(minutes) == text


def pace_at(cap: int, part: float = 1.0) -> tuple[SlidingWindow, MessagePace]:
    window = SlidingWindow(cap)
    return window, MessagePace(window, part)


def test_up_to_half_a_minutes_messages_leave_at_once() -> None:
    window, pace = pace_at(100)
    for _ in range(50):
        window.spend(1, 0)
        assert pace.wait_ms(0) == 0
    window.spend(1, 0)
    assert pace.wait_ms(0) == 1_200


@pytest.mark.parametrize("part", [1.0, 0.8])
def test_wanted_all_the_time_the_messages_are_used_up_and_never_missed_for_long(
    part: float,
) -> None:
    window, pace = pace_at(100, part)
    went_ms: list[int] = []
    now_ms = 0
    while now_ms < 10 * MINUTE_MS:
        wait_ms = pace.wait_ms(now_ms)
        if wait_ms:
            now_ms += wait_ms
        else:
            assert window.admits(1, now_ms)
            window.spend(1, now_ms)
            went_ms.append(now_ms)
    assert len(went_ms) >= 9.9 * 100 * part
    assert max(later - earlier for earlier, later in pairwise(went_ms)) <= 1_600


def test_messages_of_others_count_and_those_of_long_ago_do_not() -> None:
    window, pace = pace_at(100)
    window.spend(91, 0)
    assert pace.wait_ms(0) == 6_000
    assert pace.wait_ms(MINUTE_MS) == 0


def test_urgent_messages_wait_no_longer_than_they_are_promised() -> None:
    window = SlidingWindow(100, urgent_part=0.5)
    pace = MessagePace(window, is_urgent=True)
    window.spend(91, 0)
    assert pace.wait_ms(0) == window.urgent_every_ms == 1_200


def test_refusals_in_a_row_lengthen_the_wait_and_quiet_forgives() -> None:
    throttle = Throttle(lambda now_ms: 0)
    waits = []
    now_ms = 0
    for _ in range(8):
        throttle.refused(now_ms)
        waits.append(throttle.wait_ms(now_ms))
        now_ms += waits[-1]
    assert waits == [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]
    now_ms += Throttle.FORGIVEN_MS + 1
    throttle.refused(now_ms)
    assert throttle.wait_ms(now_ms) == 2_000


def test_who_does_not_adapt_counts_refusals_and_goes_on() -> None:
    throttle = Throttle(lambda now_ms: 0, is_adaptive=False)
    throttle.refused(0)
    assert (throttle.wait_ms(0), throttle.refusals) == (0, 1)


def went_after_a_refusal(per_minute: int, until_ms: int) -> list[int]:
    """When messages go that are wanted all the time."""
    throttle = Throttle(lambda now_ms: per_minute)
    throttle.refused(0)
    went_ms: list[int] = []
    for now_ms in range(until_ms):
        if not throttle.wait_ms(now_ms):
            throttle.sent(now_ms)
            went_ms.append(now_ms)
    return went_ms


def test_after_the_wait_messages_go_at_half_their_rate_and_recover() -> None:
    went_ms = went_after_a_refusal(600, 80_000)
    assert went_ms[0] == Throttle.FIRST_MS
    in_ten_s = [
        sum(begin <= ms < begin + 10_000 for ms in went_ms)
        for begin in range(2_000, 52_000, 10_000)
    ]
    assert in_ten_s[:3] == pytest.approx([50, 100, 200], abs=2)
    assert in_ten_s[4] > 1_000, "nothing is held back any more"


def test_a_rate_that_is_refused_again_is_halved_again() -> None:
    throttle = Throttle(lambda now_ms: 600)
    throttle.refused(0)
    throttle.sent(2_000)
    assert throttle.wait_ms(2_000) == 200
    throttle.refused(2_200)
    throttle.sent(6_200)
    assert throttle.wait_ms(6_200) == 400


def test_what_was_on_its_way_together_is_refused_once() -> None:
    throttle = Throttle(lambda now_ms: 600)
    for now_ms in (0, 1, 50, 1_999):
        throttle.refused(now_ms)
    assert throttle.wait_ms(0) == Throttle.FIRST_MS
    assert throttle.refusals == 4


def test_who_sent_little_keeps_a_short_distance_only() -> None:
    went_ms = went_after_a_refusal(1, 12_000)
    assert went_ms == [2_000, 4_000, 6_000, 8_000, 10_000]
