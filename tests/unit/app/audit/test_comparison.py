"""The comparison finds each way in which a journal can differ from the venue."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from hive.app.audit.comparison import compare
from hive.domain.identifiers import Address, Oid, TradeId
from hive.domain.market import Side
from hive.domain.orders import Fill

BTC = {"BTC": Decimal("0.3")}


def fill(trade_id: int, side: Side, size: str) -> Fill:
    return Fill(
        account=Address("0x" + "01" * 20),
        coin="BTC",
        side=side,
        px=Decimal(86_000),
        size=Decimal(size),
        venue_ms=1_000,
        trade_id=TradeId(trade_id),
        oid=Oid(7),
        cloid=None,
        start_position=Decimal(0),
        direction="Open Long",
        closed_pnl_usd=Decimal(0),
        fee=Decimal("0.01"),
        fee_token="USDC",
        is_taker=True,
    )


TRUTH = [fill(1, Side.BUY, "0.5"), fill(2, Side.SELL, "0.2")]


def test_equal_records_are_clean() -> None:
    found = compare(list(reversed(TRUTH)), TRUTH, BTC, 0)
    assert found.is_clean
    assert found.fills_compared == 2


def test_a_missed_fill_is_missing_and_moves_the_position() -> None:
    found = compare(TRUTH[:1], TRUTH, BTC, 0)
    assert (found.fills_missing, found.fills_extra, found.positions_differ) == (1, 0, 1)


def test_a_fill_booked_twice_is_extra() -> None:
    found = compare([*TRUTH, TRUTH[0]], TRUTH, BTC, 0)
    assert (found.fills_missing, found.fills_extra, found.positions_differ) == (0, 1, 1)


def test_a_fill_that_never_happened_is_extra() -> None:
    found = compare([*TRUTH, fill(9, Side.BUY, "0.1")], TRUTH, BTC, 0)
    assert found.fills_extra == 1


def test_other_numbers_under_the_same_key_count_as_missing() -> None:
    wrong = [msgspec.structs.replace(TRUTH[0], fee=Decimal("0.02")), TRUTH[1]]
    assert compare(wrong, TRUTH, BTC, 0).fills_missing == 1


def test_an_order_left_behind_is_not_clean() -> None:
    assert not compare(TRUTH, TRUTH, BTC, 1).is_clean


def test_the_same_trade_id_on_both_sides_is_two_fills() -> None:
    both = [fill(5, Side.BUY, "0.1"), fill(5, Side.SELL, "0.1")]
    assert compare(both, both, {}, 0).is_clean
