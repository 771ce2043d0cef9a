"""The venue's budgets are kept exactly: never a unit too much, never a wait without end."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.connection.rate_budget import (
    AddressBudget,
    InFlight,
    IpBudget,
    ReportedUsage,
)
from hive.connection.sliding_window import SlidingWindow
from hive.hyperliquid.limits import VenueLimits

# --- the sliding window ------------------------------------------------------------------------


def test_a_window_admits_up_to_its_cap_and_frees_what_is_past() -> None:
    """Ten a minute: the eleventh waits until the first is a minute old, to the millisecond."""
    window = SlidingWindow(10)
    for at_ms in range(10):
        assert window.admits(1, at_ms)
        window.spend(1, at_ms)
    assert not window.admits(1, 10)
    assert window.wait_ms(1, 10) == 59_990
    assert not window.admits(1, 59_999)
    assert window.admits(1, 60_000)
    assert not window.admits(2, 60_000)


def test_a_window_keeps_its_reserve_for_urgent_ones() -> None:
    """Ordinary spenders stop short; urgent ones go to the cap."""
    window = SlidingWindow(10, reserve=3)
    window.spend(7, 0)
    assert not window.admits(1, 1)
    assert window.wait_ms(1, 1) == 59_999
    assert window.admits(3, 1, urgent=True)
    assert window.wait_ms(3, 1, urgent=True) == 0
    assert not window.admits(4, 1, urgent=True)


def test_overdrawing_is_counted_and_paid_back() -> None:
    """An answer's rows may push past the cap: nothing goes until enough of it is forgotten."""
    window = SlidingWindow(10)
    window.spend(8, 0)
    window.spend(8, 30_000)
    assert window.wait_ms(1, 30_000) == 30_000
    assert window.wait_ms(3, 30_000) == 60_000
    assert window.snapshot(30_000).used == 16


def test_what_is_larger_than_the_cap_gets_the_wait_for_an_empty_window() -> None:
    """It is never admitted, and never made to wait for longer than makes sense."""
    window = SlidingWindow(10)
    window.spend(1, 0)
    assert window.wait_ms(50, 0) == 60_000
    assert not window.admits(50, 60_000)
    assert window.wait_ms(50, 60_000) == 0


def test_refusals_are_counted() -> None:
    """A snapshot tells how often spenders were turned away."""
    window = SlidingWindow(1)
    window.spend(1, 0)
    window.admits(1, 1)
    window.admits(1, 2)
    snapshot = window.snapshot(2)
    assert (snapshot.used, snapshot.cap, snapshot.refused) == (1, 1, 2)


steps = st.lists(st.tuples(st.integers(0, 30_000), st.integers(1, 30), st.booleans()), max_size=120)


@given(st.integers(1, 60), st.integers(0, 59), steps)
def test_no_minute_ever_holds_more_than_the_cap(
    cap: int, reserve: int, steps: list[tuple[int, int, bool]]
) -> None:
    """Whoever asks first never exceeds the cap in any span, and the wait told is exact."""
    window = SlidingWindow(cap, reserve=min(reserve, cap - 1))
    now_ms, spent = 0, list[tuple[int, int]]()
    for pause_ms, amount, urgent in steps:
        now_ms += pause_ms
        limit = cap if urgent else cap - min(reserve, cap - 1)
        used = sum(past for at_ms, past in spent if at_ms + 60_000 > now_ms)
        assert window.admits(amount, now_ms, urgent=urgent) is (used + amount <= limit)
        wait_ms = window.wait_ms(amount, now_ms, urgent=urgent)
        if amount <= limit:
            later_ms = now_ms + wait_ms
            still_used = sum(past for at_ms, past in spent if at_ms + 60_000 > later_ms)
            assert still_used + amount <= limit
            if wait_ms:
                before_ms = later_ms - 1
                used_before = sum(past for at_ms, past in spent if at_ms + 60_000 > before_ms)
                assert used_before + amount > limit
        if window.admits(amount, now_ms, urgent=urgent):
            window.spend(amount, now_ms)
            spent.append((now_ms, amount))
    for start_ms, _ in spent:
        in_span = [past for at_ms, past in spent if start_ms <= at_ms < start_ms + 60_000]
        assert sum(in_span) <= cap


asks = st.lists(st.tuples(st.integers(0, 3_000), st.booleans(), st.integers(1, 30)), max_size=100)


