"""Every type of /info request and its fields (protocol.md 1.1 to 1.3).

A type stands here whether or not a venue offers it: the server reads the request, the venue behind
it says what it does not know. Explorer requests have a host of their own and are not here.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.serving.request_fields import COIN, DEX, USER, Fields, Interval, Unsigned

START_TIME: Final = ("startTime", Unsigned)
SINCE: Final = ("startTime", Unsigned | None, None)
END_TIME: Final = ("endTime", Unsigned | None, None)
AGGREGATED: Final = ("aggregateByTime", bool | None, None)


class CandleSpan(msgspec.Struct, rename="camel"):
    """What stands in `req`: the only fields that are not at the top."""

    coin: str
    interval: Interval
    start_time: Unsigned
    end_time: Unsigned | None = None


MARKET_TYPES: Final[dict[str, Fields]] = {
    "allMids": (DEX,),
    "meta": (DEX,),
    "metaAndAssetCtxs": (DEX,),
    "allPerpMetas": (),
    "perpDexs": (),
    "l2Book": (COIN, ("nSigFigs", int | None, None), ("mantissa", int | None, None)),
    "recentTrades": (COIN,),
    "candleSnapshot": (("req", CandleSpan),),
    "fundingHistory": (COIN, START_TIME, END_TIME),
    "predictedFundings": (),
    "perpsAtOpenInterestCap": (DEX,),
    "perpDexLimits": (("dex", str),),
    "perpDexStatus": (("dex", str),),
    "perpDeployAuctionStatus": (),
    "perpAnnotation": (COIN,),
    "perpCategories": (),
    "perpConciseAnnotations": (),
    "marginTable": (("id", Unsigned), DEX),
    "maxMarketOrderNtls": (),
    "liquidatable": (),
    "exchangeStatus": (),
}

SPOT_TYPES: Final[dict[str, Fields]] = {
    "spotMeta": (),
    "spotMetaAndAssetCtxs": (),
    "tokenDetails": (("tokenId", str),),
    "spotDeployState": (USER,),
    "spotPairDeployAuctionStatus": (),
    "outcomeMeta": (),
    "outcomeTemplates": (),
    "settledOutcome": (("outcome", Unsigned),),
}

ACCOUNT_TYPES: Final[dict[str, Fields]] = {
    "clearinghouseState": (USER, DEX),
    "spotClearinghouseState": (USER,),
    "openOrders": (USER, DEX),
    "frontendOpenOrders": (USER, DEX),
    "orderStatus": (USER, ("oid", Unsigned | str)),
    "historicalOrders": (USER,),
    "userFills": (USER, AGGREGATED),
    "userFillsByTime": (
        *(USER, START_TIME, END_TIME, AGGREGATED),
        ("reversed", bool | None, None),
    ),
    "userTwapSliceFills": (USER,),
    "userTwapSliceFillsByTime": (USER, START_TIME, END_TIME, AGGREGATED),
    "twapHistory": (USER,),
    "userFunding": (USER, SINCE, END_TIME),
    "userNonFundingLedgerUpdates": (USER, SINCE, END_TIME),
    "userFees": (USER,),
    "userRateLimit": (USER,),
    "userRole": (USER,),
    "activeAssetData": (USER, COIN),
    "portfolio": (USER,),
    "referral": (USER,),
    "subAccounts": (USER,),
    "subAccounts2": (USER,),
    "userVaultEquities": (USER,),
    "vaultDetails": (("vaultAddress", str), ("user", str | None, None)),
    "vaultSummaries": (),
    "leadingVaults": (USER,),
    "extraAgents": (USER,),
    "maxBuilderFee": (USER, ("builder", str)),
    "approvedBuilders": (USER,),
    "userAbstraction": (USER,),
    "userDexAbstraction": (USER,),
    "userToMultiSigSigners": (USER,),
    "isVip": (USER,),
    "legalCheck": (USER,),
    "preTransferCheck": (USER, ("source", str)),
    "delegations": (USER,),
    "delegatorSummary": (USER,),
    "delegatorHistory": (USER,),
    "delegatorRewards": (USER,),
    "validatorL1Votes": (),
    "validatorSummaries": (),
    "borrowLendUserState": (USER,),
    "borrowLendReserveState": (("token", Unsigned),),
    "allBorrowLendReserveStates": (),
    "usdcRouting": (),
    "webData2": (USER,),
}
