"""Questions about one coin: its book, trades, candles and funding rates."""

from __future__ import annotations

from hive.localvenue.answers.question_forms import (
    FAR_FUTURE_MS,
    Failed,
    Found,
    Json,
    Moment,
    Question,
    charged_rows,
)
from hive.localvenue.config import PageSizes
from hive.localvenue.views.market_state import MarketState


class MarketQuestions:
    """Answers about a coin; to an unknown one 500 `null`, but for books."""

    def __init__(self, market: MarketState, *, pages: PageSizes) -> None:
        self._market = market
        self._pages = pages
        self.by_type: dict[str, Question] = {
            "l2Book": self._l2_book,
            "recentTrades": self._recent_trades,
            "candleSnapshot": self._candles,
            "fundingHistory": self._funding,
        }

    def _l2_book(self, request: Json, moment: Moment) -> Found | Failed:
        n_sig_figs, mantissa = request.get("nSigFigs"), request.get("mantissa")
        is_figures_ok = n_sig_figs in (None, 2, 3, 4, 5)
        is_mantissa_ok = mantissa is None or (mantissa in (2, 5) and n_sig_figs == 5)
        if not (is_figures_ok and is_mantissa_ok):
            return Failed(500)
        coin = request["coin"]
        if not self._market.knows(coin):
            return Found(None)
        now_ms = moment.now_ms
        return Found(self._market.l2_book(coin, now_ms, n_sig_figs=n_sig_figs, mantissa=mantissa))

    def _recent_trades(self, request: Json, _moment: Moment) -> Found | Failed:
        if not self._market.knows(request["coin"]):
            return Failed(500)
        return charged_rows(self._market.trades(request["coin"], self._pages.trades))

    def _candles(self, request: Json, moment: Moment) -> Found | Failed:
        asked = request["req"]
        if not self._market.knows(asked["coin"]):
            return Failed(500)
        span = (asked["startTime"], asked.get("endTime", FAR_FUTURE_MS))
        rows = self._market.candles(asked["coin"], asked["interval"], span, moment.now_ms)
        return charged_rows(rows)

    def _funding(self, request: Json, _moment: Moment) -> Found | Failed:
        if not self._market.knows(request["coin"]):
            return Failed(500)
        to_ms = request.get("endTime", FAR_FUTURE_MS)
        from_ms = request["startTime"]
        rows = self._market.funding_rows(request["coin"], from_ms, to_ms, self._pages.rows)
        return charged_rows(rows)