@given(st.integers(2, 60), st.sampled_from([1, 250]), asks)
def test_urgent_ones_keep_their_pace_whatever_ordinary_ones_did(
    cap: int, grain_ms: int, asks: list[tuple[int, bool, int]]
) -> None:
    """Ordinary ones take all they are admitted, as hastily as they like; an urgent one that keeps
    its distance from the last urgent one is never turned away, and nobody exceeds the cap."""
    window = SlidingWindow(cap, urgent_part=0.5, grain_ms=grain_ms)
    every_ms = math.ceil(window.urgent_every_ms)
    now_ms, urgent_ms, spent_ms = 0, -every_ms, list[int]()
    for pause_ms, urgent, often in asks:
        now_ms += pause_ms
        for _ in range(often):
            if urgent:
                now_ms = max(now_ms, urgent_ms + every_ms)
                assert window.admits(1, now_ms, urgent=True)
                urgent_ms = now_ms
            elif not window.admits(1, now_ms):
                now_ms += min(window.wait_ms(1, now_ms), pause_ms)
                continue
            window.spend(1, now_ms)
            spent_ms.append(now_ms)
    for start_ms in spent_ms:
        assert sum(start_ms <= at_ms < start_ms + 60_000 for at_ms in spent_ms) <= cap


def test_the_wait_of_an_ordinary_one_ends_when_urgent_ones_can_keep_their_pace_beside_it() -> None:
    """Half at once; then, while nothing comes free, one for each that urgent ones leave unused."""
    window = SlidingWindow(100, urgent_part=0.5)
    window.spend(50, 0)
    assert window.wait_ms(1, 0) == 1_200
    assert not window.admits(1, 1_199)
    assert window.admits(1, 1_200)
    window.spend(49, 30_000)
    assert window.admits(1, 30_000, urgent=True)
    assert window.wait_ms(1, 30_000) == 30_000, "until what was spent in haste is forgotten"


def test_a_window_holds_no_more_entries_than_milliseconds() -> None:
    """A burst within one millisecond is one entry: memory is bounded by the span."""
    window = SlidingWindow(10**6, span_ms=10)
    for _ in range(1_000):
        window.spend(1, 5)
    assert window.snapshot(5).used == 1_000
    assert window.snapshot(15).used == 0


# --- posts in flight ---------------------------------------------------------------------------


def test_posts_in_flight_keep_a_reserve() -> None:
    """Ordinary posts stop at the reserve, urgent ones at the cap; an answer makes room."""
    posts = InFlight(3, reserve=1)
    posts.start()
    posts.start()
    assert not posts.admits()
    assert posts.admits(urgent=True)
    posts.start()
    assert not posts.admits(urgent=True)
    posts.finish()
    posts.finish()
    assert posts.admits()
    assert posts.count == 1


# --- one IP ------------------------------------------------------------------------------------


def test_an_ip_uses_at_most_its_share_of_each_limit() -> None:
    """95 % of the venue's number, a tenth of it for urgent requests."""
    budget = IpBudget(VenueLimits())
    snapshot = budget.snapshot(0)
    assert (snapshot.weight.cap, snapshot.messages.cap, snapshot.connections.cap) == (
        *(1_140, 1_900),
        28,
    )
    assert budget.weight.admits(1_026, 0)
    assert not budget.weight.admits(1_027, 0)
    assert budget.weight.admits(1_140, 0, urgent=True)


def test_messages_are_kept_for_what_is_open_and_no_more() -> None:
    """A hundredth stays idle, and what could be needed at once; `reserve_share` bounds it."""
    budget = IpBudget(VenueLimits())
    assert budget.messages.ordinary_cap == 1_900 - 19
    budget.could_need.append(lambda: 11)
    assert budget.messages.ordinary_cap == 1_900 - 30
    budget.could_need.append(lambda: 1_000)
    assert budget.messages.ordinary_cap == 1_900 - 190
    assert budget.messages.urgent_every_ms < 65


def test_a_minute_of_ours_is_longer_than_the_venues() -> None:
    """The venue counts at arrival, so what left sixty seconds ago may still count there."""
    budget = IpBudget(VenueLimits())
    budget.weight.spend(1_140, 0)
    assert not budget.weight.admits(1, 60_000)
    assert budget.weight.admits(1, 61_000)


def test_rows_are_charged_after_the_answer() -> None:
    """2,000 fills cost a hundred more than was known when asking."""
    budget = IpBudget(VenueLimits())
    budget.weight.spend(20, 0)
    budget.charge_rows("userFillsByTime", 2_000, 100)
    assert budget.snapshot(100).weight.used == 120


# --- one address -------------------------------------------------------------------------------


def _budget(used: int, cap: int = 10_000, *, surplus: int = 0, reserve: int = 0) -> AddressBudget:
    return AddressBudget(VenueLimits(), reported=ReportedUsage(used, cap, surplus), reserve=reserve)


