"""What we ask the venue to stream, and which pushes answer it (protocol.md 3.1, 3.3).

The venue acknowledges a subscription in its own words: users in lower case, defaults filled in,
unknown fields dropped, its own key order. So a subscription is compared by what it *means*: a
`Subscription` is always in normal form (every default is None), whether we built it or the venue
echoed it, and its `key` is the text of that form.

A push does not name the subscription it answers. What both can be boiled down to is a `Route`:
`route_of(subscription) == push.route`. Three pairs of subscriptions share one route, so they must
not share a socket if they are to be told apart:

- two users' `orderUpdates`, or two users' `userEvents`: the pushes name no user;
- `l2Book` of one coin with and without `nSigFigs`: the pushes do not say which;
- `userFills` of one user with and without `aggregateByTime`.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hive.domain.errors import BadFrame, MalformedIdentifier
from hive.domain.identifiers import Address, parse_address

Route = tuple[str, str, str]
"""Channel, then coin or user, then what else tells streams apart: interval, dex, "fast", or ""."""

_NAMES_NO_USER: Final = frozenset({"orderUpdates", "userEvents", "notification"})
_ROUTE_CHANNEL_BY_TYPE: Final = {"userEvents": "user"}


class Subscription(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={
        "n_sig_figs": "nSigFigs",
        "aggregate_by_time": "aggregateByTime",
    },
):
    """One stream of the venue, in normal form: equal subscriptions are equal values.

    Building one lower-cases the user, turns `False` and `""` into None and the alias `user` into
    `userEvents`.

    Raises:
        MalformedIdentifier: `user` is not an address.
    """

    type: str
    coin: str | None = None
    user: Address | None = None
    interval: str | None = None
    dex: str | None = None
    fast: bool | None = None
    n_sig_figs: int | None = None
    mantissa: int | None = None
    aggregate_by_time: bool | None = None

    def __post_init__(self) -> None:
        put = msgspec.structs.force_setattr
        if self.type == "user":
            put(self, "type", "userEvents")
        if self.user is not None:
            put(self, "user", parse_address(self.user))
        for name in ("dex", "fast", "aggregate_by_time"):
            if not getattr(self, name):
                put(self, name, None)

    @property
    def key(self) -> str:
        """The text of the normal form: the same for what we send and for its echo."""
        return msgspec.json.encode(self).decode()

    @property
    def is_private(self) -> bool:
        """It counts towards the venue's limit of unique users."""
        return self.user is not None

    @property
    def names_user(self) -> bool:
        """Its pushes say whose they are."""
        return self.user is not None and self.type not in _NAMES_NO_USER

    @property
    def needs_own_socket(self) -> bool:
        """Its pushes name no user: no other user's may come over the same socket."""
        return self.type in _NAMES_NO_USER

    def to_wire(self) -> dict[str, Any]:
        """What is sent to subscribe; defaults are left out."""
        wire: dict[str, Any] = msgspec.to_builtins(self)
        return wire


def canonical(echo: object) -> Subscription:
    """The subscription that a JSON object means, be it what was sent or the venue's echo of it.

    Raises:
        BadFrame: it is not a subscription.
    """
    try:
        return msgspec.convert(echo, Subscription)
    except (msgspec.ValidationError, MalformedIdentifier) as error:
        raise BadFrame(f"no subscription: {error}") from None


def route_of(subscription: Subscription) -> Route:
    """Where the pushes of a subscription go; see the module about those that share a route."""
    kind = subscription.type
    channel = _ROUTE_CHANNEL_BY_TYPE.get(kind, kind)
    if kind in _NAMES_NO_USER:
        return (channel, "", "")
    if kind == "l2Book":
        detail = "fast" if subscription.fast else ""
    else:
        detail = subscription.interval or subscription.dex or ""
    return (channel, subscription.coin or subscription.user or "", detail)


# --- the streams Hive asks for -----------------------------------------------------------------


def l2_book(coin: str, fast: bool = False) -> Subscription:
    """The book: 20 levels about every 5.4 s, or with `fast` 5 levels about every 0.54 s."""
    return Subscription(type="l2Book", coin=coin, fast=fast)


def bbo(coin: str) -> Subscription:
    """Best bid and offer, on change, at most once a block."""
    return Subscription(type="bbo", coin=coin)


def trades(coin: str) -> Subscription:
    """Public trades; the first push holds about 20 s of the past, unmarked."""
    return Subscription(type="trades", coin=coin)


def candle(coin: str, interval: str) -> Subscription:
    """The venue's candle of that interval ("1m" is the shortest), as it forms."""
    return Subscription(type="candle", coin=coin, interval=interval)


def active_asset_ctx(coin: str) -> Subscription:
    """The instrument's context, about once a second."""
    return Subscription(type="activeAssetCtx", coin=coin)


def all_mids(dex: str = "") -> Subscription:
    """Every coin's mid, the whole map about every 5 s."""
    return Subscription(type="allMids", dex=dex)


def order_updates(user: Address) -> Subscription:
    """Statuses of the user's orders; no snapshot, and the pushes name no user."""
    return Subscription(type="orderUpdates", user=user)


def user_events(user: Address) -> Subscription:
    """Fills, funding, liquidations and cancels; no snapshot, and the pushes name no user."""
    return Subscription(type="userEvents", user=user)


def user_fills(user: Address) -> Subscription:
    """The user's fills; the first push is a snapshot of recent ones."""
    return Subscription(type="userFills", user=user)


def clearinghouse_state(user: Address, dex: str = "") -> Subscription:
    """What the user holds: now, then on change."""
    return Subscription(type="clearinghouseState", user=user, dex=dex)


def open_orders(user: Address, dex: str = "") -> Subscription:
    """The user's open orders (the 100 most recent): now, then on change."""
    return Subscription(type="openOrders", user=user, dex=dex)
