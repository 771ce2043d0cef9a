"""Texts about TWAP orders and scheduled cancels (protocol.md 2.10, venue.md 5)."""

from __future__ import annotations

from typing import Any

from tests.unit.localvenue.error_rows import Provoke, Row, action
from tests.unit.localvenue.still_venue import BTC, START_MS, Stage

from hive.localvenue.actions.scheduled_cancel_rules import ScheduledCancelRules
from hive.localvenue.orders.twaps import TwapRules
from hive.serving.port import ExchangeRequest


def twap_action(
    size: float | str = 1,
    *,
    is_buy: bool = True,
    minutes: int = 30,
    reduce_only: bool = False,
    is_randomized: bool = False,
    asset: int = BTC,
) -> dict[str, Any]:
    """A TWAP order as it stands in a request."""
    wire = {"a": asset, "b": is_buy, "s": str(size), "r": reduce_only, "m": minutes}
    return {"type": "twapOrder", "twap": {**wire, "t": is_randomized}}


def too_many(stage: Stage) -> ExchangeRequest:
    trader = stage.trader(1)
    trader.act(twap_action())
    return trader.request(twap_action())


def scheduled_too_often(stage: Stage) -> ExchangeRequest:
    trader = stage.trader(1)
    trader.act({"type": "scheduleCancel", "time": stage.now_ms + 6_000})
    stage.pass_ms(7_000)
    return trader.request({"type": "scheduleCancel", "time": stage.now_ms + 6_000})


def scheduled(**fields: int) -> Provoke:
    return action(type="scheduleCancel", **fields)


OLD_RULES = TwapRules(usd_per_minute_min=10)
ANYBODY = ScheduledCancelRules(volume_usd_min=0, triggers_a_day_max=1)
NOT_ENOUGH = "Cannot set scheduled cancel time until enough volume traded. "

TWAP_ROWS = [
    Row("Invalid TWAP duration: 1 min(s)", action(**twap_action(minutes=1))),
    Row("Invalid TWAP duration: 10081 min(s)", action(**twap_action(minutes=10_081))),
    Row("TWAP order value too small. Min is $100.", action(**twap_action("0.001"))),
    Row(
        "TWAP order value too small. Min is $1200, which is $10 per minute.",
        action(**twap_action("0.01", minutes=120)),
        {"twaps": OLD_RULES},
    ),
    Row(
        "Reduce-only TWAP order would increase position.",
        action(**twap_action(reduce_only=True)),
    ),
    Row(
        "Exceeded max number of active TWAP orders.",
        too_many,
        {"twaps": TwapRules(running_max=1)},
    ),
    Row(
        "TWAP was never placed, already canceled, or filled.",
        action(type="twapCancel", a=BTC, t=1),
    ),
    Row("Order has zero size.", action(**twap_action(0))),
    Row("Order has invalid size.", action(**twap_action("0.0000001"))),
    Row("Order has invalid asset.", action(**twap_action(asset=9_999))),
    Row(NOT_ENOUGH + "Required: $1000000. Traded: $0.", scheduled()),
    Row(NOT_ENOUGH + "Required: $1000000. Traded: $0.", scheduled(time=START_MS + 60_000)),
    Row(
        "Scheduled cancel time too early, must be at least 5 seconds from now.",
        scheduled(time=START_MS + 4_000),
        {"scheduled_cancels": ANYBODY},
    ),
    Row(
        "Too many scheduled cancels triggered for the day. Limit is 1.",
        scheduled_too_often,
        {"scheduled_cancels": ANYBODY},
    ),
]
