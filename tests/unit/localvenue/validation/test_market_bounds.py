"""Open interest at its cap, growing too quickly, and prices too far from the oracle."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.localvenue.still_venue import BTC_PX, Stage, Trader, buy, catalog, sell

from hive.localvenue.units import USD
from hive.localvenue.validation import market_bounds as texts
from hive.localvenue.validation.market_bounds import CoinBounds, recorded_bounds

SUFFIX = " asset=0"


def cap(stage: Stage, usd: str | None = "1000", **more: Any) -> None:
    stage.oracle(type="marketBounds", coin="BTC", openInterestCapUsd=usd, **more)


def refused(trader: Trader, order: dict[str, Any]) -> tuple[str, str]:
    """The text, and the status of the record it left."""
    text = trader.place_one(order)["error"]
    (last,) = list(trader.stage.engine.house.accounts[trader.address].orders.values())[-1:]
    assert text.endswith(SUFFIX)
    return text.removesuffix(SUFFIX), trader.status(last.oid)


def pair(stage: Stage) -> tuple[Trader, Trader]:
    """A short and a long of 1 BTC."""
    short, long = stage.trader(1), stage.trader(2)
    short.place(sell(BTC_PX, 1))
    long.place(buy(BTC_PX, 1))
    return short, long


def test_a_coin_is_at_its_cap_when_its_open_interest_is() -> None:
    stage = Stage()
    assert stage.ask(type="perpsAtOpenInterestCap") == []
    context = stage.ask(type="metaAndAssetCtxs")[1][0]
    open_usd = float(context["openInterest"]) * float(context["markPx"])
    cap(stage, str(round(open_usd) + 60_000))
    assert stage.ask(type="perpsAtOpenInterestCap") == []
    pair(stage)
    assert stage.ask(type="perpsAtOpenInterestCap", dex="") == ["BTC"]
    cap(stage, None)
    assert stage.ask(type="perpsAtOpenInterestCap") == []


def test_deployers_have_capped_the_perps_of_their_dexes() -> None:
    bounds = recorded_bounds(catalog().dexes)
    assert bounds["xyz:TSLA"].open_interest_cap_usd == 100_000_000 * USD
    assert not [coin for coin in bounds if ":" not in coin]


def test_at_the_cap_a_position_cannot_grow() -> None:
    stage = Stage()
    _, long = pair(stage)
    cap(stage)
    assert refused(long, buy(79_000, 1)) == (
        texts.AT_CAP,
        "positionIncreaseAtOpenInterestCapRejected",
    )


def test_at_the_cap_a_position_cannot_turn_round() -> None:
    stage = Stage()
    _, long = pair(stage)
    cap(stage)
    assert refused(long, sell(81_000, 2)) == (
        texts.FLIP_AT_CAP,
        "positionFlipAtOpenInterestCapRejected",
    )
    assert "resting" in long.place_one(sell(81_000, 1))


@pytest.mark.parametrize("order", [buy(80_001, 1), sell(79_999, 1)])
def test_at_the_cap_nobody_opens_through_the_oracle(order: dict[str, Any]) -> None:
    stage = Stage()
    pair(stage)
    cap(stage)
    assert refused(stage.trader(3), order) == (
        texts.AGGRESSIVE_AT_CAP,
        "tooAggressiveAtOpenInterestCapRejected",
    )


def test_a_resting_order_that_would_add_at_the_cap_is_cancelled() -> None:
    stage = Stage()
    short, long = pair(stage)
    waiting = stage.trader(3)
    stage.listen(type="userEvents", user=waiting.address)
    oid = waiting.place_one(buy(79_000, 1))["resting"]["oid"]
    cap(stage)
    short.place(buy(78_990, 1))
    assert "filled" in long.place_one(sell(78_900, 1, tif="Ioc"))
    assert waiting.status(oid) == "openInterestCapCanceled"
    assert {"nonUserCancel": [{"coin": "BTC", "oid": oid}]} in stage.heard("user")
    assert (short.size(), long.size(), waiting.size()) == ("0.0", "0.0", "0.0")


def test_open_interest_may_be_kept_from_growing_too_quickly() -> None:
    stage = Stage(bounds={"BTC": CoinBounds(open_interest_growth_usd=100_000 * USD)})
    _, long = pair(stage)
    assert refused(long, buy(79_000, "0.5")) == (
        texts.TOO_QUICKLY,
        "openInterestIncreaseRejected",
    )
    assert "resting" in long.place_one(buy(79_000, "0.2"))
    stage.pass_ms(60_000)
    assert "resting" in long.place_one(buy(79_000, "0.5"))


@pytest.mark.parametrize("px", [79_199, 80_801])
def test_prices_may_be_held_near_the_oracle(px: int) -> None:
    stage = Stage()
    trader = stage.trader(1)
    cap(stage, None, oracleBandBps=100)
    assert refused(trader, buy(px, 1)) == (texts.FAR_FROM_ORACLE, "oracleRejected")
    assert "resting" in trader.place_one(buy(79_200, 1))


def test_only_perps_have_bounds() -> None:
    stage = Stage()
    for coin in ("PURR/USDC", "NOPE"):
        request = {"type": "marketBounds", "coin": coin}
        assert stage.venue.oracle(request, now_ms=stage.now_ms).status == 422
