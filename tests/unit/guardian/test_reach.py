"""What a duty is about, and that nothing but cancels and reduce-only orders come of it."""

from __future__ import annotations

from decimal import Decimal
from itertools import repeat
from typing import Any

import pytest

from hive.domain.account import AccountState, VenuePosition
from hive.domain.identifiers import Address, CloidFields, Oid, StrategyId, pack_cloid
from hive.domain.instruments import Instrument, InstrumentKind, Universe
from hive.domain.market import Side
from hive.domain.order_options import Trigger, TriggerKind
from hive.domain.orders import OrderReport, ReportKind
from hive.domain.switches import EVERYTHING, Reach, Scope, Strength
from hive.guardian.reach import Names, cancels, closings, is_exit, orders_of, positions_of
from hive.guardian.vigil import Duty

ACCOUNT = Address("0x" + "ab" * 20)
OTHER = Address("0x" + "cd" * 20)
NAMES = Names(instance=7, strategies=(StrategyId("alice"), StrategyId("bob")))
UNIVERSE = Universe(
    [
        Instrument("BTC", 0, InstrumentKind.PERP, 5, 40),
        Instrument("ETH", 1, InstrumentKind.PERP, 4, 25),
    ]
)
STOP = Trigger(TriggerKind.STOP, Decimal(90), is_market=True)


def order(oid: int, coin: str = "BTC", *, strategy: int = 1, **more: Any) -> OrderReport:
    fields: dict[str, Any] = {
        "coin": coin,
        "side": Side.BUY,
        "limit_px": Decimal(100),
        "open_size": Decimal(1),
        "original_size": Decimal(1),
        "oid": Oid(oid),
        "cloid": pack_cloid(CloidFields(7, 1, strategy, 1, oid)),
        "kind": ReportKind.OPEN,
        "status": "open",
        "status_ms": 1,
        "reduce_only": False,
    }
    return OrderReport(**fields | more)


def duty(strength: Strength = Strength.CANCEL, scope: Scope = EVERYTHING) -> Duty:
    return Duty(scope, strength, "a test")


def oids(*duties: Duty, among: list[OrderReport]) -> list[int]:
    return [each.oid for each in orders_of(duties, among, ACCOUNT, NAMES)]


def test_everything_is_everybodys_orders_and_foreign_ones() -> None:
    assert oids(duty(), among=[order(1), order(2, "ETH"), order(3, cloid=None)]) == [1, 2, 3]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (Scope(Reach.COIN, "ETH"), [2]),
        (Scope(Reach.STRATEGY, "bob"), [3]),
        (Scope(Reach.STRATEGY, "nobody"), []),
        (Scope(Reach.ACCOUNT, ACCOUNT), [1, 2, 3, 4]),
        (Scope(Reach.ACCOUNT, OTHER), []),
    ],
)
def test_a_scope_is_what_it_says(scope: Scope, found: list[int]) -> None:
    among = [
        order(1),
        order(2, "ETH"),
        order(3, strategy=2),
        order(4, cloid=None),
    ]
    assert oids(duty(scope=scope), among=among) == found


def test_stops_that_protect_stay_until_the_position_is_to_be_closed() -> None:
    among = [order(1, reduce_only=True, trigger=STOP), order(2, reduce_only=True)]
    assert oids(duty(), among=among) == [2]
    assert oids(duty(Strength.FLATTEN), among=among) == [1, 2]


def test_a_trigger_that_can_only_shrink_the_position_is_an_exit_though_the_venue_is_not_told() -> (
    None
):
    stop = order(1, side=Side.SELL, open_size=Decimal(2), trigger=STOP)
    assert is_exit(stop, {"BTC": Decimal(2)})
    assert not is_exit(stop, {"BTC": Decimal(1)}), "it could turn it"
    assert not is_exit(stop, {"BTC": Decimal(-2)}), "it adds"
    assert not is_exit(stop, {"ETH": Decimal(2)})
    assert not is_exit(order(1, side=Side.SELL), {"BTC": Decimal(2)}), "it waits for nothing"


def test_cancels_go_in_batches_and_by_oid() -> None:
    actions = cancels([order(number) for number in range(250)], UNIVERSE)
    assert [len(action.cancels) for action in actions] == [100, 100, 50]
    assert actions[2].cancels[-1].o == 249


def state(**sizes: str) -> AccountState:
    positions = tuple(
        VenuePosition(
            coin=coin,
            size=Decimal(size),
            entry_px=Decimal(100),
            leverage=1,
            unrealized_pnl_usd=Decimal(0),
            liquidation_px=None,
        )
        for coin, size in sizes.items()
    )
    return AccountState(
        account=ACCOUNT,
        equity_usd=Decimal(0),
        margin_used_usd=Decimal(0),
        withdrawable_usd=Decimal(0),
        positions=positions,
        venue_ms=1,
    )


def test_positions_are_closed_only_where_the_strength_says_so() -> None:
    held = state(BTC="1", ETH="-2")
    assert positions_of([duty()], held, ACCOUNT) == {}
    flatten = duty(Strength.FLATTEN)
    assert positions_of([flatten], held, ACCOUNT) == {"BTC": Decimal(1), "ETH": Decimal(-2)}
    one = duty(Strength.HALT, Scope(Reach.COIN, "ETH"))
    assert positions_of([one], held, ACCOUNT) == {"ETH": Decimal(-2)}
    his = duty(Strength.FLATTEN, Scope(Reach.STRATEGY, "alice"))
    assert positions_of([his], held, ACCOUNT) == {}


def test_a_closing_is_reduce_only_immediate_and_bounded() -> None:
    held = {"BTC": Decimal(1), "ETH": Decimal(-2), "GONE": Decimal(1)}
    prices = {"BTC": Decimal(100), "ETH": Decimal(50)}
    action = closings(held, UNIVERSE, prices.get, slippage_pct=Decimal(2), cloids=repeat(None))
    assert action is not None
    long, short = action.orders
    assert (long.b, long.p, long.s, long.r) == (False, "98", "1", True)
    assert (short.b, short.p, short.s, short.r) == (True, "51", "2", True)
    assert {wire.t.limit.tif for wire in action.orders if wire.t.limit} == {"Ioc"}
    assert closings({}, UNIVERSE, prices.get, slippage_pct=Decimal(2), cloids=()) is None
