"""Everything the venue can say on a WebSocket: one struct per channel (protocol.md 3).

A frame is `{"channel": C, "data": D}`. Each push knows its `route`: what ties it to the
subscription it answers (`subscriptions.route_of`). `UnknownPush` stands for channels we have not
met; `PostReply` for the answer to a post, opened as far as its envelope goes.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from hive.hyperliquid.subscriptions import Route
from hive.hyperliquid.wire_numbers import Id, Word
from hive.hyperliquid.wire_private import (
    OpenOrders,
    OrderUpdate,
    UserClearinghouseState,
    UserEvents,
    UserFills,
)
from hive.hyperliquid.wire_public import (
    ActiveAssetCtx,
    ActiveSpotAssetCtx,
    AllMids,
    L2Book,
    WsBbo,
    WsCandle,
    WsTrade,
)

CHANNEL = "channel"

# --- public ------------------------------------------------------------------------------------


class L2BookPush(msgspec.Struct, frozen=True, gc=False, tag_field=CHANNEL, tag="l2Book"):
    data: L2Book

    @property
    def route(self) -> Route:
        return ("l2Book", self.data.coin, "fast" if self.data.fast else "")


class BboPush(msgspec.Struct, frozen=True, gc=False, tag_field=CHANNEL, tag="bbo"):
    data: WsBbo

    @property
    def route(self) -> Route:
        return ("bbo", self.data.coin, "")


class TradesPush(msgspec.Struct, frozen=True, gc=False, tag_field=CHANNEL, tag="trades"):
    """All of one coin; an empty list leads nowhere."""

    data: tuple[WsTrade, ...]

    @property
    def route(self) -> Route:
        return ("trades", self.data[0].coin if self.data else "", "")


class CandlePush(msgspec.Struct, frozen=True, gc=False, tag_field=CHANNEL, tag="candle"):
    data: WsCandle

    @property
    def route(self) -> Route:
        return ("candle", self.data.s, self.data.i)


class AllMidsPush(msgspec.Struct, frozen=True, tag_field=CHANNEL, tag="allMids"):
    data: AllMids

    @property
    def route(self) -> Route:
        return ("allMids", "", self.data.dex or "")


class ActiveAssetCtxPush(
    msgspec.Struct, frozen=True, gc=False, tag_field=CHANNEL, tag="activeAssetCtx"
):
    data: ActiveAssetCtx

    @property
    def route(self) -> Route:
        return ("activeAssetCtx", self.data.coin, "")


class ActiveSpotAssetCtxPush(
    msgspec.Struct, frozen=True, gc=False, tag_field=CHANNEL, tag="activeSpotAssetCtx"
):
    """Answers `activeAssetCtx` where the coin is a spot pair."""

    data: ActiveSpotAssetCtx

    @property
    def route(self) -> Route:
        return ("activeAssetCtx", self.data.coin, "")


PublicPush = (
    L2BookPush
    | BboPush
    | TradesPush
    | CandlePush
    | AllMidsPush
    | ActiveAssetCtxPush
    | ActiveSpotAssetCtxPush
)

# --- private -----------------------------------------------------------------------------------


class OrderUpdatesPush(msgspec.Struct, frozen=True, tag_field=CHANNEL, tag="orderUpdates"):
    """Names no user: it belongs to the socket's."""

    data: tuple[OrderUpdate, ...]

    @property
    def route(self) -> Route:
        return ("orderUpdates", "", "")


class UserPush(msgspec.Struct, frozen=True, tag_field=CHANNEL, tag="user"):
    """Names no user: it belongs to the socket's. Answers `userEvents` and its alias `user`."""

    data: UserEvents

    @property
    def route(self) -> Route:
        return ("user", "", "")


class UserFillsPush(msgspec.Struct, frozen=True, tag_field=CHANNEL, tag="userFills"):
    data: UserFills

    @property
    def route(self) -> Route:
        return ("userFills", self.data.user.lower(), "")


class ClearinghouseStatePush(
    msgspec.Struct, frozen=True, tag_field=CHANNEL, tag="clearinghouseState"
):
    data: UserClearinghouseState

    @property
    def route(self) -> Route:
        return ("clearinghouseState", self.data.user.lower(), self.data.dex)


class OpenOrdersPush(msgspec.Struct, frozen=True, tag_field=CHANNEL, tag="openOrders"):
    data: OpenOrders

    @property
    def route(self) -> Route:
        return ("openOrders", self.data.user.lower(), self.data.dex)


# --- about the connection ----------------------------------------------------------------------


class SubscriptionEcho(msgspec.Struct, frozen=True):
    """The acknowledged subscription in the venue's own form: read it with `canonical`."""

    method: Literal["subscribe", "unsubscribe"]
    subscription: dict[str, Any]


class SubscriptionResponse(
    msgspec.Struct, frozen=True, tag_field=CHANNEL, tag="subscriptionResponse"
):
    data: SubscriptionEcho

    @property
    def route(self) -> Route:
        return ("subscriptionResponse", "", "")


class Pong(msgspec.Struct, frozen=True, tag_field=CHANNEL, tag="pong"):
    @property
    def route(self) -> Route:
        return ("pong", "", "")


class ErrorPush(msgspec.Struct, frozen=True, tag_field=CHANNEL, tag="error"):
    """Something we sent was refused; the socket stays. its text says which."""

    data: str

    @property
    def route(self) -> Route:
        return ("error", "", "")


class PostInfo(msgspec.Struct, frozen=True):
    type: Word
    data: msgspec.Raw


class PostedInfo(msgspec.Struct, frozen=True, tag="info"):
    payload: PostInfo


class PostedAction(msgspec.Struct, frozen=True, tag="action"):
    payload: msgspec.Raw


class PostedError(msgspec.Struct, frozen=True, tag="error"):
    payload: str


class PostAnswer(msgspec.Struct, frozen=True):
    id: Id
    response: PostedInfo | PostedAction | PostedError


class PostPush(msgspec.Struct, frozen=True, tag_field=CHANNEL, tag="post"):
    """The answer to a post, as it travels."""

    data: PostAnswer


class PostReply(msgspec.Struct, frozen=True):
    """The answer to the post `id`, out of its envelope and out of the receive buffer.

    `payload` is what `/info` or `/exchange` would have answered; for an error it is empty and
    `text` says what the venue said.
    """

    id: int
    kind: Literal["info", "action", "error"]
    payload: bytes
    text: str = ""

    @property
    def route(self) -> Route:
        return ("post", "", "")


class UnknownPush(msgspec.Struct, frozen=True):
    """A channel of a kind we have not met: counted, never a fault."""

    channel: str

    @property
    def route(self) -> Route:
        return (self.channel, "", "")


PrivatePush = OrderUpdatesPush | UserPush | UserFillsPush | ClearinghouseStatePush | OpenOrdersPush
ControlPush = SubscriptionResponse | Pong | ErrorPush
Push = PublicPush | PrivatePush | ControlPush | PostReply | UnknownPush