def test_orders_end_at_the_cap_and_cancels_go_further() -> None:
    """With the cap used up, a batch of orders waits for trading; cancels have as much again."""
    budget = _budget(10_000)
    assert budget.wait_ms("place", 2, 0) is None
    assert budget.admits("cancel", 10_000, 0)
    assert not budget.admits("cancel", 10_001, 0)


def test_the_reserve_is_for_urgent_orders() -> None:
    """Quoting stops before the last requests; what reduces risk may use them."""
    budget = _budget(9_900, reserve=200)
    assert not budget.admits("place", 2, 0)
    assert budget.admits("place", 100, 0, urgent=True)
    assert not budget.admits("place", 101, 0, urgent=True)


def test_an_exhausted_address_has_one_action_per_ten_seconds() -> None:
    """The venue's trickle, for single requests; time does not have to pass before the first."""
    budget = _budget(10_000)
    assert budget.admits("place", 1, 500)
    budget.spend(1, 500)
    assert budget.wait_ms("place", 1, 500) == 10_000
    assert budget.wait_ms("place", 1, 7_500) == 3_000
    assert budget.admits("place", 1, 10_500)
    assert not budget.admits("place", 2, 10_500)


def test_trading_makes_room() -> None:
    """A request per dollar traded, fractions kept until they are whole."""
    budget = _budget(10_000)
    budget.credit_volume(Decimal("0.6"), 0)
    assert budget.left == 0
    budget.credit_volume(Decimal("1.4"), 0)
    assert budget.left == 2
    assert budget.admits("place", 2, 0)


def test_bought_requests_count() -> None:
    """What was reserved and not used yet adds to what is left."""
    assert _budget(10_000, surplus=50).left == 50


def test_a_report_counts_what_it_may_not_have_seen() -> None:
    """In flight when asked, and sent since: both are added to the venue's number."""
    budget = _budget(0)
    budget.spend(10, 0)
    budget.settle(10)
    budget.spend(5, 1)
    mark = budget.mark()
    budget.spend(3, 2)
    budget.refresh(ReportedUsage(10, 10_000), mark)
    assert budget.snapshot(3).used == 18
    budget.settle(5)
    budget.settle(3)
    budget.refresh(ReportedUsage(18, 10_000), budget.mark())
    assert budget.snapshot(3).used == 18


def test_a_report_replaces_what_we_credited() -> None:
    """Volume is in the venue's cap by then: it must not count twice."""
    budget = _budget(0)
    budget.credit_volume(Decimal(500), 0)
    assert budget.snapshot(0).cap == 10_500
    budget.refresh(ReportedUsage(0, 10_500), budget.mark())
    assert budget.snapshot(0).cap == 10_500


@given(
    st.lists(
        st.sampled_from(["spend", "arrive", "settle", "ask", "answer"]), min_size=1, max_size=100
    )
)
def test_we_never_believe_in_more_than_is_left(happenings: list[str]) -> None:
    """However sends, arrivals, answers and reports interleave, our count is not below the venue's.

    The venue counts an action when it arrives; a report tells its count of some moment between the
    asking and the answer.
    """
    budget = _budget(0)
    sent = arrived = settled = 0
    asked = None
    for happening in happenings:
        if happening == "spend":
            budget.spend(1, 0)
            sent += 1
        elif happening == "arrive" and arrived < sent:
            arrived += 1
        elif happening == "settle" and settled < arrived:
            budget.settle(1)
            settled += 1
        elif happening == "ask":
            asked = (budget.mark(), arrived)
        elif happening == "answer" and asked is not None:
            mark, count = asked
            budget.refresh(ReportedUsage(count, 10_000), mark)
            asked = None
        assert budget.snapshot(0).used >= arrived


def test_the_forecast_follows_the_net_rate() -> None:
    """Minutes left at the last ten minutes' rate; None while trading earns more than is spent."""
    budget = _budget(0, 1_000)
    assert budget.snapshot(0).minutes_left is None
    for minute in range(20):
        budget.spend(20, minute * 60_000)
    snapshot = budget.snapshot(20 * 60_000 - 1)
    assert snapshot.left == 600
    assert snapshot.minutes_left == pytest.approx(30, rel=0.01)
    budget.credit_volume(Decimal(5_000), 20 * 60_000 - 1)
    assert budget.snapshot(20 * 60_000 - 1).minutes_left is None


def test_an_idle_address_has_no_forecast() -> None:
    """What was spent long ago says nothing about now."""
    budget = _budget(0)
    budget.spend(500, 0)
    assert budget.snapshot(60_000).minutes_left is not None
    assert budget.snapshot(60 * 60_000).minutes_left is None
