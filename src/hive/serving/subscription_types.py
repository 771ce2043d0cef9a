"""Every type of subscription, with its fields in the order in which the server says them back, and
what it fills in for those that are left out (protocol.md 3.1, 3.3)."""

from __future__ import annotations

from typing import Final

from hive.serving.request_fields import COIN, DEX, USER, Fields

MARKET_STREAMS: Final[dict[str, Fields]] = {
    "allMids": (DEX,),
    "l2Book": (
        COIN,
        ("nSigFigs", int | None, None),
        ("mantissa", int | None, None),
        ("fast", bool, False),
    ),
    "bbo": (COIN,),
    "trades": (COIN,),
    "candle": (("interval", str), COIN),
    "activeAssetCtx": (COIN,),
    "assetCtxs": (DEX,),
    "spotAssetCtxs": (),
    "allDexsAssetCtxs": (),
    "fastAssetCtxs": (),
    "outcomeMetaUpdates": (),
}

ACCOUNT_STREAMS: Final[dict[str, Fields]] = {
    "orderUpdates": (USER,),
    "userEvents": (USER,),
    # Another name for `userEvents`, which some clients send.
    "user": (USER,),
    "userFills": (USER, ("aggregateByTime", bool, False)),
    "userFundings": (USER,),
    "userNonFundingLedgerUpdates": (USER,),
    "userTwapSliceFills": (USER,),
    "userTwapHistory": (USER,),
    "userHistoricalOrders": (USER,),
    "notification": (USER,),
    "clearinghouseState": (USER, DEX),
    "openOrders": (USER, DEX),
    "allDexsClearinghouseState": (USER,),
    "spotState": (USER, ("ignorePortfolioMargin", bool, False)),
    "twapStates": (USER, DEX),
    "activeAssetData": (USER, COIN),
    "webData2": (USER,),
    "webData3": (USER,),
}
