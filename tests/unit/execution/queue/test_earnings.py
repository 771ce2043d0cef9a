"""Who trades goes on while actions are short; who does not has a trial now and then."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.execution.queue.lanes import Stock

from hive.domain.identifiers import Cloid, StrategyId
from hive.execution.queue.earnings import PURSE_MAX, TRIALS_HORIZON_MS, Earnings
from hive.execution.queue.economy import ActionPace
from hive.execution.queue.fair_queue import FairQueue, Shut
from hive.execution.queue.lane import Quota, Waiting
from hive.execution.queue.overload import Overload
from hive.storage.records import PurseRecord

TAKER, MAKER = StrategyId("taker"), StrategyId("maker")
OPEN = Quota(max_orders_per_second=1e6, burst=1_000)
FIRST_TRIAL_MS = TRIALS_HORIZON_MS * 2 // 200


class Short:
    """An account with two strategies and nothing to go at once."""

    def __init__(self, kept: dict[StrategyId, PurseRecord] | None = None) -> None:
        self.stock = Stock(201, reserve=200)
        self.pace = ActionPace(self.stock, 0)
        self.pace.spend(1)
        self.stock.left -= 1
        self.journal: list[PurseRecord] = []
        self.earnings = Earnings(self.stock, self.pace, kept=kept or {}, keep=self.journal.append)
        self.queue = FairQueue(self.earnings)
        for strategy in (TAKER, MAKER):
            self.queue.open_lane(strategy, OPEN, 0)

    def earn(self, usd: int, *, is_immediate: bool = True, strategy: StrategyId = TAKER) -> None:
        self.stock.left += usd
        self.earnings.earned(strategy, Decimal(usd), is_immediate=is_immediate)


def order(number: int = 0, *, is_immediate: bool, strategy: StrategyId = TAKER) -> Waiting:
    return Waiting(Cloid(f"{strategy}{number}"), strategy, 10**12, False, is_immediate)


def test_what_an_order_traded_pays_for_the_next_of_its_kind() -> None:
    short = Short()
    short.earn(11)
    assert short.earnings.covers(order(is_immediate=True), 0)
    assert not short.earnings.covers(order(is_immediate=False), 0)
    assert not short.earnings.covers(order(is_immediate=True, strategy=MAKER), 0)
    for _ in range(11):
        short.earnings.pay([order(is_immediate=True)], 0)
    assert not short.earnings.covers(order(is_immediate=True), 0)


def test_an_action_is_either_its_traders_or_everybodys() -> None:
    short = Short()
    short.earn(PURSE_MAX)
    assert short.pace.rooms(0)[1] == 0, "put aside"
    short.earnings.pay([order(is_immediate=True)], 0)
    short.pace.spend(1)
    short.stock.left -= 1
    assert short.pace.rooms(0)[1] == 0, "at his own expense"
    short.earn(11)
    assert short.pace.rooms(0)[1] == 10, "one fills the purse again"


def test_what_is_put_aside_outlives_the_process_to_the_last_action() -> None:
    short = Short()
    short.earn(3)
    short.earn(5, is_immediate=False)
    short.earnings.pay([order(is_immediate=True)], 0)
    reborn = Short({record.strategy: record for record in short.journal})
    for is_immediate, left in ((True, 2), (False, 5)):
        for _ in range(left):
            assert reborn.earnings.covers(order(is_immediate=is_immediate), 0)
            reborn.earnings.pay([order(is_immediate=is_immediate)], 0)
        assert not reborn.earnings.covers(order(is_immediate=is_immediate), 0)
    assert not reborn.earnings.covers(order(is_immediate=True, strategy=MAKER), 0)


def test_a_full_purse_is_journaled_no_more() -> None:
    """Where actions are plenty nothing is taken out of it: trading costs no records."""
    short = Short()
    short.earn(PURSE_MAX)
    short.earn(PURSE_MAX)
    assert short.journal == [PurseRecord(TAKER, PURSE_MAX, 0)]


@pytest.mark.parametrize(("is_immediate", "wait_ms"), [(True, 1), (False, 2)])
def test_who_has_earned_nothing_has_a_trial_in_time(is_immediate: bool, wait_ms: int) -> None:
    earnings, due_ms = Short().earnings, FIRST_TRIAL_MS * wait_ms
    one = order(is_immediate=is_immediate)
    assert not earnings.covers(one, due_ms - 1)
    assert earnings.covers(one, due_ms)
    assert earnings.covered(TAKER, [one, one], due_ms) == [one], "one of them"


def test_trials_become_rarer_until_something_is_earned() -> None:
    short, taken = Short(), order(is_immediate=True)
    short.earnings.pay([taken], FIRST_TRIAL_MS)
    assert not short.earnings.covers(taken, 3 * FIRST_TRIAL_MS - 1)
    assert short.earnings.covers(taken, 3 * FIRST_TRIAL_MS)
    short.earn(1)
    short.earnings.pay([taken], FIRST_TRIAL_MS)
    short.stock.left -= 1
    assert short.earnings.covers(taken, 2 * FIRST_TRIAL_MS)


def test_trials_that_earn_nothing_never_use_everything_up() -> None:
    short = Short()
    day_ms = 24 * 3_600_000
    for now_ms in range(0, 60 * day_ms, day_ms // 24):
        for strategy in (TAKER, MAKER):
            each = order(is_immediate=True, strategy=strategy)
            if short.earnings.covers(each, now_ms):
                short.earnings.pay([each], now_ms)
                short.stock.left -= 1
    assert 150 < short.stock.left < 200


def test_what_is_earned_goes_past_what_has_to_wait_and_is_not_turned_away() -> None:
    short = Short()
    short.earn(2)
    for number in range(6):
        short.queue.add(order(number, is_immediate=number >= 2), 0)
    gone = short.queue.take_prepaid(10, 0)
    assert [item.cloid for item in gone] == [Cloid("taker2"), Cloid("taker3")]
    short.earn(1)
    shut = Shut(Overload("address budget: too little", 500), 0, 500, is_heavy_only=False)
    late = short.queue.shut(shut, keep=0)
    assert [item.cloid for item in late] == [Cloid("taker0"), Cloid("taker1")]
    assert short.queue.add(order(7, is_immediate=False), 1) is not None
    assert short.queue.add(order(8, is_immediate=True), 1) is None


def test_an_order_that_was_put_back_has_paid_nothing() -> None:
    """However often it turns out that it may not leave yet."""
    short = Short()
    short.earn(2)
    short.earn(1, is_immediate=False)
    kinds = (True, True, False)
    for number, is_immediate in enumerate(kinds):
        short.queue.add(order(number, is_immediate=is_immediate), 0)
    for _ in range(5):
        gone = short.queue.take_prepaid(10, 0)
        assert [item.is_immediate for item in gone] == list(kinds)
        short.queue.put_back(gone)
        assert short.pace.rooms(0)[1] == 0, "nothing of it became everybody's"
    assert short.journal[-1] == PurseRecord(TAKER, 2, 1)


def test_a_trial_that_was_put_back_has_not_failed() -> None:
    short = Short()
    short.queue.add(order(is_immediate=True), 0)
    for _ in range(5):
        gone = short.queue.take_prepaid(10, FIRST_TRIAL_MS)
        assert len(gone) == 1
        short.queue.put_back(gone)
    assert len(short.queue.take_prepaid(10, FIRST_TRIAL_MS)) == 1
    assert not short.earnings.covers(order(is_immediate=True), 3 * FIRST_TRIAL_MS - 1)


def test_what_goes_at_everybodys_expense_gets_nothing_back() -> None:
    """Though an order of that name had been paid for before: a replace has its order's."""
    short = Short()
    short.earn(2)
    for _ in range(2):
        short.queue.add(order(is_immediate=True), 0)
        gone = short.queue.take_prepaid(1, 0)
    short.queue.add(order(is_immediate=True), 0)
    gone = short.queue.take(1, 0)
    short.queue.put_back(gone)
    assert not short.earnings.covers(gone[0], 0)


def test_quotas_hold_what_is_earned_too() -> None:
    short = Short()
    short.queue.open_lane(TAKER, Quota(max_orders_per_second=1, burst=1), 0)
    short.earn(50)
    for number in range(2):
        short.queue.add(order(number, is_immediate=True), 0)
    assert len(short.queue.take_prepaid(10, 0)) == 1
