"""Thrift: actions last, a minute's messages last a minute, and a venue that says stop is heard."""

from __future__ import annotations

from hive.execution.economy import MINUTE_MS, ActionPace, MessagePace, PaceSettings, Throttle


class Stock:
    def __init__(self, left: int) -> None:
        self.left = left


def test_a_share_of_what_is_left_may_go_at_once() -> None:
    pace = ActionPace(Stock(10_000), 0, PaceSettings(burst_share=0.2))
    assert pace.room(0) == 2_000


def test_the_stock_is_never_used_up_however_long_everything_is_taken() -> None:
    stock = Stock(10_000)
    pace = ActionPace(stock, 0)
    for now_ms in range(0, 100 * 3_600_000, 60_000):
        room = pace.room(now_ms)
        stock.left -= room
        pace.spend(room)
    assert stock.left > 0


def test_every_dollar_traded_adds_an_action() -> None:
    stock = Stock(100)
    pace = ActionPace(stock, 0, PaceSettings(burst_share=0.5))
    pace.spend(50)
    stock.left -= 50
    assert pace.room(0) == 0
    stock.left += 7
    assert pace.room(0) == 7


def test_cancels_that_could_not_wait_are_paid_off_first() -> None:
    stock = Stock(1_000)
    pace = ActionPace(stock, 0, PaceSettings(burst_share=0.1, horizon_ms=100_000))
    pace.spend(150)
    stock.left -= 150
    assert pace.room(0) == 0
    wait_ms = pace.wait_ms(0)
    assert pace.room(wait_ms - 100) == 0
    assert pace.room(wait_ms) == 1


def test_up_to_half_a_minutes_messages_leave_at_once() -> None:
    pace = MessagePace(100)
    for used in range(1, 51):
        pace.sent(0, lambda now_ms: used)  # noqa: B023 (asked within the call)
        assert pace.wait_ms(0) == 0
    pace.sent(0, lambda now_ms: 51)
    assert pace.wait_ms(0) == 1_200


def test_the_other_half_lasts_for_the_minute() -> None:
    pace, now_ms, sent = MessagePace(100), 0, 0
    while now_ms < MINUTE_MS:
        sent += 1
        pace.sent(now_ms, lambda now_ms: sent)  # noqa: B023 (asked within the call)
        now_ms += pace.wait_ms(now_ms)
    assert sent <= 100


def test_messages_of_others_count_and_those_of_long_ago_do_not() -> None:
    pace = MessagePace(100)
    for _ in range(51):
        pace.sent(0, lambda now_ms: 90)
    assert pace.wait_ms(0) == 1_200
    for _ in range(3):
        pace.sent(MINUTE_MS, lambda now_ms: 20)
    assert pace.wait_ms(MINUTE_MS) == 0


def test_refusals_in_a_row_lengthen_the_wait_and_quiet_forgives() -> None:
    throttle = Throttle()
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
