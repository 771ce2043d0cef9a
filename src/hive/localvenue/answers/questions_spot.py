"""Questions about spot: pairs, tokens and balances."""

from __future__ import annotations

from hive.domain.identifiers import Address
from hive.localvenue.answers.question_forms import Failed, Found, Json, Moment, Question
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.views import spot as views_spot
from hive.localvenue.views.market_state import MarketState


class SpotQuestions:
    """Answers about spot, which lives with the first dex alone."""

    def __init__(self, market: MarketState, house: ClearingHouse) -> None:
        self._market = market
        self._house = house
        self.by_type: dict[str, Question] = {
            "spotMeta": self._meta,
            "spotMetaAndAssetCtxs": self._meta_and_contexts,
            "spotClearinghouseState": self._state,
            "tokenDetails": self._token,
        }

    def _meta(self, _request: Json, _moment: Moment) -> Found:
        return Found(self._market.catalog.spot_meta)

    def _meta_and_contexts(self, _request: Json, _moment: Moment) -> Found:
        return Found([self._market.catalog.spot_meta, self._market.spot_contexts()])

    def _state(self, request: Json, _moment: Moment) -> Found:
        account = self._house.accounts.get(Address(request["user"]))
        tokens, mark_of = self._market.catalog.tokens, self._market.prices.mark
        return Found(views_spot.spot_state(account, tokens, mark_of))

    def _token(self, request: Json, _moment: Moment) -> Found | Failed:
        """A token by its id; 500 for an id that nothing has, as for unknown coins."""
        catalog = self._market.catalog
        token = catalog.tokens.of_id(request["tokenId"])
        if token is None:
            return Failed(500)
        pair = next((each for each in catalog.spot if each.pair and each.pair.base == token), None)
        context = None if pair is None else self._market.context(pair.coin)
        return Found(views_spot.token_details(token, context))
