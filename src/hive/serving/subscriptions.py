"""What can be subscribed to, and the form in which the server says it back.

The venue echoes its own form of a subscription, not the sender's bytes: users in lower case,
defaults filled in, unknown fields dropped, its own key order (protocol.md 3.1). Two subscriptions
are the same when these forms are, so the text of the form is the key under which frames are
published.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hive.domain.errors import MalformedIdentifier
from hive.domain.identifiers import parse_address
from hive.domain.market import INTERVAL_MS_BY_NAME

SIGNIFICANT_FIGURES: Final = (None, 2, 3, 4, 5)
MANTISSAS: Final = (None, 2, 5)
"""The docs allow 1 as well; the live venue refuses it (venue.md 5)."""


class MalformedSubscription(ValueError):
    """The JSON does not have a subscription's shape: the whole frame counts as unparsable."""


class InvalidSubscription(ValueError):
    """The right shape with a value that cannot be: an error frame."""


class FatalSubscription(ValueError):
    """A value at which the venue drops the socket."""


class Canonical(msgspec.Struct, frozen=True):
    """A subscription in the server's form: `form` is echoed, `key` names its stream."""

    form: dict[str, Any]
    key: str

    @property
    def text(self) -> str:
        """The form as it appears in error texts."""
        return msgspec.json.encode(self.form).decode()


class AllMids(msgspec.Struct, tag="allMids"):
    dex: str = ""


class AssetCtxs(msgspec.Struct, tag="assetCtxs"):
    dex: str = ""


class SpotAssetCtxs(msgspec.Struct, tag="spotAssetCtxs"):
    pass


class AllDexsAssetCtxs(msgspec.Struct, tag="allDexsAssetCtxs"):
    pass


class L2Book(msgspec.Struct, tag="l2Book", rename="camel"):
    coin: str
    n_sig_figs: int | None = None
    mantissa: int | None = None
    fast: bool = False


class BboOf(msgspec.Struct, tag="bbo"):
    coin: str


class TradesOf(msgspec.Struct, tag="trades"):
    coin: str


class CandleOf(msgspec.Struct, tag="candle"):
    interval: str
    coin: str


class ActiveAssetCtx(msgspec.Struct, tag="activeAssetCtx"):
    coin: str


class OrderUpdates(msgspec.Struct, tag="orderUpdates"):
    user: str


class UserEvents(msgspec.Struct, tag="userEvents"):
    user: str


class UserAlias(msgspec.Struct, tag="user"):
    """Another name for `userEvents`, which some clients send."""

    user: str


class UserFills(msgspec.Struct, tag="userFills", rename="camel"):
    user: str
    aggregate_by_time: bool = False


class ClearinghouseState(msgspec.Struct, tag="clearinghouseState"):
    user: str
    dex: str = ""


class OpenOrders(msgspec.Struct, tag="openOrders"):
    user: str
    dex: str = ""


class AllDexsClearinghouseState(msgspec.Struct, tag="allDexsClearinghouseState"):
    user: str


class SpotState(msgspec.Struct, tag="spotState", rename="camel"):
    user: str
    ignore_portfolio_margin: bool = False


Shape = (
    AllMids
    | AssetCtxs
    | SpotAssetCtxs
    | AllDexsAssetCtxs
    | AllDexsClearinghouseState
    | SpotState
    | L2Book
    | BboOf
    | TradesOf
    | CandleOf
    | ActiveAssetCtx
    | OrderUpdates
    | UserEvents
    | UserAlias
    | UserFills
    | ClearinghouseState
    | OpenOrders
)


def canonical(subscription: Any) -> Canonical:
    """The server's form of a subscription as a client sent it.

    Raises:
        MalformedSubscription: unknown type, missing field or wrong JSON type.
        InvalidSubscription: not an address, not an interval.
        FatalSubscription: bad nSigFigs or mantissa.
    """
    try:
        shape: Shape = msgspec.convert(subscription, Shape)
    except msgspec.ValidationError as error:
        raise MalformedSubscription(str(error)) from None
    if isinstance(shape, CandleOf) and shape.interval not in INTERVAL_MS_BY_NAME:
        raise InvalidSubscription(f"no interval {shape.interval!r}")
    if isinstance(shape, L2Book):
        _check_rounding(shape)
    form: dict[str, Any] = msgspec.to_builtins(shape)
    if "user" in form:
        try:
            form["user"] = parse_address(form["user"])
        except MalformedIdentifier as error:
            raise InvalidSubscription(str(error)) from None
    return Canonical(form, key_of(form))


def key_of(form: dict[str, Any]) -> str:
    """The name of the stream that answers a canonical form.

    `user` is an alias: it is echoed as it came and shares the stream of `userEvents`.
    """
    if form["type"] == "user":
        form = {**form, "type": "userEvents"}
    return msgspec.json.encode(form).decode()


def _check_rounding(book: L2Book) -> None:
    is_figures_ok = book.n_sig_figs in SIGNIFICANT_FIGURES
    is_mantissa_ok = book.mantissa in MANTISSAS and (book.mantissa is None or book.n_sig_figs == 5)
    if not (is_figures_ok and is_mantissa_ok):
        raise FatalSubscription(f"nSigFigs {book.n_sig_figs}, mantissa {book.mantissa}")
