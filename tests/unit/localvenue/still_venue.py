"""A venue in which nothing moves but what a test moves: no markets of its own, known prices."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from hive.domain.identifiers import Address
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import Signer
from hive.hyperliquid.user_actions import UserAction
from hive.localvenue.config import VenueConfig
from hive.localvenue.engine import Engine
from hive.localvenue.listings.catalog import Catalog, recorded_catalog
from hive.localvenue.market_data.candles import HistoryShape
from hive.localvenue.markets.ports import Markets, TradingFloor
from hive.localvenue.venue import LocalVenue
from hive.serving.port import (
    ExchangeRequest,
    PostCounts,
    Reply,
    SignatureHex,
    SocketTrouble,
    Subscribing,
)
from hive.serving.subscriptions import canonical

START_MS = 1_790_000_000_000
"""Some minutes past an hour, so nothing hourly happens by accident."""
BLOCK_MS = 100
BTC, ETH = 0, 1
BTC_PX, ETH_PX = 80_000, 2_500
NEVER_MS = 2**60

SHORT_PAST = HistoryShape(minutes=90, hours=3)


@cache
def catalog() -> Catalog:
    return recorded_catalog()


class StillMarkets:
    """Two coins with an oracle that a test sets. Behind `Markets`."""

    def __init__(self) -> None:
        self.oracle: dict[str, float] = {"BTC": BTC_PX, "ETH": ETH_PX}
        self.floor: TradingFloor | None = None

    @property
    def coins(self) -> list[str]:
        return list(self.oracle)

    def open(self, floor: TradingFloor, now_ms: int) -> None:
        self.floor = floor

    def advance(self, now_ms: int) -> None:
        pass

    def next_deadline_ms(self) -> int:
        return NEVER_MS

    def oracle_px(self, coin: str) -> float:
        return self.oracle[coin]


class Sockets:
    """Who listens, without sockets. Behind `Subscribers`."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, Any]] = []
        self.cut_connections: list[int] = []
        self.troubles: list[tuple[int, SocketTrouble]] = []
        self.open: list[int] = []

    def count(self, key: str) -> int:
        return 1

    def publish(self, key: str, frame: bytes) -> None:
        decoded = msgspec.json.decode(frame)
        self.frames.append((decoded["channel"], decoded["data"]))

    def cut(self, connection: int) -> None:
        self.cut_connections.append(connection)

    def posts(self) -> PostCounts:
        return PostCounts(0, 0, 0)

    def trouble(self, connection: int, trouble: SocketTrouble) -> None:
        self.troubles.append((connection, trouble))

    def connections(self) -> list[int]:
        return self.open


class Stage:
    """The venue, its sockets and its time."""

    def __init__(
        self, *, listed: Catalog | None = None, instead: Markets | None = None, **config: Any
    ) -> None:
        """With `instead`, markets that move are put in the place of the still ones."""
        self.markets = StillMarkets()
        self.now_ms = START_MS
        settings: dict[str, Any] = {
            "start_ms": START_MS,
            "block_ms": BLOCK_MS,
            "history": SHORT_PAST,
            "limits": VenueLimits(weight_per_min=10**6),
            **config,
        }
        listings = listed or catalog()
        self.venue = LocalVenue(VenueConfig(**settings), instead or self.markets, listings)
        self.sockets = Sockets()
        self.venue.attach(self.sockets)

    @property
    def engine(self) -> Engine:
        return self.venue.engine

    def trader(self, number: int, usd: int = 1_000_000) -> Trader:
        """A trader with money."""
        trader = Trader(self, number)
        self.venue.credit(trader.address, Decimal(usd))
        return trader

    def pass_ms(self, ms: int) -> None:
        """Let time go by, deadline by deadline."""
        until_ms = self.now_ms + ms
        while self.venue.next_deadline_ms() <= until_ms:
            self.now_ms = max(self.now_ms, self.venue.next_deadline_ms())
            self.venue.advance(self.now_ms)
        self.now_ms = until_ms

    def skip_ms(self, ms: int) -> None:
        """Let time go by unseen: the venue finds it gone at the next deadline, and catches up."""
        self.now_ms += ms
        self.venue.advance(self.now_ms)

    def make_block(self) -> None:
        self.pass_ms(BLOCK_MS)

    def send(self, request: ExchangeRequest) -> list[Reply]:
        """The answers, once they come: the list fills when the block is made."""
        replies: list[Reply] = []
        self.venue.exchange(request, ip="1.1.1.1", now_ms=self.now_ms, answer=replies.append)
        return replies

    def ask_raw(self, ip: str = "1.1.1.1", **request: Any) -> Reply:
        replies: list[Reply] = []
        self.venue.info(request, ip=ip, now_ms=self.now_ms, answer=replies.append)
        return replies[0]

    def ask(self, **request: Any) -> Any:
        reply = self.ask_raw(**request)
        assert reply.status == 200, reply
        return msgspec.json.decode(reply.body)

    def oracle(self, **request: Any) -> Any:
        reply = self.venue.oracle(request, now_ms=self.now_ms)
        assert reply.status == 200, reply
        return msgspec.json.decode(reply.body)

    def listen(self, connection: int = 1, **subscription: Any) -> list[Any]:
        """Subscribe; the payloads of the first frames."""
        if connection not in self.sockets.open:
            assert self.venue.may_connect(ip="1.1.1.1", now_ms=self.now_ms)
            self.venue.connected(connection, ip="1.1.1.1", now_ms=self.now_ms)
            self.sockets.open.append(connection)
        wanted = canonical(subscription)
        verdict = self.venue.subscribing(wanted.form, connection=connection, now_ms=self.now_ms)
        assert verdict is Subscribing.OK
        first = self.venue.subscribed(
            wanted.form, wanted.key, connection=connection, now_ms=self.now_ms
        )
        return [msgspec.json.decode(frame)["data"] for frame in first]

    def heard(self, channel: str) -> list[Any]:
        """What came on a channel since the last question."""
        heard = [data for each, data in self.sockets.frames if each == channel]
        self.sockets.frames = [row for row in self.sockets.frames if row[0] != channel]
        return heard


