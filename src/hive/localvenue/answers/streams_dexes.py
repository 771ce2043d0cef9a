"""Streams about a whole dex, or about an account on one of them or on all."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from hive.domain.identifiers import Address
from hive.localvenue.answers.stream_forms import ByClock, Json, Stream, on_change, paced
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.config import Cadence, PageSizes
from hive.localvenue.views import account as views_account
from hive.localvenue.views import spot as views_spot
from hive.localvenue.views.market_state import MarketState

SETTLED_TURNS: Final = 5
"""Account states are also told this much more slowly when nothing happened but the marks moved."""


class DexStreams:
    """What is told of dexes, and of an account on them."""

    def __init__(
        self, market: MarketState, house: ClearingHouse, *, cadence: Cadence, pages: PageSizes
    ) -> None:
        self._market = market
        self._house = house
        self._open_orders_pushed = pages.open_orders_pushed
        all_contexts_ms, account_ms = cadence.all_contexts_ms, cadence.account_ms
        self.by_type: dict[str, Stream] = {
            "allMids": paced(self._mids, cadence.all_mids_ms),
            "assetCtxs": paced(self._dex_contexts, all_contexts_ms),
            "spotAssetCtxs": paced(self._spot_contexts, all_contexts_ms),
            "allDexsAssetCtxs": paced(self._all_contexts, all_contexts_ms),
            "clearinghouseState": on_change(self._account_state, account_ms, SETTLED_TURNS),
            "allDexsClearinghouseState": on_change(self._all_states, account_ms, SETTLED_TURNS),
            "spotState": self._spot_stream(account_ms),
            "openOrders": on_change(self._orders, account_ms),
        }

    # --- of a dex ---

    def _mids(self, form: Json, _now_ms: int) -> Json:
        dex = form["dex"]
        mids = {"mids": self._market.all_mids(dex)}
        return {**mids, "dex": dex} if dex else mids

    def _dex_contexts(self, form: Json, _now_ms: int) -> Json:
        return {"dex": form["dex"], "ctxs": self._contexts(form["dex"])}

    def _spot_contexts(self, _form: Json, _now_ms: int) -> list[Json]:
        return self._market.spot_contexts()

    def _all_contexts(self, _form: Json, _now_ms: int) -> Json:
        names = [dex.name for dex in self._market.catalog.dexes]
        return {"ctxs": [[name, self._contexts(name)] for name in names]}

    # --- of an account ---

    def _spot_stream(self, account_ms: int) -> Stream:
        """Of unified accounts also when nothing happened but the marks moved."""
        stream = on_change(self._spot_state, account_ms)
        by_marks = ByClock(
            every_ms=SETTLED_TURNS * account_ms, payload=self._spot_state, of=self._is_unified
        )
        return replace(stream, clocks=(*stream.clocks, by_marks))

    def _is_unified(self, form: Json) -> bool:
        account = self._house.accounts.get(Address(form["user"]))
        return account is not None and account.is_unified

    def _account_state(self, form: Json, now_ms: int) -> Json:
        user, dex = Address(form["user"]), form["dex"]
        return {
            "dex": dex,
            "user": user,
            "clearinghouseState": self._state(user, dex, now_ms),
        }

    def _all_states(self, form: Json, now_ms: int) -> Json:
        user = Address(form["user"])
        names = [dex.name for dex in self._market.catalog.dexes]
        states = [[name, self._state(user, name, now_ms)] for name in names]
        return {"user": user, "clearinghouseStates": states}

    def _spot_state(self, form: Json, _now_ms: int) -> Json:
        user = Address(form["user"])
        account = self._house.accounts.get(user)
        tokens, mark_of = self._market.catalog.tokens, self._market.prices.mark
        state = views_spot.spot_state(account, tokens, mark_of)
        return {"user": user, "spotState": state}

    def _orders(self, form: Json, _now_ms: int) -> Json:
        user, dex = Address(form["user"]), form["dex"]
        return {"dex": dex, "user": user, "orders": self._open_orders(user, dex)}

    # --- parts ---

    def _contexts(self, name: str) -> list[Json]:
        dex = self._market.catalog.dex(name)
        assert dex is not None, name
        return self._market.contexts(dex)

    def _state(self, user: Address, dex: str, now_ms: int) -> Json:
        account = self._house.accounts.get(user)
        mark_of = self._market.prices.mark
        return views_account.clearinghouse_state(account, mark_of, now_ms, dex)

    def _open_orders(self, user: Address, dex: str) -> list[Json]:
        account = self._house.accounts.get(user)
        found = [] if account is None else views_account.open_orders(account)
        rows = [row for row in found if row[0].listing.dex == dex][: self._open_orders_pushed]
        return [views_account.frontend_order(order, open_size) for order, open_size in rows]
