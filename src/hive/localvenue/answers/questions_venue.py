"""Questions about the venue as a whole: its state, its rules, and what is deployed on it.

What does not exist here is answered as the venue answers where there is none: outcomes, lending and
deploy auctions are empty.
"""

from __future__ import annotations

from typing import Any, Final

from hive.localvenue.answers.question_forms import Failed, Found, Json, Moment, Question
from hive.localvenue.listings.catalog import MARGIN_TABLE_ID_MIN, Listing, PerpDex
from hive.localvenue.market_data.funding import BASE_RATE, HOUR_MS
from hive.localvenue.office.annotations import annotation, concise_annotation
from hive.localvenue.views import market as views_market
from hive.localvenue.views.market_state import MarketState

MARKET_ORDER_USD_MAX: Final = (
    (25, "30000000.0"),
    (20, "5000000.0"),
    (10, "2000000.0"),
    (1, "500000.0"),
)
"""The most that a market order may be worth, by the leverage that a perp allows."""

AUCTION_S: Final = 111_600
"""How long a deploy auction takes: 31 hours."""
AUCTION_GAS: Final = "500.0"


class VenueQuestions:
    """Answers that are the same for everybody."""

    def __init__(self, market: MarketState) -> None:
        self._market = market
        self.by_type: dict[str, Question] = {
            "exchangeStatus": self._status,
            "predictedFundings": self._predicted_fundings,
            "marginTable": self._margin_table,
            "maxMarketOrderNtls": self._market_order_caps,
            "perpAnnotation": self._annotation,
            "perpCategories": self._categories,
            "perpConciseAnnotations": self._concise_annotations,
            "perpDeployAuctionStatus": self._auction,
            "spotPairDeployAuctionStatus": self._auction,
            "spotDeployState": self._deploy_state,
            "outcomeMeta": _always({"outcomes": [], "questions": []}),
            "outcomeTemplates": _always([]),
            "settledOutcome": _always(None),
            "allBorrowLendReserveStates": _always([]),
            "borrowLendUserState": _always(
                {"tokenToState": [], "health": "healthy", "healthFactor": None}
            ),
            "usdcRouting": _always({"depositRoute": "bridge", "withdrawalRoute": "bridge"}),
            "validatorL1Votes": _always([]),
        }

    def _status(self, _request: Json, moment: Moment) -> Found:
        return Found({"time": moment.now_ms, "specialStatuses": None})

    def _predicted_fundings(self, _request: Json, moment: Moment) -> Found:
        """What the present hour would pay, of the first dex alone."""
        next_ms = moment.now_ms - moment.now_ms % HOUR_MS + HOUR_MS
        funded = {coin: self._market.funding_of(coin).rate for coin in self._market.funded_coins}
        return Found(
            [
                [perp.coin, _predicted(funded.get(perp.coin, BASE_RATE), next_ms)]
                for perp in self._market.catalog.perps
                if not perp.is_delisted
            ]
        )

    def _margin_table(self, request: Json, _moment: Moment) -> Found | Failed:
        """A table by its id; below the tables' own ids, the id is the leverage of a single tier."""
        table_id = request["id"]
        if 0 < table_id < MARGIN_TABLE_ID_MIN:
            tier = {"lowerBound": "0.0", "maxLeverage": table_id}
            return Found({"description": "", "marginTiers": [tier]})
        dex = self._market.catalog.dex(request.get("dex", ""))
        assert dex is not None, request
        table = dict(dex.meta["marginTables"]).get(table_id)
        return Failed(500) if table is None else Found(table)

    def _market_order_caps(self, _request: Json, _moment: Moment) -> Found:
        return Found(MARKET_ORDER_USD_MAX)

    def _annotation(self, request: Json, _moment: Moment) -> Found:
        return Found(annotation(request["coin"]))

    def _categories(self, _request: Json, _moment: Moment) -> Found:
        rows = ((perp.coin, annotation(perp.coin)) for perp in self._builder_perps())
        return Found([[coin, found["category"]] for coin, found in rows if found is not None])

    def _concise_annotations(self, _request: Json, _moment: Moment) -> Found:
        rows = ((perp.coin, concise_annotation(perp.coin)) for perp in self._builder_perps())
        return Found([[coin, found] for coin, found in rows if found is not None])

    def _builder_perps(self) -> list[Listing]:
        dexes: list[PerpDex] = self._market.catalog.dexes[1:]
        return [perp for dex in dexes for perp in dex.perps]

    def _auction(self, _request: Json, moment: Moment) -> Found:
        return Found(_auction_at(moment.now_ms))

    def _deploy_state(self, _request: Json, moment: Moment) -> Found:
        """Nobody deploys here; the auction goes on all the same."""
        return Found({"states": [], "gasAuction": _auction_at(moment.now_ms)})


def _predicted(rate: int, next_ms: int) -> list[Any]:
    """By venue. Of the other two nothing is known here."""
    own = {
        "fundingRate": views_market.rate_text(rate),
        "nextFundingTime": next_ms,
        "fundingIntervalHours": 1,
    }
    return [["BinPerp", None], ["HlPerp", own], ["BybitPerp", None]]


def _always(payload: Any) -> Question:
    """The same answer to everybody."""

    def answer(_request: Json, _moment: Moment) -> Found:
        return Found(payload)

    return answer


def _auction_at(now_ms: int) -> Json:
    """An auction without bids, one after the other."""
    now_s = now_ms // 1000
    return {
        "startTimeSeconds": now_s - now_s % AUCTION_S,
        "durationSeconds": AUCTION_S,
        "startGas": AUCTION_GAS,
        "currentGas": AUCTION_GAS,
        "endGas": None,
    }
