"""What hummingbot's perpetual connector sends, replayed raw: its calls, in its order and its form.

The connector's URLs are constants of its module, so it is not run itself. It signs for testnet on
any URL but the public mainnet's, pads nothing, and writes a trigger's keys in an order of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import websocket
from hyperliquid.api import API
from hyperliquid.utils import signing
from tests.live_sockets.foreign_clients import served_venue
from tests.live_sockets.heard import WAIT_S_MAX
from tests.live_sockets.sdk_account import GTC, new_cloid, new_wallet, now_ms

BTC = 0


class Connector:
    """A key, its requests and its socket."""

    def __init__(self, base_url: str) -> None:
        make_api: Any = API
        self.api = make_api(base_url)
        self.wallet = new_wallet()
        self.address: str = self.wallet.address
        self.socket = websocket.create_connection(
            "ws" + base_url.removeprefix("http") + "/ws", timeout=WAIT_S_MAX
        )

    def close(self) -> None:
        self.socket.close()
        self.api.session.close()

    def ask(self, kind: str, **fields: Any) -> Any:
        return self.api.post("/info", {"type": kind, **fields})

    def ask_of_user(self, kind: str, **fields: Any) -> Any:
        return self.ask(kind, user=self.address, **fields)

    def act(self, action: dict[str, Any]) -> Any:
        sign: Any = signing.sign_l1_action
        nonce = now_ms()
        signature = sign(self.wallet, action, None, nonce, None, False)
        body = {"action": action, "nonce": nonce, "signature": signature, "vaultAddress": None}
        return self.api.post("/exchange", body)

    def subscribe(self, **subscription: Any) -> None:
        self.socket.send(json.dumps({"method": "subscribe", "subscription": subscription}))

    def hear(self, channel: str) -> Any:
        """The data of the next frame on a channel."""
        for _ in range(1_000):
            frame = json.loads(self.socket.recv())
            if frame["channel"] == channel:
                return frame["data"]
        raise AssertionError(f"nothing on {channel}")


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with served_venue() as url:
        yield url


@pytest.fixture
def connector(base_url: str) -> Iterator[Connector]:
    made = Connector(base_url)
    made.ask_of_user("clearinghouseState")
    yield made
    made.close()


def test_its_start_is_answered(connector: Connector) -> None:
    assert connector.ask("meta")["universe"][BTC]["name"] == "BTC"
    assert len(connector.ask("metaAndAssetCtxs")) == 2
    assert connector.ask("allPerpMetas")[0]["universe"]
    assert connector.ask("spotMeta")["tokens"]
    assert len(connector.ask("spotMetaAndAssetCtxs")) == 2
    assert connector.ask("l2Book", coin="BTC")["levels"]
    state = connector.ask_of_user("clearinghouseState")
    assert float(state["crossMarginSummary"]["accountValue"]) == 100_000
    assert connector.ask_of_user("spotClearinghouseState")["balances"] == []
    assert connector.ask_of_user("userAbstraction") == "default"
    assert connector.ask_of_user("userFills") == []
    assert connector.ask_of_user("userFunding", startTime=0) == []
    assert connector.ask_of_user("maxBuilderFee", builder="0x" + "1" * 40) == 0


def test_its_orders_live_and_die(connector: Connector) -> None:
    """It follows an order by the streams `orderUpdates` and `user`, and asks for its status."""
    for kind in ("trades", "l2Book", "activeAssetCtx"):
        connector.subscribe(type=kind, coin="BTC")
        assert connector.hear("subscriptionResponse")["subscription"]["type"] == kind
    connector.subscribe(type="orderUpdates", user=connector.address)
    connector.subscribe(type="user", user=connector.address)
    assert connector.act(
        {"type": "updateLeverage", "asset": BTC, "isCross": True, "leverage": 10}
    ) == {"status": "ok", "response": {"type": "default"}}
    mid = float(connector.ask("allMids")["BTC"])
    cloid = new_cloid().to_raw()
    oid = connector.act(order(round(mid * 0.9), GTC, cloid))["response"]["data"]["statuses"][0][
        "resting"
    ]["oid"]
    (update,) = connector.hear("orderUpdates")
    assert (update["order"]["cloid"], update["status"]) == (cloid, "open"), update
    for name in (oid, cloid):
        assert connector.ask_of_user("orderStatus", oid=name)["order"]["order"]["oid"] == oid
    cancels = [{"asset": BTC, "cloid": cloid}]
    gone = connector.act({"type": "cancelByCloid", "cancels": cancels})
    assert gone["response"]["data"]["statuses"] == ["success"], gone
    assert connector.hear("orderUpdates")[0]["status"] == "canceled"
    connector.act(order(round(mid * 1.05), {"limit": {"tif": "Ioc"}}, new_cloid().to_raw()))
    assert connector.hear("user")["fills"][0]["coin"] == "BTC"


def test_keys_in_another_order_are_somebody_elses_signature(connector: Connector) -> None:
    """As at the public service, which hashes what it has parsed, and not what was sent."""
    trigger = {"triggerPx": "1000", "tpsl": "sl", "isMarket": True}
    answer = connector.act(order(1000, {"trigger": trigger}, new_cloid().to_raw()))
    assert answer["status"] == "err", answer
    assert answer["response"].startswith("User or API Wallet 0x"), answer
    assert answer["response"].endswith(" does not exist."), answer


def order(px: int, kind: dict[str, Any], cloid: str) -> dict[str, Any]:
    wire = {"a": BTC, "b": True, "p": str(px), "s": "0.001", "r": False, "t": kind, "c": cloid}
    return {"type": "order", "orders": [wire], "grouping": "na"}
