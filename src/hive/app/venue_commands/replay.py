"""A venue whose markets are played from files."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path
from typing import Final

from hive.app.venue_commands.feed import catalog_of_universe
from hive.app.venue_commands.recording_files import Past, open_past
from hive.localvenue.listings.catalog import Catalog, recorded_catalog
from hive.localvenue.markets.archive_lines import TakerAt
from hive.localvenue.markets.feed import HOLD_MS_DEFAULT
from hive.localvenue.markets.feed_events import (
    FeedBook,
    FeedContext,
    FeedEvent,
    FeedTrade,
    Unreadable,
)
from hive.localvenue.markets.replay import ReplayMarkets

FIRST_EVENTS: Final = 20_000
"""Among so many each coin must appear; who comes later is left out."""


def replayed(
    path: Path, *, taker_at: TakerAt, coins: tuple[str, ...]
) -> tuple[Catalog, ReplayMarkets]:
    """What is listed and what moves it; `coins` names those that are wanted, none means all.

    Raises:
        Unreadable: nothing there can be played.
        NotOffered: it needs a package that is not installed.
    """
    past = open_past(path, taker_at=taker_at)
    catalog = _catalog(past)
    first = list(islice(past.events, FIRST_EVENTS))
    prices = opening_prices([recorded.event for recorded in first])
    wanted = {
        coin: px
        for coin, px in prices.items()
        if catalog.of_coin(coin) is not None and (not coins or coin in coins)
    }
    if not wanted:
        raise Unreadable(f"{path} has no coin that could be played")
    # Archives are in order already; what a socket brought may be a little late.
    hold_ms = 0 if past.header is None else HOLD_MS_DEFAULT
    return catalog, ReplayMarkets(wanted, chain(first, past.events), hold_ms=hold_ms)


def opening_prices(events: list[FeedEvent]) -> dict[str, float]:
    """What each coin is worth where the events begin: of a book its middle, else what is told."""
    prices: dict[str, float] = {}
    for event in events:
        match event:
            case FeedBook(coin=coin, bids=bids, asks=asks) if bids and asks:
                prices.setdefault(coin, float(bids[0][0] + asks[0][0]) / 2)
            case FeedTrade(coin=coin, px=px) | FeedContext(coin=coin, mark_px=px):
                prices.setdefault(coin, float(px))
            case _:
                pass
    return {coin: px for coin, px in prices.items() if px > 0}


def _catalog(past: Past) -> Catalog:
    if past.header is None:
        return recorded_catalog()
    return catalog_of_universe(past.header.universe)
