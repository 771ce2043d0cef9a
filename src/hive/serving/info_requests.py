"""The shapes of /info requests: which fields each type has, and their JSON types.

A request is checked and tidied here once, for HTTP and for posts: unknown fields dropped, defaults
filled in, optional fields that are absent or null left out, addresses in lower case. A type that
is not listed is answered 422, as the venue answers what it does not know.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

import msgspec

from hive.domain.errors import MalformedIdentifier
from hive.domain.identifiers import parse_address

UINT64_MAX: Final = 2**64 - 1

Unsigned = Annotated[int, msgspec.Meta(ge=0)]
Interval = Literal[
    "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "3d", "1w", "1M"
]

_CLOID: Final = re.compile(r"0x[0-9a-fA-F]{32}")


class MisfitRequest(ValueError):
    """JSON that does not fit any request (422)."""


class Meta(msgspec.Struct, tag="meta"):
    dex: str = ""


class MetaAndAssetCtxs(msgspec.Struct, tag="metaAndAssetCtxs"):
    dex: str = ""


class SpotMeta(msgspec.Struct, tag="spotMeta"):
    pass


class SpotMetaAndAssetCtxs(msgspec.Struct, tag="spotMetaAndAssetCtxs"):
    pass


class PerpDexs(msgspec.Struct, tag="perpDexs"):
    pass


class AllPerpMetas(msgspec.Struct, tag="allPerpMetas"):
    pass


class PerpDexLimits(msgspec.Struct, tag="perpDexLimits"):
    dex: str


class PerpDexStatus(msgspec.Struct, tag="perpDexStatus"):
    dex: str


class TokenDetails(msgspec.Struct, tag="tokenDetails", rename="camel"):
    token_id: str


class AllMids(msgspec.Struct, tag="allMids"):
    dex: str = ""


class L2Book(msgspec.Struct, tag="l2Book", rename="camel"):
    coin: str
    n_sig_figs: int | None = None
    mantissa: int | None = None


class RecentTrades(msgspec.Struct, tag="recentTrades"):
    coin: str


class CandleSpan(msgspec.Struct, rename="camel"):
    coin: str
    interval: Interval
    start_time: Unsigned
    end_time: Unsigned | None = None


class CandleSnapshot(msgspec.Struct, tag="candleSnapshot"):
    req: CandleSpan


class FundingHistory(msgspec.Struct, tag="fundingHistory", rename="camel"):
    coin: str
    start_time: Unsigned
    end_time: Unsigned | None = None


class ClearinghouseState(msgspec.Struct, tag="clearinghouseState"):
    user: str
    dex: str = ""


class SpotClearinghouseState(msgspec.Struct, tag="spotClearinghouseState"):
    user: str


class OpenOrders(msgspec.Struct, tag="openOrders"):
    user: str
    dex: str = ""


class FrontendOpenOrders(msgspec.Struct, tag="frontendOpenOrders"):
    user: str
    dex: str = ""


class OrderStatus(msgspec.Struct, tag="orderStatus"):
    user: str
    oid: Unsigned | str


class UserFills(msgspec.Struct, tag="userFills", rename="camel"):
    user: str
    aggregate_by_time: bool | None = None


class UserFillsByTime(msgspec.Struct, tag="userFillsByTime", rename="camel"):
    user: str
    start_time: Unsigned
    end_time: Unsigned | None = None
    aggregate_by_time: bool | None = None
    reversed: bool | None = None


class UserFees(msgspec.Struct, tag="userFees"):
    user: str


class UserRateLimit(msgspec.Struct, tag="userRateLimit"):
    user: str


class UserRole(msgspec.Struct, tag="userRole"):
    user: str


class PerpsAtOpenInterestCap(msgspec.Struct, tag="perpsAtOpenInterestCap"):
    dex: str = ""


class Liquidatable(msgspec.Struct, tag="liquidatable"):
    pass


class ActiveAsset(msgspec.Struct, tag="activeAssetData"):
    user: str
    coin: str


Shape = (
    Meta
    | MetaAndAssetCtxs
    | SpotMeta
    | SpotMetaAndAssetCtxs
    | PerpDexs
    | AllPerpMetas
    | PerpDexLimits
    | PerpDexStatus
    | TokenDetails
    | AllMids
    | L2Book
    | RecentTrades
    | CandleSnapshot
    | FundingHistory
    | ClearinghouseState
    | SpotClearinghouseState
    | OpenOrders
    | FrontendOpenOrders
    | OrderStatus
    | UserFills
    | UserFillsByTime
    | UserFees
    | UserRateLimit
    | UserRole
    | ActiveAsset
    | Liquidatable
    | PerpsAtOpenInterestCap
)

KNOWN_FIELDS: Final = frozenset(
    (
        "type",
        "user",
        "dex",
        "tokenId",
        "coin",
        "nSigFigs",
        "mantissa",
        "req",
        "interval",
        "startTime",
        "endTime",
        "oid",
        "aggregateByTime",
        "reversed",
    )
)
"""A field of these names must not occur twice; of any other it is ignored, like the field."""


def tidy_info_request(request: Any) -> dict[str, Any]:
    """The request with exactly the fields of its type.

    Raises:
        MisfitRequest: unknown type, missing field, wrong type, or text that is not an address.
    """
    try:
        shape: Shape = msgspec.convert(request, Shape)
        tidy = _without_absent(msgspec.to_builtins(shape))
        if "user" in tidy:
            tidy["user"] = parse_address(tidy["user"])
    except (msgspec.ValidationError, MalformedIdentifier) as error:
        raise MisfitRequest(str(error)) from None
    oid = tidy.get("oid")
    if isinstance(oid, str):
        if _CLOID.fullmatch(oid) is None:
            raise MisfitRequest("oid is neither a number nor a cloid")
        tidy["oid"] = oid.lower()
    _check_sizes(tidy)
    return tidy


def _without_absent(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_absent(value) if isinstance(value, dict) else value
        for name, value in fields.items()
        if value is not None
    }


def _check_sizes(fields: dict[str, Any]) -> None:
    """The venue's integers have 64 bits."""
    for name, value in fields.items():
        if isinstance(value, dict):
            _check_sizes(value)
        elif isinstance(value, int) and value > UINT64_MAX:
            raise MisfitRequest(f"{name}: {str(value)[:30]} does not fit 64 bits")