class Trader:
    """Somebody with a key."""

    def __init__(self, stage: Stage, number: int) -> None:
        self.stage = stage
        self.signer = Signer(f"{number:064x}")
        self.address: Address = self.signer.address
        self._nonce = stage.now_ms

    def request(
        self,
        action: dict[str, Any],
        *,
        nonce: int | None = None,
        expires_after: int | None = None,
        vault: Address | None = None,
        is_mainnet: bool = False,
    ) -> ExchangeRequest:
        """A signed request; nonces grow by themselves."""
        if nonce is None:
            nonce = self._nonce = max(self.stage.now_ms, self._nonce + 1)
        signature = self.signer.sign_l1(
            parse_action(action),
            nonce,
            is_mainnet=is_mainnet,
            vault=vault,
            expires_after=expires_after,
        )
        return ExchangeRequest(
            action=action,
            nonce=nonce,
            signature=SignatureHex(signature.r, signature.s, signature.v),
            vault_address=vault,
            expires_after=expires_after,
        )

    def act(self, action: dict[str, Any], **envelope: Any) -> Any:
        """Send an action, make the block, and read the answer."""
        return self.answer_to(self.request(action, **envelope))

    def sign(self, kind: str, **fields: Any) -> Any:
        """Send an action that users sign by its fields, make the block, and read the answer."""
        return self.answer_to(self.signed(kind, **fields))

    def signed(
        self,
        kind: str,
        *,
        nonce: int | None = None,
        chain: str = "Testnet",
        expires_after: int | None = None,
        vault: Address | None = None,
        **fields: Any,
    ) -> ExchangeRequest:
        """The request of an action that users sign by its fields."""
        if nonce is None:
            nonce = self._nonce = max(self.stage.now_ms, self._nonce + 1)
        nonce_name = "time" if kind in ("usdSend", "spotSend", "withdraw3") else "nonce"
        action = {
            "type": kind,
            "signatureChainId": "0x66eee",
            "hyperliquidChain": chain,
            nonce_name: nonce,
            **fields,
        }
        parsed = parse_action(action)
        assert isinstance(parsed, UserAction)
        signature = self.signer.sign_user_action(parsed)
        return ExchangeRequest(
            action=action,
            nonce=nonce,
            signature=SignatureHex(signature.r, signature.s, signature.v),
            vault_address=vault,
            expires_after=expires_after,
        )

    def answer_to(self, request: ExchangeRequest) -> Any:
        """Send a request, make the block if it waits for one, and read the answer."""
        replies = self.stage.send(request)
        if not replies:
            self.stage.make_block()
        assert replies[0].status == 200, replies[0]
        return msgspec.json.decode(replies[0].body)

    def place(self, *orders: dict[str, Any], **envelope: Any) -> list[Any]:
        """Place orders; their statuses."""
        answer = self.act(order_action(*orders), **envelope)
        assert answer["status"] == "ok", answer
        assert answer["response"]["type"] == "order"
        statuses: list[Any] = answer["response"]["data"]["statuses"]
        return statuses

    def place_one(self, order: dict[str, Any]) -> Any:
        return self.place(order)[0]

    def cancel(self, asset: int, oid: int) -> Any:
        answer = self.act({"type": "cancel", "cancels": [{"a": asset, "o": oid}]})
        assert answer["response"]["type"] == "cancel"
        return answer["response"]["data"]["statuses"][0]

    def state(self) -> Any:
        return self.stage.ask(type="clearinghouseState", user=self.address)

    def positions(self) -> dict[str, Any]:
        """By coin."""
        return {row["position"]["coin"]: row["position"] for row in self.state()["assetPositions"]}

    def size(self, coin: str = "BTC") -> str:
        position = self.positions().get(coin)
        return "0.0" if position is None else position["szi"]

    def fills(self) -> list[Any]:
        fills: list[Any] = self.stage.ask(type="userFills", user=self.address)
        return fills

    def open_orders(self) -> list[Any]:
        orders: list[Any] = self.stage.ask(type="frontendOpenOrders", user=self.address)
        return orders

    def status(self, oid: int | str) -> str:
        answer = self.stage.ask(type="orderStatus", user=self.address, oid=oid)
        status: str = answer["status"]
        return str(answer["order"]["status"]) if status == "order" else status


def order_action(*orders: dict[str, Any]) -> dict[str, Any]:
    return {"type": "order", "orders": list(orders), "grouping": "na"}


def buy(px: float | str, size: float | str, **more: Any) -> dict[str, Any]:
    return order(px, size, is_buy=True, **more)


def sell(px: float | str, size: float | str, **more: Any) -> dict[str, Any]:
    return order(px, size, is_buy=False, **more)


def order(
    px: float | str,
    size: float | str,
    *,
    is_buy: bool,
    tif: str = "Gtc",
    asset: int = BTC,
    reduce_only: bool = False,
    cloid: str | None = None,
) -> dict[str, Any]:
    """An order as it stands in a request."""
    row = {
        "a": asset,
        "b": is_buy,
        "p": str(px),
        "s": str(size),
        "r": reduce_only,
        "t": {"limit": {"tif": tif}},
    }
    return row if cloid is None else {**row, "c": cloid}


def cloid_of(number: int) -> str:
    return f"0x{number:032x}"
