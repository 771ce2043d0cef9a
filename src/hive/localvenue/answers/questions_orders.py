"""Questions about an account's orders and fills."""

from __future__ import annotations

from itertools import islice

from hive.localvenue.accounts.account import FillRow
from hive.localvenue.answers.question_forms import (
    FAR_FUTURE_MS,
    Found,
    Json,
    Moment,
    Question,
    account_asked,
    charged_rows,
)
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.config import PageSizes
from hive.localvenue.orders.venue_order import OrderState, VenueOrder
from hive.localvenue.views import account as views_account


class OrderQuestions:
    """Answers about orders, as they stood at the moment that the reader may see."""

    def __init__(self, house: ClearingHouse, *, pages: PageSizes) -> None:
        self._house = house
        self._pages = pages
        self.by_type: dict[str, Question] = {
            "openOrders": self._open_orders,
            "frontendOpenOrders": self._frontend_orders,
            "orderStatus": self._order_status,
            "userFills": self._fills,
            "userFillsByTime": self._fills_by_time,
        }

    def _open_orders(self, request: Json, moment: Moment) -> Found:
        found = self._open_at(request, moment)
        return Found([views_account.basic_order(order, open_size) for order, open_size in found])

    def _frontend_orders(self, request: Json, moment: Moment) -> Found:
        found = self._open_at(request, moment)
        return Found([views_account.frontend_order(order, open_size) for order, open_size in found])

    def _open_at(self, request: Json, moment: Moment) -> list[tuple[VenueOrder, int]]:
        account = account_asked(self._house, request)
        if account is None:
            return []
        if moment.is_late:
            found = views_account.open_orders_at(account, moment.seen_ms)
        else:
            found = views_account.open_orders(account)
        dex = request.get("dex", "")
        return [row for row in found if row[0].listing.dex == dex]

    def _order_status(self, request: Json, moment: Moment) -> Found:
        account = account_asked(self._house, request)
        order = None if account is None else account.order_named(request["oid"])
        state: OrderState | None = None
        if order is not None:
            state = order.state_at(moment.seen_ms)
        return Found(views_account.order_status(order, state))

    def _fills(self, request: Json, moment: Moment) -> Found:
        rows = self._fills_seen(request, moment)
        newest = rows[::-1][: self._pages.fills]
        return charged_rows([views_account.fill(row) for row in newest])

    def _fills_by_time(self, request: Json, moment: Moment) -> Found:
        """Oldest first, both ends included; only the latest fills can be reached at all."""
        from_ms = request["startTime"]
        to_ms = request.get("endTime", FAR_FUTURE_MS)
        rows = self._fills_seen(request, moment)[-self._pages.fills_reachable :]
        rows = [row for row in rows if from_ms <= row.ms <= to_ms]
        if request.get("reversed"):
            rows.reverse()
        return charged_rows([views_account.fill(row) for row in islice(rows, self._pages.fills)])

    def _fills_seen(self, request: Json, moment: Moment) -> list[FillRow]:
        account = account_asked(self._house, request)
        if account is None:
            return []
        rows = [row for row in account.fills if row.ms <= moment.seen_ms]
        # Put together before any cap (protocol.md 1.3).
        return views_account.aggregated(rows) if request.get("aggregateByTime") else rows
