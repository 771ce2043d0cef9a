"""Streams about what happens to an account's orders: updates, fills, events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import FillRow
from hive.localvenue.answers.stream_forms import ByBlock, Json, Stream, nothing_first
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.news import News, OrderNote
from hive.localvenue.config import PageSizes
from hive.localvenue.views import account as views_account

USER_CHANNEL: Final = "user"


class AccountStreams:
    """What is told of an account. Of a block, orders come before fills or after them."""

    def __init__(
        self, house: ClearingHouse, *, pages: PageSizes, is_order_told_first: bool
    ) -> None:
        self._house = house
        self._pages = pages
        orders = {
            "orderUpdates": Stream(
                first=nothing_first,
                by_block=ByBlock(news=_orders, payloads=_order_rows),
            )
        }
        fills = {
            "userEvents": Stream(
                first=nothing_first,
                channel=_user_channel,
                by_block=ByBlock(news=_changed, payloads=self._user_events),
            ),
            "userFills": Stream(
                first=self._fills_snapshot,
                by_block=ByBlock(news=_fills, payloads=_fill_rows),
            ),
        }
        self.by_type: dict[str, Stream] = (
            {**orders, **fills} if is_order_told_first else {**fills, **orders}
        )

    def _fills_snapshot(self, form: Json, _now_ms: int) -> Json:
        """Recent fills, newest first."""
        account = self._house.accounts.get(Address(form["user"]))
        rows = [] if account is None else list(account.fills)
        if form["aggregateByTime"]:
            rows = views_account.aggregated(rows)
        newest = rows[::-1][: self._pages.fills_first_frame]
        fills = [views_account.fill(row) for row in newest]
        return {"isSnapshot": True, "user": form["user"], "fills": fills}

    def _user_events(self, form: Json, _item: None, _now_ms: int) -> Iterable[Json]:
        """Fills in one frame, then every other event in one of its own."""
        news, user = self._house.news, Address(form["user"])
        if user in news.fills_by_user:
            yield {"fills": [views_account.fill(row) for row in news.fills_by_user[user]]}
        yield from news.events_by_user.get(user, ())


def _user_channel(_form: Json) -> str:
    return USER_CHANNEL


def _orders(news: News) -> dict[Address, list[OrderNote]]:
    return news.orders_by_user


def _order_rows(_form: Json, notes: list[OrderNote], _now_ms: int) -> Iterable[list[Json]]:
    return ([views_account.order_update(note) for note in notes],)


def _fills(news: News) -> dict[Address, list[FillRow]]:
    return news.fills_by_user


def _fill_rows(form: Json, rows: list[FillRow], _now_ms: int) -> Iterable[Json]:
    shown = views_account.aggregated(rows) if form["aggregateByTime"] else rows
    return ({"user": form["user"], "fills": [views_account.fill(row) for row in shown]},)


def _changed(news: News) -> dict[Address, None]:
    return news.users
