"""Fills for tests of positions: only what a test cares about is named."""

from __future__ import annotations

from decimal import Decimal

from hive.domain.identifiers import Address, Oid, TradeId
from hive.domain.market import Side
from hive.domain.orders import Fill

ACCOUNT = Address("0x" + "ab" * 20)


def fill(
    size: str,
    px: str = "100",
    *,
    coin: str = "BTC",
    fee: str = "0",
    paid_in: str = "USDC",
    start: str = "0",
    venue_ms: int = 1,
    trade: int = 1,
) -> Fill:
    """`size` is signed: a sell is negative."""
    signed = Decimal(size)
    return Fill(
        account=ACCOUNT,
        coin=coin,
        side=Side.BUY if signed > 0 else Side.SELL,
        px=Decimal(px),
        size=abs(signed),
        venue_ms=venue_ms,
        trade_id=TradeId(trade),
        oid=Oid(1),
        cloid=None,
        start_position=Decimal(start),
        direction="",
        closed_pnl_usd=Decimal(0),
        fee=Decimal(fee),
        fee_token=paid_in,
        is_taker=True,
    )
