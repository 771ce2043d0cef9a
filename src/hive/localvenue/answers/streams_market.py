"""Streams about one coin: books, best prices, trades, candles and live numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hive.localvenue.answers.stream_forms import ByBlock, ByClock, Json, Stream, nothing_first
from hive.localvenue.clearing.news import News, TradeRow
from hive.localvenue.config import Cadence, PageSizes
from hive.localvenue.views import market as views_market
from hive.localvenue.views.market_state import MarketState

BOOK_LEVELS: Final = {False: views_market.LEVELS_MAX, True: views_market.LEVELS_FAST}
"""Of default and of fast books."""


class MarketStreams:
    """What is told of a coin."""

    def __init__(self, market: MarketState, *, cadence: Cadence, pages: PageSizes) -> None:
        self._market = market
        self._pages = pages
        self._told_top: dict[str, object] = {}
        self.by_type: dict[str, Stream] = {
            "bbo": Stream(
                first=self._top,
                by_block=ByBlock(news=_touched, payloads=self._new_top),
            ),
            "trades": Stream(
                first=self._recent_trades,
                by_block=ByBlock(news=_trades, payloads=_trade_rows),
            ),
            # One clock for all books of a kind, resent even if nothing changed.
            "l2Book": Stream(
                first=self._book,
                clocks=(
                    ByClock(every_ms=cadence.l2_book_fast_ms, payload=self._book, of=_is_fast),
                    ByClock(every_ms=cadence.l2_book_ms, payload=self._book, of=_is_default),
                ),
            ),
            "activeAssetCtx": Stream(
                first=self._context,
                channel=self._context_channel,
                clocks=(ByClock(every_ms=cadence.context_ms, payload=self._context),),
            ),
            "candle": Stream(
                first=self._candle,
                clocks=(
                    ByClock(every_ms=cadence.candle_ms, payload=self._candle, changed=_trades),
                ),
            ),
            # There are no outcomes here, and so never news of them.
            "outcomeMetaUpdates": Stream(first=nothing_first),
        }

    def _top(self, form: Json, now_ms: int) -> Json:
        return self._market.bbo(form["coin"], now_ms)

    def _new_top(self, form: Json, _item: None, now_ms: int) -> Iterable[Json]:
        """The best bid and ask, if they are not what was told last."""
        coin = form["coin"]
        top = self._market.books[coin].top
        if self._told_top.get(coin) == top:
            return ()
        self._told_top[coin] = top
        return (self._market.bbo(coin, now_ms),)

    def _recent_trades(self, form: Json, now_ms: int) -> list[Json] | None:
        """A quiet coin has no trades to tell."""
        since_ms = now_ms - self._pages.trades_first_frame_ms
        count = self._pages.trades_first_frame
        return self._market.trades(form["coin"], count, since_ms=since_ms) or None

    def _book(self, form: Json, now_ms: int) -> Json:
        is_fast = form["fast"]
        payload = self._market.l2_book(
            form["coin"],
            now_ms,
            levels_max=BOOK_LEVELS[is_fast],
            n_sig_figs=form["nSigFigs"],
            mantissa=form["mantissa"],
        )
        return {**payload, "fast": True} if is_fast else payload

    def _candle(self, form: Json, now_ms: int) -> Json | None:
        return self._market.candle(form["coin"], form["interval"], now_ms)

    def _context(self, form: Json, _now_ms: int) -> Json:
        return {"coin": form["coin"], "ctx": self._market.context(form["coin"])}

    def _context_channel(self, form: Json) -> str:
        is_spot = self._market.books[form["coin"]].listing.pair is not None
        return "activeSpotAssetCtx" if is_spot else "activeAssetCtx"


def _is_fast(form: Json) -> bool:
    return bool(form["fast"])


def _is_default(form: Json) -> bool:
    return not form["fast"]


def _touched(news: News) -> dict[str, None]:
    return news.coins


def _trades(news: News) -> dict[str, list[TradeRow]]:
    return news.trades_by_coin


def _trade_rows(_form: Json, rows: list[TradeRow], _now_ms: int) -> Iterable[list[Json]]:
    """All trades of a block in one frame."""
    return ([views_market.trade(row) for row in rows],)
