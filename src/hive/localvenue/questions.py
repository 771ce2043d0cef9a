"""Answers to /info (protocol.md 1). Each answer comes with its number of rows, which add weight."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from hive.domain.identifiers import Address
from hive.localvenue import views_account, views_margin
from hive.localvenue.account_history import AccountHistory
from hive.localvenue.accounts import Account, FillRow
from hive.localvenue.agents import Agents
from hive.localvenue.clearing import ClearingHouse
from hive.localvenue.config import PageSizes
from hive.localvenue.executor import Executor
from hive.localvenue.market_state import MarketState
from hive.localvenue.orders import OrderState
from hive.localvenue.question_forms import Failed, Found, Moment, Question
from hive.localvenue.questions_dexes import DexQuestions
from hive.localvenue.questions_spot import SpotQuestions

Json = dict[str, Any]

FAR_FUTURE_MS: Final = 2**62


class Questions:
    """Every kind of question that the venue answers."""

    def __init__(
        self,
        market: MarketState,
        house: ClearingHouse,
        agents: Agents,
        executor: Executor,
        history: AccountHistory,
        *,
        pages: PageSizes,
    ) -> None:
        self._market = market
        self._house = house
        self._agents = agents
        self._executor = executor
        self._history = history
        self._pages = pages
        self._by_type: dict[str, Question] = {
            "l2Book": self._l2_book,
            "recentTrades": self._recent_trades,
            "candleSnapshot": self._candles,
            "fundingHistory": self._funding,
            "clearinghouseState": self._account_state,
            "openOrders": self._open_orders,
            "frontendOpenOrders": self._frontend_orders,
            "orderStatus": self._order_status,
            "userFills": self._fills,
            "userFillsByTime": self._fills_by_time,
            "userFees": self._fees,
            "userRateLimit": self._rate_limit,
            "userRole": self._role,
            "activeAssetData": self._active_asset,
            "liquidatable": self._liquidatable,
            **DexQuestions(market, house).by_type,
            **SpotQuestions(market, house).by_type,
        }

    @property
    def types(self) -> list[str]:
        return list(self._by_type)

    def answer(self, request: Json, moment: Moment) -> Found | Failed | None:
        """The answer; None to a question of an unknown type."""
        question = self._by_type.get(request["type"])
        if question is None:
            return None
        if self._market.catalog.dex(request.get("dex", "")) is None:
            return Failed(500, b"")  # venue.md 5
        return question(request, moment)

    # --- about the venue ---

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
        return _rows(self._market.trades(request["coin"], self._pages.trades))

    def _candles(self, request: Json, moment: Moment) -> Found | Failed:
        asked = request["req"]
        if not self._market.knows(asked["coin"]):
            return Failed(500)
        span = (asked["startTime"], asked.get("endTime", FAR_FUTURE_MS))
        rows = self._market.candles(asked["coin"], asked["interval"], span, moment.now_ms)
        return _rows(rows)

    def _funding(self, request: Json, _moment: Moment) -> Found | Failed:
        if not self._market.knows(request["coin"]):
            return Failed(500)
        to_ms = request.get("endTime", FAR_FUTURE_MS)
        from_ms = request["startTime"]
        return _rows(self._market.funding_rows(request["coin"], from_ms, to_ms, self._pages.rows))

    # --- about an account ---

    def _account(self, request: Json) -> Account | None:
        """The account; nothing is told of the markets' participants, nor to an agent's address."""
        account = self._house.accounts.get(Address(request["user"]))
        return None if account is None or account.is_participant else account

    def _account_state(self, request: Json, moment: Moment) -> Found:
        account = self._account(request)
        dex = request.get("dex", "")
        if moment.is_late and account is not None and not dex:
            state = self._history.at(account.address, moment.seen_ms)
            if state is not None:
                return Found(state)
        mark_of = self._market.prices.mark
        return Found(views_account.clearinghouse_state(account, mark_of, moment.now_ms, dex))

    def _open_orders(self, request: Json, moment: Moment) -> Found:
        found = self._open_at(request, moment)
        return Found([views_account.basic_order(order, open_size) for order, open_size in found])

    def _frontend_orders(self, request: Json, moment: Moment) -> Found:
        found = self._open_at(request, moment)
        return Found([views_account.frontend_order(order, open_size) for order, open_size in found])

    def _open_at(self, request: Json, moment: Moment) -> list[Any]:
        account = self._account(request)
        if account is None:
            return []
        if moment.is_late:
            found = views_account.open_orders_at(account, moment.seen_ms)
        else:
            found = views_account.open_orders(account)
        dex = request.get("dex", "")
        return [row for row in found if row[0].listing.dex == dex]

    def _order_status(self, request: Json, moment: Moment) -> Found:
        account = self._account(request)
        order = None if account is None else account.order_named(request["oid"])
        state: OrderState | None = None
        if order is not None:
            state = order.state_at(moment.seen_ms)
        return Found(views_account.order_status(order, state))

    def _fills(self, request: Json, moment: Moment) -> Found:
        rows = self._fills_seen(request, moment)
        newest = rows[::-1][: self._pages.fills]
        return _rows([views_account.fill(row) for row in newest])

    def _fills_by_time(self, request: Json, moment: Moment) -> Found:
        """Oldest first, both ends included; only the latest fills can be reached at all."""
        from_ms = request["startTime"]
        to_ms = request.get("endTime", FAR_FUTURE_MS)
        rows = self._fills_seen(request, moment)[-self._pages.fills_reachable :]
        rows = [row for row in rows if from_ms <= row.ms <= to_ms]
        if request.get("reversed"):
            rows.reverse()
        return _rows([views_account.fill(row) for row in islice(rows, self._pages.fills)])

    def _fills_seen(self, request: Json, moment: Moment) -> list[FillRow]:
        account = self._account(request)
        if account is None:
            return []
        rows = [row for row in account.fills if row.ms <= moment.seen_ms]
        # Put together before any cap (protocol.md 1.3).
        return views_account.aggregated(rows) if request.get("aggregateByTime") else rows

    def _fees(self, _request: Json, _moment: Moment) -> Found:
        return Found(views_account.user_fees(self._market.catalog.fees))

    def _active_asset(self, request: Json, _moment: Moment) -> Found | Failed:
        listing = self._market.catalog.of_coin(request["coin"])
        if listing is None or listing.pair is not None:
            return Failed(500)
        user = Address(request["user"])
        mark_of = self._market.prices.mark
        return Found(views_margin.active_asset(self._account(request), user, listing, mark_of))

    def _liquidatable(self, _request: Json, _moment: Moment) -> Found:
        return Found(self._house.exposure.liquidatable())

    def _rate_limit(self, request: Json, _moment: Moment) -> Found:
        account = self._account(request)
        volume_usd = 0 if account is None else account.volume_usd
        budget = self._executor.budget(Address(request["user"]))
        cap = budget.cap(volume_usd)
        return Found(views_account.user_rate_limit(volume_usd, budget.used, cap))

    def _role(self, request: Json, moment: Moment) -> Found:
        master = self._agents.account_of(Address(request["user"]), moment.now_ms)
        is_known = self._account(request) is not None
        return Found(views_account.user_role(is_known=is_known, master=master))


def _rows(rows: list[Json]) -> Found:
    return Found(rows, len(rows))
