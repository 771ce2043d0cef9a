"""Questions about perp dexes: what each lists, its live numbers, and a builder dex's limits."""

from __future__ import annotations

from typing import Any, Final

from hive.localvenue.answers.question_forms import Found, Json, Moment, Question
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.listings.catalog import PerpDex
from hive.localvenue.margin.requirements import summarize
from hive.localvenue.units import usd_text
from hive.localvenue.views.market_state import MarketState

SIZE_CAP: Final = "10000000000.0"
TRANSFER_MAX_USD: Final = "1000000000.0"
"""Of every builder dex; what the real ones are is not known."""


class DexQuestions:
    """Answers per dex. That a named dex exists was checked before."""

    def __init__(self, market: MarketState, house: ClearingHouse) -> None:
        self._market = market
        self._house = house
        self.by_type: dict[str, Question] = {
            "meta": self._meta,
            "metaAndAssetCtxs": self._meta_and_contexts,
            "allMids": self._all_mids,
            "perpDexs": self._perp_dexs,
            "allPerpMetas": self._all_metas,
            "perpDexLimits": self._limits,
            "perpDexStatus": self._status,
            "perpsAtOpenInterestCap": self._at_cap,
        }

    def _dex(self, request: Json) -> PerpDex:
        dex = self._market.catalog.dex(request.get("dex", ""))
        assert dex is not None, request
        return dex

    def _meta(self, request: Json, _moment: Moment) -> Found:
        return Found(self._dex(request).meta)

    def _meta_and_contexts(self, request: Json, _moment: Moment) -> Found:
        dex = self._dex(request)
        return Found([dex.meta, self._market.contexts(dex)])

    def _all_mids(self, request: Json, _moment: Moment) -> Found:
        return Found(self._market.all_mids(self._dex(request).name))

    def _perp_dexs(self, _request: Json, _moment: Moment) -> Found:
        """One row per dex by dex index; the first one's is null."""
        return Found([dex.row for dex in self._market.catalog.dexes])

    def _all_metas(self, _request: Json, _moment: Moment) -> Found:
        return Found([dex.meta for dex in self._market.catalog.dexes])

    def _limits(self, request: Json, _moment: Moment) -> Found:
        """Caps of a builder dex; the first dex has none."""
        row: dict[str, Any] | None = self._dex(request).row
        if row is None:
            return Found(None)
        caps = row.get("assetToStreamingOiCap", [])
        total = sum(round(float(cap)) for _, cap in caps)
        return Found(
            {
                "totalOiCap": f"{total}.0",
                "oiSzCapPerPerp": SIZE_CAP,
                "maxTransferNtl": TRANSFER_MAX_USD,
                "coinToOiCap": caps,
            }
        )

    def _at_cap(self, request: Json, _moment: Moment) -> Found:
        """The coins of a dex whose open interest is as large as it may be."""
        return Found(self._house.bounds.capped(self._dex(request).perps))

    def _status(self, request: Json, _moment: Moment) -> Found:
        """What all accounts have on a builder dex; null for the first one."""
        dex = self._dex(request)
        if dex.row is None:
            return Found(None)
        margins = (
            account.margins.get(dex.name)
            for account in self._house.accounts.values()
            if not account.is_participant
        )
        mark_of = self._market.prices.mark
        equity_usd = sum(summarize(margin, mark_of).equity_usd for margin in margins if margin)
        return Found({"totalNetDeposit": usd_text(equity_usd)})
