"""Questions about what has happened to an account: ledgers, orders, worth over time, stakes."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nlargest
from typing import Final

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.answers.question_forms import Found, Json, Moment, Question
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.config import PageSizes
from hive.localvenue.office.account_office import AccountOffice
from hive.localvenue.office.ledger import Rows
from hive.localvenue.orders.venue_order import OrderState, VenueOrder
from hive.localvenue.views import account as views_account

FAR_FUTURE_MS: Final = 2**62

OrderPast = tuple[VenueOrder, OrderState]


class LedgerQuestions:
    """Answers from the ledger and from what accounts remember."""

    def __init__(self, house: ClearingHouse, office: AccountOffice, *, pages: PageSizes) -> None:
        self._house = house
        self._office = office
        self._pages = pages
        self.by_type: dict[str, Question] = {
            "userFunding": self._funding,
            "userNonFundingLedgerUpdates": self._updates,
            "historicalOrders": self._orders,
            "portfolio": self._portfolio,
            "delegations": self._delegations,
            "delegatorSummary": self._stake_summary,
            "delegatorHistory": self._stake_history,
            "delegatorRewards": self._stake_rewards,
        }

    def _account(self, request: Json) -> Account | None:
        account = self._house.accounts.get(Address(request["user"]))
        return None if account is None or account.is_participant else account

    def _funding(self, request: Json, moment: Moment) -> Found:
        return self._page(self._office.ledger.funding, request, moment)

    def _updates(self, request: Json, moment: Moment) -> Found:
        return self._page(self._office.ledger.updates, request, moment)

    def _page(self, rows: Rows, request: Json, moment: Moment) -> Found:
        """Oldest first, both ends included; the next page starts at the last time of this one."""
        until_ms = min(request.get("endTime", FAR_FUTURE_MS), moment.seen_ms)
        from_ms = request.get("startTime", 0)
        user = Address(request["user"])
        found = rows.between(user, from_ms, until_ms, self._pages.rows)
        return Found([row.shown() for row in found], len(found))

    def _orders(self, request: Json, moment: Moment) -> Found:
        account = self._account(request)
        if account is None:
            return Found([])
        rows = past_orders(account, moment.seen_ms, self._pages.historical_orders)
        return Found(rows, len(rows))

    def _portfolio(self, request: Json, _moment: Moment) -> Found:
        account = self._account(request) or Account(Address(request["user"]), fills_kept=1)
        return Found(self._office.portfolios.shown(account))

    # --- staking ---

    def _delegations(self, request: Json, _moment: Moment) -> Found:
        stake = self._office.registry.stakes.of(Address(request["user"]))
        return Found(
            [
                {
                    "validator": validator,
                    "amount": self._office.native.text(each.wei),
                    "lockedUntilTimestamp": each.locked_until_ms,
                }
                for validator, each in stake.delegations.items()
            ]
        )

    def _stake_summary(self, request: Json, _moment: Moment) -> Found:
        stake = self._office.registry.stakes.of(Address(request["user"]))
        text = self._office.native.text
        return Found(
            {
                "delegated": text(stake.delegated_wei),
                "undelegated": text(stake.undelegated_wei),
                "totalPendingWithdrawal": text(stake.pending_wei),
                "nPendingWithdrawals": len(stake.pending),
            }
        )

    def _stake_history(self, request: Json, _moment: Moment) -> Found:
        """The newest first, as recorded."""
        rows = self._office.ledger.staking.latest(Address(request["user"]), self._pages.rows)
        return Found([row.shown() for row in reversed(rows)], len(rows))

    def _stake_rewards(self, _request: Json, _moment: Moment) -> Found:
        return Found([])


def past_orders(account: Account, seen_ms: int, limit: int) -> list[Json]:
    """The newest first. An order stands there once for every status that it has had."""
    found = nlargest(
        limit,
        _pasts(account, seen_ms),
        key=lambda past: (past[1].ms, past[0].oid, past[1].status.value != "open"),
    )
    return [order_row(order, state) for order, state in found]


def order_row(order: VenueOrder, state: OrderState) -> Json:
    """An order in full, as it stood when it got a status."""
    return {
        "order": views_account.frontend_order(order, state.open_size),
        "status": state.status.value,
        "statusTimestamp": state.ms,
    }


def _pasts(account: Account, seen_ms: int) -> Iterator[OrderPast]:
    """Every order with the first state of each status it had."""
    for order in account.orders.values():
        told: set[str] = set()
        for state in order.trail:
            if state.ms <= seen_ms and state.status.value not in told:
                told.add(state.status.value)
                yield order, state
