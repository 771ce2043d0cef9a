"""Whoever traded at once goes on at once, while the account's actions are short for all others."""

from __future__ import annotations

from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig

from hive.domain.identifiers import StrategyId
from hive.domain.orders import TimeInForce

REQUESTS: int = 40
TRADED: str = "0.0002"
"""Twelve dollars of BTC."""


def is_sent(rig: DeskRig, strategy: StrategyId, tif: TimeInForce) -> bool:
    before = len(rig.actions)
    rig.placed(strategy=strategy, tif=tif, coin="ETH", px="2000", size="0.1")
    return len(rig.actions) > before


def test_an_order_that_trades_at_once_goes_at_the_expense_of_those_that_did() -> None:
    rig = DeskRig()
    rig.info.requests_cap = REQUESTS
    rig.start()
    rig.run_ms(1_000)
    taker = rig.placed(strategy=ALICE, tif=TimeInForce.IOC, size=TRADED)
    rig.tell_fills(rig.fill(taker, 1, trade=1, size=TRADED))
    rig.answer({"filled": {"oid": 1, "totalSz": TRADED, "avgPx": "60000"}})
    while is_sent(rig, BOB, TimeInForce.ALO):
        assert len(rig.actions) < REQUESTS
    assert not is_sent(rig, BOB, TimeInForce.IOC), "who has not traded has nothing to go on"
    assert not is_sent(rig, ALICE, TimeInForce.ALO), "nor have orders of another kind"
    assert is_sent(rig, ALICE, TimeInForce.IOC)
