"""The venue's public answers and frames as JSON values, in its own field order (protocol.md 1, 3).

Built here from scratch, not from the client's wire structs: a field that both sides misread the
same way would otherwise pass every test.
"""

from __future__ import annotations

from typing import Any

from hive.localvenue.clearing.news import TradeRow
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.market_data.candles import Bar
from hive.localvenue.market_data.funding import FundingRate
from hive.localvenue.market_data.prices import CoinPrices, half_text
from hive.localvenue.market_data.tape import Tape
from hive.localvenue.orders.books import Book, BookSide, LevelView
from hive.localvenue.units import units_text, usd_text

Json = dict[str, Any]

LEVELS_MAX = 20
LEVELS_FAST = 5
RATE_DECIMALS = 10


def rate_text(rate: int) -> str:
    """A funding rate or premium, counted in tenth decimals."""
    return units_text(rate, RATE_DECIMALS)


# --- books ---


def bbo(book: Book, ms: int) -> Json:
    listing = book.listing
    sides = [None if level is None else _level(level, listing) for level in book.top]
    return {"coin": listing.coin, "time": ms, "bbo": sides}


def l2_book(
    book: Book, ms: int, *, levels_max: int, n_sig_figs: int | None, mantissa: int | None
) -> Json:
    """Both sides, best first. With `n_sig_figs`, bids are rounded down and asks up to figures."""
    listing = book.listing
    if n_sig_figs is None:
        bids = [_level(level, listing) for level in book.bids.depth(levels_max)]
        asks = [_level(level, listing) for level in book.asks.depth(levels_max)]
        return {"coin": listing.coin, "time": ms, "levels": [bids, asks]}
    rounded = [
        _rounded(side, levels_max, (n_sig_figs, mantissa or 1, is_buy))
        for side, is_buy in ((book.bids, True), (book.asks, False))
    ]
    bid, ask = book.top
    spread = listing.px_text(ask.px - bid.px) if bid and ask else "0.0"
    levels = [[_level(level, listing) for level in side] for side in rounded]
    return {"coin": listing.coin, "time": ms, "levels": levels, "spread": spread}


def _level(level: LevelView, listing: Listing) -> Json:
    return {
        "px": listing.px_text(level.px),
        "sz": listing.size_text(level.size),
        "n": level.orders,
    }


def _rounded(side: BookSide, levels_max: int, rounding: tuple[int, int, bool]) -> list[LevelView]:
    """Levels put together by price figures; never finer than the coin's own price units."""
    n_sig_figs, mantissa, is_buy = rounding
    levels: list[LevelView] = []
    for level in side.depth(AGGREGATED_MAX):
        digits_cut = len(str(level.px)) - n_sig_figs
        step = mantissa * 10**digits_cut if digits_cut >= 0 else 1
        px = level.px - level.px % step if is_buy else -(-level.px // step) * step
        if levels and levels[-1].px == px:
            before = levels[-1]
            levels[-1] = LevelView(px, before.size + level.size, before.orders + level.orders)
        elif len(levels) == levels_max:
            break
        else:
            levels.append(LevelView(px, level.size, level.orders))
    return levels


AGGREGATED_MAX = 1_000
"""Levels of the book that are looked at to make rounded ones."""

# --- trades and candles ---


def trade(row: TradeRow) -> Json:
    listing = row.listing
    return {
        "coin": listing.coin,
        "side": "B" if row.is_buy else "A",
        "px": listing.px_text(row.px),
        "sz": listing.size_text(row.size),
        "time": row.ms,
        "hash": row.hash,
        "tid": row.tid,
        "users": [row.buyer, row.seller],
    }


def candle(bar: Bar, interval: str, listing: Listing) -> Json:
    return {
        "t": bar.open_ms,
        "T": bar.open_ms + bar.span_ms - 1,
        "s": listing.coin,
        "i": interval,
        "o": listing.px_text(bar.open_px),
        "c": listing.px_text(bar.close_px),
        "h": listing.px_text(bar.high_px),
        "l": listing.px_text(bar.low_px),
        "v": listing.size_text(bar.volume),
        "n": bar.trades,
    }


# --- contexts ---


def recorded_context(listing: Listing) -> Json:
    """The numbers of a perp in which nothing happens here: as they were recorded."""
    return listing.recorded


def live_context(
    book: Book, prices: CoinPrices, tape: Tape, *, funding: int, long_size: int
) -> Json:
    """The numbers of a perp with a market; what has no meaning without a book is null."""
    listing = book.listing
    doubled_mid = book.doubled_mid
    impact = prices.impact_pxs(book)
    premium = prices.premium(book)
    return {
        "funding": rate_text(funding),
        "openInterest": listing.size_text(long_size),
        "prevDayPx": listing.px_text(tape.previous_day_px),
        "dayNtlVlm": usd_text(tape.day_usd),
        "premium": None if premium is None else rate_text(premium),
        "oraclePx": listing.px_text(prices.oracle),
        "markPx": listing.px_text(prices.mark),
        "midPx": half_text(doubled_mid, listing) if doubled_mid else None,
        "impactPxs": None if impact is None else [listing.px_text(px) for px in impact],
        "dayBaseVlm": listing.size_text(tape.day_size),
    }


def mid_or_last(book: Book, prices: CoinPrices) -> str:
    """A coin's entry in allMids: the middle, or the last trade's price where there is none."""
    doubled = book.doubled_mid
    if doubled:
        return half_text(doubled, book.listing)
    return book.listing.px_text(book.last_px or prices.mark)


def funding_row(rate: FundingRate, listing: Listing) -> Json:
    return {
        "coin": listing.coin,
        "fundingRate": rate_text(rate.rate),
        "premium": rate_text(rate.premium),
        "time": rate.ms,
    }
