"""Mark and middle prices of everything at once: whole first, then what changed, packed small.

A frame is JSON, deflated without a header and written in base64 (protocol.md 3.3). A coin whose
mark or middle changed comes with both, so that readers may merge or replace.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from typing import Final

import msgspec

from hive.localvenue.answers.stream_forms import ByClock, Json, Stream
from hive.localvenue.config import Cadence
from hive.localvenue.views.market_state import MarketState

RAW_DEFLATE: Final = -zlib.MAX_WBITS

Prices = tuple[str, str | None]
"""Mark and middle; no middle where the book has none."""


class FastContexts:
    """The stream of all marks and middles."""

    def __init__(self, market: MarketState, *, cadence: Cadence) -> None:
        self._market = market
        self._told: dict[str, Prices] = {}
        self.by_type: dict[str, Stream] = {
            "fastAssetCtxs": Stream(
                first=self._everything,
                clocks=(ByClock(every_ms=cadence.context_ms, payload=self._changes),),
            )
        }

    def _everything(self, _form: Json, _now_ms: int) -> str:
        """As of now; what the others are told next may repeat some of it."""
        return packed(self._present())

    def _changes(self, _form: Json, _now_ms: int) -> str | None:
        present = self._present()
        changed = {
            coin: prices for coin, prices in present.items() if self._told.get(coin) != prices
        }
        self._told = present
        return packed(changed) if changed else None

    def _present(self) -> dict[str, Prices]:
        prices = self._market.prices
        return {
            coin: (book.listing.px_text(prices.mark(coin)), prices.mid_text(coin))
            for coin, book in self._market.books.items()
            if not book.listing.is_delisted
        }


def packed(prices_by_coin: dict[str, Prices]) -> str:
    """The text that a frame carries."""
    rows = {
        coin: {"markPx": mark_px, "midPx": mid_px}
        for coin, (mark_px, mid_px) in prices_by_coin.items()
    }
    compressor = zlib.compressobj(wbits=RAW_DEFLATE)
    deflated = compressor.compress(msgspec.json.encode(rows)) + compressor.flush()
    return b64encode(deflated).decode()
