"""Who listens to what, and what they are told: per block, and by the clock.

    per block     trades, bbo (if it changed), orderUpdates, user, userFills
    by the clock  l2Book (two cadences, one clock for all coins), allMids, activeAssetCtx,
                  candle, clearinghouseState and openOrders (of those that changed)

Only streams that somebody holds cost anything. Each frame is made once, whoever listens.
"""

from __future__ import annotations

from typing import Final

from hive.domain.identifiers import Address
from hive.localvenue import views_account, views_market
from hive.localvenue.clearing import ClearingHouse
from hive.localvenue.config import Cadence, PageSizes
from hive.localvenue.held_streams import HeldStreams, Json
from hive.localvenue.market_state import MarketState
from hive.localvenue.news import News
from hive.localvenue.outbox import Outbox, encode_frame
from hive.localvenue.streams_dexes import DexPayloads
from hive.localvenue.timetable import Timetable

SETTLED_EVERY: Final = 5
"""Account states are also told this much more slowly when nothing happened but the marks moved."""


ACCOUNT_STREAMS: Final = {
    "clearinghouseState": True,
    "allDexsClearinghouseState": True,
    "spotState": False,
    "openOrders": False,
}
"""Streams about an account, and whether the marks alone change what they say."""


class Streams:
    """Everything that is pushed."""

    def __init__(
        self,
        market: MarketState,
        house: ClearingHouse,
        outbox: Outbox,
        *,
        cadence: Cadence,
        pages: PageSizes,
        is_order_told_first: bool,
        now_ms: int,
    ) -> None:
        self._market = market
        self._house = house
        self._outbox = outbox
        self._pages = pages
        self._is_order_told_first = is_order_told_first
        self._dexes = DexPayloads(market, house, open_orders_pushed=pages.open_orders_pushed)
        self._held = HeldStreams()
        self._told_top: dict[str, tuple[object, object]] = {}
        self._traded: dict[str, None] = {}
        self._changed_users: dict[Address, None] = {}
        self._account_turns = 0
        self._timetable = Timetable(
            {
                self._push_fast_books: cadence.l2_book_fast_ms,
                self._push_books: cadence.l2_book_ms,
                self._push_mids: cadence.all_mids_ms,
                self._push_contexts: cadence.context_ms,
                self._push_all_contexts: cadence.all_contexts_ms,
                self._push_candles: cadence.candle_ms,
                self._push_accounts: cadence.account_ms,
            },
            now_ms,
        )

    @property
    def next_ms(self) -> int:
        return self._timetable.next_ms

    def tick(self, now_ms: int) -> None:
        """Push what the clock asks for."""
        for push in self._timetable.due(now_ms):
            push(now_ms)

    # --- holding ---

    def hold(self, form: Json, key: str) -> None:
        self._held.add(form, key)

    def let_go(self, key: str) -> None:
        self._held.drop(key)

    def first_frames(self, form: Json, now_ms: int) -> list[bytes]:
        """What a new holder is told at once."""
        payload = self._first_payload(form, now_ms)
        return [] if payload is None else [encode_frame(_channel(form, self._market), payload)]

    def _first_payload(self, form: Json, now_ms: int) -> object:
        """orderUpdates and userEvents replay nothing; a quiet coin has no trades to tell."""
        match form["type"]:
            case "orderUpdates" | "userEvents" | "user":
                payload: object = None
            case "l2Book":
                payload = self._book(form, now_ms)
            case "bbo":
                payload = self._market.bbo(form["coin"], now_ms)
            case "trades":
                payload = self._recent_trades(form["coin"], now_ms)
            case "candle":
                payload = self._market.candle(form["coin"], form["interval"], now_ms)
            case "activeAssetCtx":
                payload = self._context(form["coin"])
            case "userFills":
                payload = self._fills_snapshot(form)
            case _:
                payload = self._dexes.of(form, now_ms)
        return payload

    # --- per block ---

    def push_block(self, now_ms: int) -> None:
        """Tell what the block changed."""
        news = self._house.news
        for coin in news.coins:
            self._push_top(coin, now_ms)
        for coin, trades in news.trades_by_coin.items():
            self._traded[coin] = None
            for key in self._held.about("trades", coin):
                rows = [views_market.trade(row) for row in trades]
                self._outbox.push("trades", key, rows, name=coin, now_ms=now_ms)
        for user in news.users:
            self._changed_users[user] = None
        if self._is_order_told_first:
            self._push_orders(news, now_ms)
            self._push_fills(news, now_ms)
        else:
            self._push_fills(news, now_ms)
            self._push_orders(news, now_ms)
        for user, events in news.events_by_user.items():
            for key in self._held.about("userEvents", user):
                for event in events:
                    self._outbox.push("user", key, event, name=user, now_ms=now_ms)

    def _push_top(self, coin: str, now_ms: int) -> None:
        keys = self._held.about("bbo", coin)
        if not keys:
            return
        top = self._market.books[coin].top
        if self._told_top.get(coin) == top:
            return
        self._told_top[coin] = top
        for key in keys:
            payload = self._market.bbo(coin, now_ms)
            self._outbox.push("bbo", key, payload, name=coin, now_ms=now_ms)

    def _push_orders(self, news: News, now_ms: int) -> None:
        for user, notes in news.orders_by_user.items():
            for key in self._held.about("orderUpdates", user):
                rows = [views_account.order_update(note) for note in notes]
                self._outbox.push("orderUpdates", key, rows, name=user, now_ms=now_ms)

    def _push_fills(self, news: News, now_ms: int) -> None:
        for user, fills in news.fills_by_user.items():
            for key in self._held.about("userEvents", user):
                rows = [views_account.fill(row) for row in fills]
                self._outbox.push("user", key, {"fills": rows}, name=user, now_ms=now_ms)
            for key, form in self._held.about("userFills", user).items():
                shown = views_account.aggregated(fills) if form["aggregateByTime"] else fills
                payload = {"user": user, "fills": [views_account.fill(row) for row in shown]}
                self._outbox.push("userFills", key, payload, name=user, now_ms=now_ms)

    # --- by the clock ---

    def _push_books(self, now_ms: int) -> None:
        self._push_books_of(now_ms, is_fast=False)

    def _push_fast_books(self, now_ms: int) -> None:
        self._push_books_of(now_ms, is_fast=True)

    def _push_books_of(self, now_ms: int, *, is_fast: bool) -> None:
        for coin, key, form in self._held.of_type("l2Book"):
            if form["fast"] is is_fast:
                payload = self._book(form, now_ms)
                self._outbox.push("l2Book", key, payload, name=coin, now_ms=now_ms)

    def _push_mids(self, now_ms: int) -> None:
        self._push_dexes("allMids", now_ms)

    def _push_all_contexts(self, now_ms: int) -> None:
        for kind in ("allDexsAssetCtxs", "assetCtxs", "spotAssetCtxs"):
            self._push_dexes(kind, now_ms)

    def _push_dexes(self, kind: str, now_ms: int) -> None:
        for name, key, form in self._held.of_type(kind):
            payload = self._dexes.of(form, now_ms)
            self._outbox.push(kind, key, payload, name=name, now_ms=now_ms)

    def _push_contexts(self, now_ms: int) -> None:
        for coin, key, form in self._held.of_type("activeAssetCtx"):
            channel = _channel(form, self._market)
            self._outbox.push(channel, key, self._context(coin), name=coin, now_ms=now_ms)

    def _push_candles(self, now_ms: int) -> None:
        for coin, key, form in self._held.of_type("candle"):
            if coin in self._traded:
                payload = self._market.candle(coin, form["interval"], now_ms)
                self._outbox.push("candle", key, payload, name=coin, now_ms=now_ms)
        self._traded.clear()

    def _push_accounts(self, now_ms: int) -> None:
        self._account_turns += 1
        is_settled_turn = self._account_turns % SETTLED_EVERY == 0
        for kind, is_marked in ACCOUNT_STREAMS.items():
            for user, key, form in self._held.of_type(kind):
                if user in self._changed_users or (is_marked and is_settled_turn):
                    payload = self._dexes.of(form, now_ms)
                    self._outbox.push(kind, key, payload, name=user, now_ms=now_ms)
        self._changed_users.clear()

    # --- payloads ---

    def _book(self, form: Json, now_ms: int) -> Json:
        is_fast = form["fast"]
        payload = self._market.l2_book(
            form["coin"],
            now_ms,
            levels_max=views_market.LEVELS_FAST if is_fast else views_market.LEVELS_MAX,
            n_sig_figs=form["nSigFigs"],
            mantissa=form["mantissa"],
        )
        return {**payload, "fast": True} if is_fast else payload

    def _context(self, coin: str) -> Json:
        return {"coin": coin, "ctx": self._market.context(coin)}

    def _recent_trades(self, coin: str, now_ms: int) -> list[Json] | None:
        since_ms = now_ms - self._pages.trades_first_frame_ms
        count = self._pages.trades_first_frame
        return self._market.trades(coin, count, since_ms=since_ms) or None

    def _fills_snapshot(self, form: Json) -> Json:
        """Recent fills, newest first."""
        account = self._house.accounts.get(Address(form["user"]))
        rows = [] if account is None else list(account.fills)
        if form["aggregateByTime"]:
            rows = views_account.aggregated(rows)
        newest = rows[::-1][: self._pages.fills_first_frame]
        fills = [views_account.fill(row) for row in newest]
        return {"isSnapshot": True, "user": form["user"], "fills": fills}


def _channel(form: Json, market: MarketState) -> str:
    """The channel on which a subscription is answered."""
    if form["type"] in ("userEvents", "user"):
        return "user"
    if form["type"] == "activeAssetCtx" and market.books[form["coin"]].listing.pair is not None:
        return "activeSpotAssetCtx"
    return str(form["type"])
