"""TWAPs as the JSON that is told of them (venue.md 4). `time` of histories is in seconds."""

from __future__ import annotations

from typing import Any

from hive.localvenue.accounts.account import FillRow
from hive.localvenue.orders.twaps import Twap, TwapStatus
from hive.localvenue.units import usd_text
from hive.localvenue.views import account as views_account

Json = dict[str, Any]

MS_PER_S = 1_000


def state(twap: Twap) -> Json:
    order = twap.order
    listing = order.listing
    return {
        "coin": listing.coin,
        "user": twap.owner,
        "side": "B" if order.is_buy else "A",
        "sz": listing.size_text(order.size),
        "executedSz": listing.size_text(twap.executed_size),
        "executedNtl": usd_text(listing.usd_of(twap.executed_usd)),
        "minutes": order.minutes,
        "reduceOnly": order.reduce_only,
        "randomize": order.is_randomized,
        "timestamp": twap.started_ms,
        "stopPx": None,
        "trigger": None,
    }


def history_row(twap: Twap, now_ms: int) -> Json:
    status: Json = {"status": twap.status.value}
    if twap.status is TwapStatus.ERROR:
        status["description"] = twap.description
    return {
        "time": now_ms // MS_PER_S,
        "state": state(twap),
        "status": status,
        "twapId": twap.twap_id,
    }


def slice_fill(row: FillRow) -> Json:
    return {"fill": views_account.fill(row), "twapId": row.twap_id}
