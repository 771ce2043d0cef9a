"""Questions about an account: its state, its fees and its limits."""

from __future__ import annotations

from hive.domain.identifiers import Address
from hive.localvenue.answers.account_history import AccountHistory
from hive.localvenue.answers.question_forms import (
    Failed,
    Found,
    Json,
    Moment,
    Question,
    account_asked,
)
from hive.localvenue.engine import Engine
from hive.localvenue.views import account as views_account
from hive.localvenue.views import margin as views_margin


class AccountQuestions:
    """Answers about an account; an unknown address has an empty state."""

    def __init__(self, engine: Engine, history: AccountHistory) -> None:
        self._house = engine.house
        self._market = engine.market
        self._executor = engine.executor
        self._history = history
        self.by_type: dict[str, Question] = {
            "clearinghouseState": self._state,
            "activeAssetData": self._active_asset,
            "liquidatable": self._liquidatable,
            "userFees": self._fees,
            "userRateLimit": self._rate_limit,
        }

    def _state(self, request: Json, moment: Moment) -> Found:
        account = account_asked(self._house, request)
        dex = request.get("dex", "")
        if moment.is_late and account is not None and not dex:
            state = self._history.at(account.address, moment.seen_ms)
            if state is not None:
                return Found(state)
        mark_of = self._market.prices.mark
        return Found(views_account.clearinghouse_state(account, mark_of, moment.now_ms, dex))

    def _active_asset(self, request: Json, _moment: Moment) -> Found | Failed:
        listing = self._market.catalog.of_coin(request["coin"])
        if listing is None or listing.pair is not None:
            return Failed(500)
        account, user = account_asked(self._house, request), Address(request["user"])
        mark_of = self._market.prices.mark
        return Found(views_margin.active_asset(account, user, listing, mark_of))

    def _liquidatable(self, _request: Json, _moment: Moment) -> Found:
        return Found(self._house.exposure.liquidatable())

    def _fees(self, request: Json, moment: Moment) -> Found:
        account, user = account_asked(self._house, request), Address(request["user"])
        return Found(self._house.fees.answer(user, account, moment.now_ms))

    def _rate_limit(self, request: Json, _moment: Moment) -> Found:
        account = account_asked(self._house, request)
        volume_usd = 0 if account is None else account.volume_usd
        budget = self._executor.budget(Address(request["user"]))
        cap = budget.cap(volume_usd)
        return Found(views_account.user_rate_limit(volume_usd, budget, cap))
