"""Streams of what has happened to accounts: ledgers, past orders, and notices.

A snapshot first, then what each block brought. When the real venue sends notices is not known
(venue.md 4): here, when an account is liquidated or deleveraged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hive.domain.identifiers import Address
from hive.localvenue.answers.questions_ledger import order_row, past_orders
from hive.localvenue.answers.stream_forms import ByBlock, Json, Stream, nothing_first
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.news import News, OrderNote
from hive.localvenue.config import PageSizes
from hive.localvenue.office.ledger import Ledger, LedgerRow
from hive.localvenue.orders.venue_order import OrderState

UPDATES: Final = "userNonFundingLedgerUpdates"

DELEVERAGED: Final = "Auto-Deleveraging"
"""The direction of such fills."""


class LedgerStreams:
    """What is told of an account's past, as it grows."""

    def __init__(self, house: ClearingHouse, ledger: Ledger, *, pages: PageSizes) -> None:
        self._house = house
        self._ledger = ledger
        self._pages = pages
        self.by_type: dict[str, Stream] = {
            UPDATES: Stream(
                first=self._updates_snapshot,
                by_block=ByBlock(news=self._fresh_updates, payloads=_update_rows),
            ),
            "userFundings": Stream(
                first=self._funding_snapshot,
                by_block=ByBlock(news=self._fresh_funding, payloads=_funding_rows),
            ),
            "userHistoricalOrders": Stream(
                first=self._orders_snapshot,
                by_block=ByBlock(news=_orders, payloads=_order_rows),
            ),
            "notification": Stream(
                first=nothing_first, by_block=ByBlock(news=_notices, payloads=_notice_frames)
            ),
        }

    def _updates_snapshot(self, form: Json, _now_ms: int) -> Json:
        rows = self._ledger.updates.latest(Address(form["user"]), self._pages.ledger_first_frame)
        return {"isSnapshot": True, **_updates(form, rows)}

    def _funding_snapshot(self, form: Json, _now_ms: int) -> Json:
        rows = self._ledger.funding.latest(Address(form["user"]), self._pages.ledger_first_frame)
        return {"isSnapshot": True, **_fundings(form, rows)}

    def _orders_snapshot(self, form: Json, now_ms: int) -> Json:
        account = self._house.accounts.get(Address(form["user"]))
        rows: list[Json] = []
        if account is not None and not account.is_participant:
            rows = past_orders(account, now_ms, self._pages.historical_orders)
        return {"isSnapshot": True, "user": form["user"], "orderHistory": rows}

    def _fresh_updates(self, _news: News) -> dict[Address, list[LedgerRow]]:
        return self._ledger.updates.fresh

    def _fresh_funding(self, _news: News) -> dict[Address, list[LedgerRow]]:
        return self._ledger.funding.fresh


def _update_rows(form: Json, rows: list[LedgerRow], _now_ms: int) -> Iterable[Json]:
    return (_updates(form, rows),)


def _funding_rows(form: Json, rows: list[LedgerRow], _now_ms: int) -> Iterable[Json]:
    return (_fundings(form, rows),)


def _updates(form: Json, rows: list[LedgerRow]) -> Json:
    return {"user": form["user"], "nonFundingLedgerUpdates": [row.shown() for row in rows]}


def _fundings(form: Json, rows: list[LedgerRow]) -> Json:
    fundings = [
        {"time": row.ms, **{name: value for name, value in row.delta.items() if name != "type"}}
        for row in rows
    ]
    return {"user": form["user"], "fundings": fundings}


def _orders(news: News) -> dict[Address, list[OrderNote]]:
    return news.orders_by_user


def _order_rows(form: Json, notes: list[OrderNote], _now_ms: int) -> Iterable[Json]:
    rows = [
        order_row(note.order, OrderState(note.ms, note.status, note.open_size)) for note in notes
    ]
    return ({"user": form["user"], "orderHistory": rows},)


def _notices(news: News) -> dict[Address, list[str]]:
    """In our words: the venue's are not known."""
    found: dict[Address, list[str]] = {}
    for user, events in news.events_by_user.items():
        if any("liquidation" in event for event in events):
            found.setdefault(user, []).append("Your account was liquidated.")
    for user, fills in news.fills_by_user.items():
        coins = {fill.listing.coin: None for fill in fills if fill.direction == DELEVERAGED}
        texts = [f"Your {coin} position was deleveraged." for coin in coins]
        if texts:
            found.setdefault(user, []).extend(texts)
    return found


def _notice_frames(_form: Json, texts: list[str], _now_ms: int) -> Iterable[Json]:
    return ({"notification": text} for text in texts)
