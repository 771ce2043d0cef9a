"""Public wire structs to the market's vocabulary. Their numbers are floats already."""

from __future__ import annotations

from hive.domain.errors import BadFrame
from hive.domain.identifiers import Address, TradeId
from hive.domain.market import (
    INTERVAL_MS_BY_NAME,
    AssetContext,
    Bbo,
    Book,
    Candle,
    Mids,
    Trade,
)
from hive.hyperliquid.wire_public import (
    ActiveAssetCtx,
    ActiveSpotAssetCtx,
    AllMids,
    L2Book,
    PerpAssetCtx,
    SpotAssetCtx,
    WsBbo,
    WsCandle,
    WsTrade,
)


def to_book(data: L2Book, received_ns: int) -> Book:
    bids, asks = data.levels
    return Book(data.coin, data.time, received_ns, bids, asks)


def to_bbo(data: WsBbo, received_ns: int) -> Bbo:
    bid, ask = data.bbo
    return Bbo(data.coin, data.time, received_ns, bid, ask)


def to_trades(data: tuple[WsTrade, ...], received_ns: int) -> tuple[Trade, ...]:
    """The trades in the venue's order."""
    return tuple(
        [
            Trade(
                row.coin,
                row.side,
                row.px,
                row.sz,
                row.time,
                TradeId(row.tid),
                Address(row.users[0]),
                Address(row.users[1]),
                received_ns,
            )
            for row in data
        ]
    )


def to_candle(data: WsCandle, *, is_closed: bool = False) -> Candle:
    """The candle as it stands. The venue never says that one has closed: the caller knows.

    Raises:
        BadFrame: the interval is none of the venue's.
    """
    interval_ms = INTERVAL_MS_BY_NAME.get(data.i)
    if interval_ms is None:
        raise BadFrame(f"no candle has the interval {data.i!r}")
    return Candle(
        coin=data.s,
        interval_ms=interval_ms,
        open_ms=data.t,
        open_px=data.o,
        high_px=data.h,
        low_px=data.l,
        close_px=data.c,
        volume=data.v,
        trades=data.n,
        is_closed=is_closed,
    )


def to_mids(data: AllMids, received_ns: int) -> Mids:
    return Mids(data.mids, received_ns)


def to_asset_context(data: ActiveAssetCtx | ActiveSpotAssetCtx, received_ns: int) -> AssetContext:
    """The instrument's live numbers; a spot pair has no oracle, funding or open interest."""
    if isinstance(data, ActiveAssetCtx):
        return perp_context(data.coin, data.ctx, received_ns)
    return spot_context(data.ctx, received_ns)


def perp_context(coin: str, ctx: PerpAssetCtx, received_ns: int) -> AssetContext:
    return AssetContext(
        coin=coin,
        mark_px=ctx.mark_px,
        oracle_px=ctx.oracle_px,
        mid_px=ctx.mid_px,
        funding_rate=ctx.funding,
        open_interest=ctx.open_interest,
        premium=ctx.premium,
        previous_day_px=ctx.prev_day_px,
        day_notional_usd=ctx.day_ntl_vlm,
        received_ns=received_ns,
    )


def spot_context(ctx: SpotAssetCtx, received_ns: int) -> AssetContext:
    return AssetContext(
        coin=ctx.coin,
        mark_px=ctx.mark_px,
        oracle_px=None,
        mid_px=ctx.mid_px,
        funding_rate=None,
        open_interest=None,
        premium=None,
        previous_day_px=ctx.prev_day_px,
        day_notional_usd=ctx.day_ntl_vlm,
        received_ns=received_ns,
    )
