"""Payloads of streams that are about a whole dex, or about an account on one or on all of them."""

from __future__ import annotations

from typing import Any

from hive.domain.identifiers import Address
from hive.localvenue import views_account, views_spot
from hive.localvenue.clearing import ClearingHouse
from hive.localvenue.market_state import MarketState

Json = dict[str, Any]


class DexPayloads:
    """Answers canonical subscriptions."""

    def __init__(
        self, market: MarketState, house: ClearingHouse, *, open_orders_pushed: int
    ) -> None:
        self._market = market
        self._house = house
        self._open_orders_pushed = open_orders_pushed

    def of(self, form: Json, now_ms: int) -> object:
        """What the stream of a form shows now."""
        dex = form.get("dex", "")
        match form["type"]:
            case "allMids":
                mids = {"mids": self._market.all_mids(dex)}
                return {**mids, "dex": dex} if dex else mids
            case "assetCtxs":
                return {"dex": dex, "ctxs": self._contexts(dex)}
            case "allDexsAssetCtxs":
                names = [each.name for each in self._market.catalog.dexes]
                return {"ctxs": [[name, self._contexts(name)] for name in names]}
            case "spotAssetCtxs":
                return self._market.spot_contexts()
        return self._of_user(form["type"], Address(form["user"]), dex, now_ms)

    def _of_user(self, kind: str, user: Address, dex: str, now_ms: int) -> object:
        match kind:
            case "clearinghouseState":
                state = self._state(user, dex, now_ms)
                return {"dex": dex, "user": user, "clearinghouseState": state}
            case "allDexsClearinghouseState":
                names = [each.name for each in self._market.catalog.dexes]
                states = [[name, self._state(user, name, now_ms)] for name in names]
                return {"user": user, "clearinghouseStates": states}
            case "spotState":
                account = self._house.accounts.get(user)
                state = views_spot.spot_state(account, self._market.catalog.tokens)
                return {"user": user, "spotState": state}
            case _:
                assert kind == "openOrders", kind
                return {"dex": dex, "user": user, "orders": self._open_orders(user, dex)}

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
