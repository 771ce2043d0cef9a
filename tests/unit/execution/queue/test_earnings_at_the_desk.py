"""Whoever traded at once goes on at once, while the account's actions are short for all others."""

from __future__ import annotations

from tests.unit.execution.books.test_recovery import after, held
from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig

from hive.domain.identifiers import StrategyId
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.books_state import encoded
from hive.execution.books.recovery import recover
from hive.storage.checkpoints import pieces_of
from hive.storage.records import PurseRecord

REQUESTS: int = 40
TRADED: str = "0.0002"
"""Twelve dollars of BTC."""


def is_sent(rig: DeskRig, strategy: StrategyId, tif: TimeInForce) -> bool:
    before = len(rig.actions)
    rig.placed(strategy=strategy, tif=tif, coin="ETH", px="2000", size="0.1")
    return len(rig.actions) > before


def traded_by_taking(rig: DeskRig, trade: int) -> None:
    taker = rig.placed(strategy=ALICE, tif=TimeInForce.IOC, size=TRADED)
    row = rig.fill(taker, trade, trade=trade, size=TRADED)
    rig.tell_fills(row)
    rig.answer({"filled": {"oid": trade, "totalSz": TRADED, "avgPx": "60000"}})
    rig.info.fills.append(row)
    rig.info.positions = [held(TRADED)]


def use_up(rig: DeskRig) -> None:
    """Have both quote for as long as anybody may."""
    for strategy in (BOB, ALICE):
        while is_sent(rig, strategy, TimeInForce.ALO):
            assert len(rig.actions) < REQUESTS


def test_who_traded_goes_on_at_once_after_a_restart_too() -> None:
    """Died of a kill or ended in order, from records or from a state: what was earned is there."""
    rig = DeskRig()
    rig.info.requests_cap = REQUESTS
    rig.start()
    rig.run_ms(1_000)
    traded_by_taking(rig, 1)
    use_up(rig)
    assert is_sent(rig, ALICE, TimeInForce.IOC)
    books = AccountBooks(rig.journal, lambda _: None)
    recover(rig.journal.records, books)
    by_records, by_state = after(rig), after(rig, records=[*pieces_of(encoded(books.state()))])
    for reborn in (by_records, by_state):
        reborn.info.requests_cap = REQUESTS
        reborn.start()
        reborn.run_ms(20_000)  # until nothing of what was sent last is in doubt
        use_up(reborn)
        assert not is_sent(reborn, BOB, TimeInForce.IOC)
        before = len(reborn.actions)
        while is_sent(reborn, ALICE, TimeInForce.IOC):
            pass
        assert len(reborn.actions) - before == 11, "of twelve dollars one went before"


def test_an_order_that_trades_at_once_goes_at_the_expense_of_those_that_did() -> None:
    rig = DeskRig()
    rig.info.requests_cap = REQUESTS
    rig.start()
    rig.run_ms(1_000)
    traded_by_taking(rig, 1)
    use_up(rig)
    assert not is_sent(rig, BOB, TimeInForce.IOC), "who has not traded has nothing to go on"
    assert not is_sent(rig, ALICE, TimeInForce.ALO), "nor have orders of another kind"
    assert is_sent(rig, ALICE, TimeInForce.IOC)


def test_an_order_that_is_refused_on_its_way_out_has_paid_nothing() -> None:
    """Which turns out after it was taken from its lane."""
    rig = DeskRig()
    rig.info.requests_cap = REQUESTS
    rig.start()
    rig.run_ms(1_000)
    rig.resting(
        9, side=Side.SELL, strategy=BOB, tif=TimeInForce.ALO, coin="ETH", px="2100", size="0.1"
    )
    rig.run_ms(20_000)  # until it counts in nobody's share
    traded_by_taking(rig, 1)
    use_up(rig)
    for _ in range(20):
        rig.placed(strategy=ALICE, tif=TimeInForce.IOC, coin="ETH", px="2200", size="0.1")
        assert rig.alice.events[-1].reason.startswith("own_cross")
    assert is_sent(rig, ALICE, TimeInForce.IOC)
    purses = [record for record in rig.journal.records if isinstance(record, PurseRecord)]
    assert purses[-1] == PurseRecord(ALICE, 11, 0), "of twelve dollars one went"
