"""Runs the official SDK, unmodified, against the venue at a URL, as a program: `... URL`.

A process of its own, because the SDK keeps threads and sockets open as it pleases. Each step
checks what an SDK user relies on. The last line of the output is the fault of each step.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import Any

import eth_account
import websocket
from hyperliquid.exchange import Exchange
from hyperliquid.info import Info
from hyperliquid.utils import signing
from tests.live_sockets.exercise_report import print_report, try_all
from tests.live_sockets.heard import WAIT_S_MAX, Heard
from tests.live_sockets.sdk_account import GTC, new_cloid, new_wallet, now_ms

HOUR_MS = 3_600_000
COIN = "ETH"


def anything(_: Any) -> bool:
    return True


def trader(wallet: Any, base_url: str, address: str | None = None) -> Any:
    """Untyped: the SDK's own types refuse what its own examples do."""
    return Exchange(wallet, base_url, account_address=address)


class Exercise:
    """One account's morning."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.wallet = new_wallet()
        self.address: str = self.wallet.address
        self.info: Any = Info(base_url)
        self.exchange = trader(self.wallet, base_url)
        self.heard = Heard()

    def mid(self) -> float:
        return float(self.info.all_mids()[COIN])

    def far_px(self, share: float) -> float:
        """A bid far below the market, on the tick."""
        return float(f"{self.mid() * share:.4g}")

    # --- reading ---

    def reads_metadata(self) -> None:
        universe = self.info.meta()["universe"]
        assert len(universe) >= 20, universe
        assert self.info.name_to_asset("BTC") == 0
        meta, contexts = self.info.meta_and_asset_ctxs()
        assert len(meta["universe"]) == len(contexts)
        assert {"markPx", "oraclePx", "funding", "openInterest"} <= contexts[0].keys()
        spot_meta, _ = self.info.spot_meta_and_asset_ctxs()
        assert spot_meta["universe"]
        assert self.info.perp_dexs()[0] is None

    def reads_the_market(self) -> None:
        assert float(self.info.all_mids()["BTC"]) > 1_000
        book = self.info.l2_snapshot("BTC")
        bids, asks = book["levels"]
        assert 1 <= len(bids) <= 20, book
        bid_pxs, ask_pxs = [[float(row["px"]) for row in side] for side in (bids, asks)]
        assert bid_pxs == sorted(bid_pxs, reverse=True)
        assert ask_pxs == sorted(ask_pxs)
        assert bid_pxs[0] < ask_pxs[0]
        to_ms = now_ms()
        candles = self.info.candles_snapshot("BTC", "1m", to_ms - HOUR_MS, to_ms)
        assert candles, "no candles"
        assert {"t", "T", "s", "i", "o", "c", "h", "l", "v", "n"} <= candles[-1].keys()
        rows = self.info.funding_history("BTC", to_ms - 24 * HOUR_MS)
        assert all({"coin", "fundingRate", "premium", "time"} <= row.keys() for row in rows)

    def reads_a_new_account(self) -> None:
        state = self.info.user_state(self.address)
        assert float(state["marginSummary"]["accountValue"]) > 1_000, state
        assert state["assetPositions"] == []
        assert self.info.open_orders(self.address) == []
        assert self.info.user_fills(self.address) == []
        assert "balances" in self.info.spot_user_state(self.address)
        assert self.info.user_role(self.address)["role"] == "user"
        assert float(self.info.user_fees(self.address)["userCrossRate"]) > 0
        limit = self.info.user_rate_limit(self.address)
        assert limit["nRequestsUsed"] <= limit["nRequestsCap"]

    # --- streams ---

    def hears_public_streams(self) -> None:
        for kind in ("l2Book", "bbo", "trades", "activeAssetCtx"):
            self.info.subscribe({"type": kind, "coin": COIN}, self.heard.listener(kind))
        candle = {"type": "candle", "coin": COIN, "interval": "1m"}
        self.info.subscribe(candle, self.heard.listener("candle"))
        self.info.subscribe({"type": "allMids"}, self.heard.listener("allMids"))
        book = self.heard.until("l2Book", lambda m: len(m["data"]["levels"][0]) > 0)
        assert book["data"]["coin"] == COIN
        assert len(self.heard.until("bbo", anything)["data"]["bbo"]) == 2
        trade = self.heard.until("trades", anything)["data"][0]
        assert {"coin", "side", "px", "sz", "time", "hash", "tid", "users"} <= trade.keys()
        assert self.heard.until("candle", anything)["data"]["s"] == COIN
        assert COIN in self.heard.until("allMids", anything)["data"]["mids"]
        assert "markPx" in self.heard.until("activeAssetCtx", anything)["data"]["ctx"]

    def subscribes_to_private_streams(self) -> None:
        for kind in ("orderUpdates", "userEvents", "userFills"):
            self.info.subscribe({"type": kind, "user": self.address}, self.heard.listener(kind))
        first = self.heard.until("userFills", anything)["data"]
        assert first["isSnapshot"] is True
        assert first["user"] == self.address.lower()

    def survives_a_second_subscription(self) -> None:
        """Two callbacks on one stream: the SDK subscribes twice and hears `Already subscribed`."""
        again = self.heard.listener("bbo again")
        number = self.info.subscribe({"type": "bbo", "coin": COIN}, again)
        self.heard.until("bbo again", anything)
        assert self.info.unsubscribe({"type": "bbo", "coin": COIN}, number)

    # --- orders ---

    def order_update(self, oid: int, status: str) -> Any:
        def fits(message: Any) -> bool:
            return any(
                row["order"]["oid"] == oid and row["status"] == status for row in message["data"]
            )

        return self.heard.until("orderUpdates", fits)

    def resting(self, answer: Any) -> int:
        status = answer["response"]["data"]["statuses"][0]
        oid: int = status["resting"]["oid"]
        return oid

    def bid(self, share: float, **more: Any) -> Any:
        return self.exchange.order(COIN, True, 0.02, self.far_px(share), GTC, **more)

    def places_and_cancels(self) -> None:
        oid = self.resting(self.bid(0.9))
        self.order_update(oid, "open")
        assert [row["oid"] for row in self.info.open_orders(self.address)] == [oid]
        (row,) = self.info.frontend_open_orders(self.address)
        assert (row["orderType"], row["tif"], row["reduceOnly"]) == ("Limit", "Gtc", False)
        found = self.info.query_order_by_oid(self.address, oid)
        assert found["order"]["status"] == "open", found
        cancelled = self.exchange.cancel(COIN, oid)
        assert cancelled["response"]["data"]["statuses"] == ["success"], cancelled
        self.order_update(oid, "canceled")
        again = self.exchange.cancel(COIN, oid)["response"]["data"]["statuses"][0]["error"]
        assert again.startswith("Order was never placed, already canceled, or filled."), again
        assert self.info.open_orders(self.address) == []

    def names_orders_by_cloid(self) -> None:
        cloid = new_cloid()
        answer = self.bid(0.9, cloid=cloid)
        assert answer["response"]["data"]["statuses"][0]["resting"]["cloid"] == cloid.to_raw()
        found = self.info.query_order_by_cloid(self.address, cloid)
        assert found["order"]["order"]["cloid"] == cloid.to_raw(), found
        cancelled = self.exchange.cancel_by_cloid(COIN, cloid)
        assert cancelled["response"]["data"]["statuses"] == ["success"], cancelled
        unknown = new_cloid()
        assert self.info.query_order_by_cloid(self.address, unknown) == {"status": "unknownOid"}

    def modifies(self) -> None:
        cloid = new_cloid()
        oid = self.resting(self.bid(0.9, cloid=cloid))
        px = self.far_px(0.85)
        answer = self.exchange.modify_order(oid, COIN, True, 0.03, px, GTC, cloid=cloid)
        new_oid = self.resting(answer)
        assert new_oid != oid
        self.order_update(oid, "canceled")
        self.order_update(new_oid, "open")
        (row,) = self.info.open_orders(self.address)
        assert (row["oid"], float(row["limitPx"]), float(row["sz"])) == (new_oid, px, 0.03)
        answer = self.exchange.modify_order(
            cloid, COIN, True, 0.04, px, {"limit": {"tif": "Alo"}}, cloid=cloid
        )
        last_oid = self.resting(answer)
        assert self.exchange.cancel(COIN, last_oid)["response"]["data"]["statuses"] == ["success"]

    def trades_in_bulk(self) -> None:
        cloids = [new_cloid() for _ in range(5)]
        orders = [
            {
                "coin": COIN,
                "is_buy": True,
                "sz": 0.02,
                "limit_px": self.far_px(0.8 + number / 100),
                "order_type": {"limit": {"tif": "Alo"}},
                "reduce_only": False,
                "cloid": cloid,
            }
            for number, cloid in enumerate(cloids)
        ]
        statuses = self.exchange.bulk_orders(orders)["response"]["data"]["statuses"]
        oids = [status["resting"]["oid"] for status in statuses]
        assert len(set(oids)) == 5
        modified = self.exchange.bulk_modify_orders_new(
            [{"oid": oids[0], "order": orders[0]}, {"oid": cloids[1], "order": orders[1]}]
        )["response"]["data"]["statuses"]
        assert all("resting" in status for status in modified), modified
        gone = self.exchange.bulk_cancel([{"coin": COIN, "oid": oid} for oid in oids[2:4]])
        assert gone["response"]["data"]["statuses"] == ["success"] * 2, gone
        rest = [cloids[0], cloids[1], cloids[4]]
        gone = self.exchange.bulk_cancel_by_cloid([{"coin": COIN, "cloid": c} for c in rest])
        assert gone["response"]["data"]["statuses"] == ["success"] * 3, gone
        assert self.info.open_orders(self.address) == []

    def sets_leverage(self) -> None:
        answer = self.exchange.update_leverage(7, COIN)
        assert answer == {"status": "ok", "response": {"type": "default"}}, answer

    def opens_and_closes_at_market(self) -> None:
        status = self.exchange.market_open(COIN, True, 0.05)["response"]["data"]["statuses"][0]
        assert float(status["filled"]["totalSz"]) == 0.05, status
        oid = status["filled"]["oid"]
        fill = self.info.user_fills(self.address)[0]
        assert (fill["oid"], fill["coin"], fill["side"], fill["crossed"]) == (oid, COIN, "B", True)
        assert float(fill["fee"]) > 0
        self.order_update(oid, "filled")

        def has_fill(message: Any) -> bool:
            return any(row["oid"] == oid for row in message["data"].get("fills", []))

        streamed = self.heard.until("userFills", has_fill)["data"]
        assert not streamed.get("isSnapshot")
        self.heard.until("userEvents", has_fill)
        (held,) = self.info.user_state(self.address)["assetPositions"]
        position = held["position"]
        assert (position["coin"], float(position["szi"])) == (COIN, 0.05)
        assert position["leverage"]["value"] == 7, position
        closed = self.exchange.market_close(COIN)["response"]["data"]["statuses"][0]
        assert float(closed["filled"]["totalSz"]) == 0.05, closed
        assert self.info.user_state(self.address)["assetPositions"] == []
        since = self.info.user_fills_by_time(self.address, fill["time"])
        assert since[0]["oid"] == oid
        assert since[-1]["dir"] == "Close Long", since[-1]

    def is_told_what_is_wrong(self) -> None:
        answer = self.exchange.order(COIN, True, 0.0001, self.far_px(0.9), GTC)
        text = json.dumps(answer)
        assert "Order must have minimum value of $10." in text, answer
        stranger = trader(new_wallet(), self.base_url)
        answer = stranger.order(COIN, True, 0.02, self.far_px(0.9), GTC)
        address = stranger.wallet.address.lower()
        assert answer == {
            "status": "err",
            "response": f"User or API Wallet {address} does not exist.",
        }, answer
        answer = self.exchange.order(COIN, True, 0.02, self.mid() * 1.02, {"limit": {"tif": "Alo"}})
        assert "error" in json.dumps(answer), answer

    def lets_an_agent_trade(self) -> None:
        for name in (None, "scalper"):
            answer, key = self.exchange.approve_agent(name)
            assert answer == {"status": "ok", "response": {"type": "default"}}, answer
            wallet = eth_account.Account.from_key(key)
            agent = trader(wallet, self.base_url, self.address)
            oid = self.resting(agent.order(COIN, True, 0.02, self.far_px(0.9), GTC))
            assert [row["oid"] for row in self.info.open_orders(self.address)] == [oid]
            role = self.info.user_role(wallet.address)
            assert role == {"role": "agent", "data": {"user": self.address.lower()}}, role
            gone = agent.cancel(COIN, oid)["response"]["data"]["statuses"]
            assert gone == ["success"], gone

    def uses_up_a_nonce(self) -> None:
        nonce = now_ms()
        assert self.exchange.noop(nonce)["status"] == "ok"
        again = self.exchange.noop(nonce)
        assert again == {
            "status": "err",
            "response": f"Invalid nonce: duplicate nonce {nonce}",
        }, again

    def speaks_raw_websocket(self) -> None:
        """What the SDK has no words for: account streams and posts."""
        ws = websocket.create_connection(
            "ws" + self.base_url.removeprefix("http") + "/ws", timeout=WAIT_S_MAX
        )
        try:
            for kind in ("clearinghouseState", "openOrders"):
                subscription = {"type": kind, "user": self.address}
                ws.send(json.dumps({"method": "subscribe", "subscription": subscription}))
                state = self.next_on(ws, kind)
                assert state["user"] == self.address.lower()
                assert kind.removesuffix("s") in state or "orders" in state, state
            book = {"type": "info", "payload": {"type": "l2Book", "coin": COIN}}
            ws.send(json.dumps({"method": "post", "id": 1, "request": book}))
            reply = self.next_on(ws, "post")
            assert reply["id"] == 1
            assert reply["response"]["payload"]["data"]["coin"] == COIN
            ws.send(json.dumps({"method": "post", "id": 2, "request": self.signed_bid()}))
            reply = self.next_on(ws, "post")
            status = reply["response"]["payload"]["response"]["data"]["statuses"][0]
            assert reply["response"]["type"] == "action"
            oid = status["resting"]["oid"]
            assert [row["oid"] for row in self.info.open_orders(self.address)] == [oid]
            self.exchange.cancel(COIN, oid)
            ws.send(json.dumps({"method": "ping"}))
            assert self.next_frame(ws, "pong") == {"channel": "pong"}
        finally:
            ws.close()

    def signed_bid(self) -> Any:
        nonce = now_ms()
        order = {
            "a": self.info.name_to_asset(COIN),
            "b": True,
            "p": f"{self.far_px(0.9):g}",
            "s": "0.02",
            "r": False,
            "t": GTC,
        }
        action = {"type": "order", "orders": [order], "grouping": "na"}
        sign: Any = signing.sign_l1_action
        signature = sign(self.wallet, action, None, nonce, None, False)
        payload = {"action": action, "nonce": nonce, "signature": signature}
        return {"type": "action", "payload": payload}

    def next_frame(self, ws: Any, channel: str) -> Any:
        for _ in range(1_000):
            message = json.loads(ws.recv())
            if message["channel"] == channel:
                return message
        raise AssertionError(f"no {channel}")

    def next_on(self, ws: Any, channel: str) -> Any:
        return self.next_frame(ws, channel)["data"]


STEPS = (
    Exercise.reads_metadata,
    Exercise.reads_the_market,
    Exercise.reads_a_new_account,
    Exercise.hears_public_streams,
    Exercise.subscribes_to_private_streams,
    Exercise.survives_a_second_subscription,
    Exercise.places_and_cancels,
    Exercise.names_orders_by_cloid,
    Exercise.modifies,
    Exercise.trades_in_bulk,
    Exercise.sets_leverage,
    Exercise.opens_and_closes_at_market,
    Exercise.is_told_what_is_wrong,
    Exercise.lets_an_agent_trade,
    Exercise.uses_up_a_nonce,
    Exercise.speaks_raw_websocket,
)


def main(base_url: str) -> None:
    exercise = Exercise(base_url)
    outcome = try_all((step.__name__, partial(step, exercise)) for step in STEPS)
    exercise.info.disconnect_websocket()
    print_report(outcome)


if __name__ == "__main__":
    main(sys.argv[1])
