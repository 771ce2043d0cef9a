"""Leverage, isolated margin, and what an account shows of them."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from typing import Any

import msgspec
import pytest
from tests.unit.localvenue.still_venue import BTC, ETH, Stage, Trader, buy, sell

from hive.localvenue.actions import margin_actions as texts
from hive.localvenue.listings.catalog import Catalog

USD = 1_000_000


def leverage(value: int, *, is_cross: bool = False, asset: int = BTC) -> dict[str, Any]:
    return {"type": "updateLeverage", "asset": asset, "isCross": is_cross, "leverage": value}


def margin(usd: float, *, asset: int = BTC) -> dict[str, Any]:
    ntli = round(usd * USD)
    return {"type": "updateIsolatedMargin", "asset": asset, "isBuy": True, "ntli": ntli}


def top_up(value: str, *, asset: int = BTC) -> dict[str, Any]:
    return {"type": "topUpIsolatedOnlyMargin", "asset": asset, "leverage": value}


def refusal(trader: Trader, action: dict[str, Any]) -> str | None:
    """The venue's words, or None if it agreed."""
    answer = trader.act(action)
    if answer["status"] == "ok":
        assert answer["response"] == {"type": "default"}
        return None
    return str(answer["response"])


def holder(stage: Stage, usd: int = 10_000, *, size: float = 1, value: int = 20) -> Trader:
    """Somebody with an isolated long position at 80,000, and a book around that price."""
    maker, trader = stage.trader(1, usd=10**7), stage.trader(2, usd=usd)
    assert refusal(trader, leverage(value)) is None
    maker.place(sell(80_000, size))
    trader.place(buy(80_000, size))
    maker.place(buy(79_990, 10), sell(80_010, 10))
    return trader


def locked_catalog(coin: str, *, mode: str | None) -> Catalog:
    """The recorded catalog with one coin isolated only."""
    folder = files("hive.localvenue.listings") / "metadata"
    meta = msgspec.json.decode((folder / "meta_perps.json").read_bytes())
    entry = next(entry for entry in meta["universe"] if entry["name"] == coin)
    entry["onlyIsolated"] = True
    if mode is not None:
        entry["marginMode"] = mode
    return Catalog(
        meta=msgspec.json.encode(meta),
        contexts=(folder / "asset_ctxs.json").read_bytes(),
        spot_meta=(folder / "spot_meta.json").read_bytes(),
        spot_contexts=(folder / "spot_asset_ctxs.json").read_bytes(),
        fees=(folder / "user_fees.json").read_bytes(),
    )


# --- what is shown ---


def test_an_isolated_position_shows_its_own_margin_and_liquidation_price() -> None:
    trader = holder(Stage())
    state = trader.state()
    position = trader.positions()["BTC"]
    assert position["leverage"] == {"type": "isolated", "value": 20, "rawUsd": "-76000.0"}
    assert position["marginUsed"] == "4000.0"
    # Equity 4,000 less maintenance 1,000, over 1 BTC, over 1 - 1/80.
    px = Decimal(80_000) - Decimal(3_000) / (1 - Decimal(1) / 80)
    assert Decimal(position["liquidationPx"]) == round(px, 10)
    fee = Decimal("36.0")
    assert Decimal(state["crossMarginSummary"]["accountValue"]) == 6_000 - fee
    assert state["crossMarginSummary"]["totalNtlPos"] == "0.0"
    assert state["crossMaintenanceMarginUsed"] == "0.0"
    whole = state["marginSummary"]
    assert Decimal(whole["accountValue"]) == 10_000 - fee
    assert Decimal(whole["totalRawUsd"]) == 10_000 - fee - 80_000
    assert (whole["totalNtlPos"], whole["totalMarginUsed"]) == ("80000.0", "4000.0")
    assert Decimal(state["withdrawable"]) == 6_000 - fee


def test_leverage_of_a_position_changes_its_isolated_liquidation_price_only_by_margin() -> None:
    stage = Stage()
    trader = holder(stage)
    before = trader.positions()["BTC"]["liquidationPx"]
    assert refusal(trader, leverage(40)) is None
    assert trader.positions()["BTC"]["liquidationPx"] == before
    assert refusal(trader, margin(1_000)) is None
    after = trader.positions()["BTC"]
    assert after["leverage"] == {"type": "isolated", "value": 40, "rawUsd": "-75000.0"}
    assert float(after["liquidationPx"]) < float(before)


def test_what_an_account_could_trade_is_told_by_side() -> None:
    stage = Stage()
    trader = stage.trader(2, usd=10_000)
    shown = stage.ask(type="activeAssetData", user=trader.address, coin="BTC")
    assert shown == {
        "user": trader.address,
        "coin": "BTC",
        "leverage": {"type": "cross", "value": 20},
        "maxTradeSzs": ["2.5", "2.5"],
        "availableToTrade": ["10000.0", "10000.0"],
        "markPx": "80000.0",
    }
    maker = stage.trader(1)
    maker.place(sell(80_000, 1))
    trader.place(buy(80_000, 1))
    buying, selling = stage.ask(type="activeAssetData", user=trader.address, coin="BTC")[
        "maxTradeSzs"
    ]
    # Closing gives back what the position binds: twice its size more can be sold than bought.
    assert Decimal(selling) - Decimal(buying) == 2
    assert trader.place_one(buy(80_000, float(buying) - 0.01, tif="Alo"))["resting"]


def test_what_is_told_can_be_traded_of_an_isolated_position_as_well() -> None:
    stage = Stage()
    trader = holder(stage)
    shown = stage.ask(type="activeAssetData", user=trader.address, coin="BTC")
    assert shown["leverage"] == {"type": "isolated", "value": 20, "rawUsd": "-76000.0"}
    free = 6_000 - Decimal(36)
    buying, selling = (Decimal(text) for text in shown["availableToTrade"])
    assert buying == free
    assert selling == free + 8_000  # closing needs 4,000 of margin, and sets 4,000 free
    size = shown["maxTradeSzs"][0]
    assert Decimal(size) * 80_000 < 20 * free  # the fee must be there besides
    assert "resting" in trader.place_one(buy(80_000, size, tif="Alo"))


def test_an_account_that_nobody_opened_can_trade_nothing() -> None:
    stage = Stage()
    shown = stage.ask(type="activeAssetData", user="0x" + "9" * 40, coin="ETH")
    assert shown["maxTradeSzs"] == ["0.0", "0.0"]
    assert shown["leverage"] == {"type": "cross", "value": 20}


def test_what_could_be_traded_is_pushed_when_it_changes() -> None:
    stage = Stage()
    trader = stage.trader(2, usd=10_000)
    (first,) = stage.listen(type="activeAssetData", user=trader.address, coin="BTC")
    assert first == stage.ask(type="activeAssetData", user=trader.address, coin="BTC")
    assert refusal(trader, leverage(10, is_cross=True)) is None
    stage.pass_ms(1_000)
    (pushed,) = stage.heard("activeAssetData")
    assert pushed["leverage"] == {"type": "cross", "value": 10}
    assert pushed["maxTradeSzs"] == ["1.25", "1.25"]
    assert stage.listen(type="activeAssetData", user=trader.address, coin="PURR/USDC") == []


# --- leverage ---


def test_the_kind_of_margin_changes_only_while_flat() -> None:
    stage = Stage()
    trader = holder(stage)
    assert refusal(trader, leverage(20, is_cross=True)) == texts.MODE_IS_FIXED
    trader.place(sell(79_990, 1, tif="Ioc", reduce_only=True))
    assert trader.size() == "0.0"
    assert refusal(trader, leverage(20, is_cross=True)) is None
    assert refusal(trader, leverage(20)) is None


@pytest.mark.parametrize("value", [0, 41])
def test_leverage_must_be_one_of_the_coins(value: int) -> None:
    assert refusal(Stage().trader(1), leverage(value)) == texts.BAD_LEVERAGE


def test_leverage_of_an_open_position_is_lowered_with_margin_only() -> None:
    stage = Stage()
    trader = holder(stage)
    assert refusal(trader, leverage(10)) == texts.ISOLATED_UNCOVERED
    assert refusal(trader, margin(4_000)) is None
    assert refusal(trader, leverage(10)) is None


def test_cross_leverage_is_lowered_while_equity_covers_it() -> None:
    stage = Stage()
    maker, trader = stage.trader(1), stage.trader(2, usd=10_000)
    maker.place(sell(80_000, 1))
    trader.place(buy(80_000, 1))
    assert refusal(trader, leverage(10, is_cross=True)) is None
    assert refusal(trader, leverage(5, is_cross=True)) == texts.CROSS_UNCOVERED
    assert refusal(trader, leverage(1, is_cross=True, asset=ETH)) is None
    assert trader.positions()["BTC"]["leverage"] == {"type": "cross", "value": 10}


def test_coins_may_be_isolated_only() -> None:
    stage = Stage(listed=locked_catalog("BTC", mode=None))
    trader = stage.trader(2)
    assert refusal(trader, leverage(20, is_cross=True)) == texts.CROSS_NOT_ALLOWED
    shown = stage.ask(type="activeAssetData", user=trader.address, coin="BTC")
    assert shown["leverage"] == {"type": "isolated", "value": 20}


# --- margin ---


def test_margin_goes_in_and_out_again() -> None:
    stage = Stage()
    trader = holder(stage)
    assert refusal(trader, margin(5_000.5)) is None
    assert trader.positions()["BTC"]["marginUsed"] == "9000.5"
    assert refusal(trader, margin(-1_000)) is None
    assert trader.positions()["BTC"]["leverage"]["rawUsd"] == "-71999.5"


def test_margin_cannot_be_moved_by_nothing_nor_where_there_is_none() -> None:
    stage = Stage()
    trader = holder(stage)
    assert refusal(trader, margin(0)) == texts.ZERO_CHANGE
    assert refusal(trader, margin(5, asset=ETH)) == texts.NOT_ISOLATED
    assert refusal(trader, leverage(5, asset=ETH)) is None
    assert refusal(trader, margin(5, asset=ETH)) == texts.NO_POSITION
    assert refusal(trader, margin(5, asset=99_999)) == texts.NOT_ISOLATED


def test_margin_is_only_what_the_account_has_left() -> None:
    stage = Stage()
    trader = holder(stage)
    assert refusal(trader, margin(5_965)) == texts.NO_CASH
    assert refusal(trader, margin(5_964)) is None


def test_a_position_keeps_its_initial_margin_and_a_tenth_of_its_notional() -> None:
    stage = Stage()
    trader = holder(stage)  # a tenth of 80,000 is more than the 4,000 of leverage 20
    assert refusal(trader, margin(5_000)) is None
    assert refusal(trader, margin(-1_000.01)) == texts.NO_MARGIN
    assert refusal(trader, margin(-1_000)) is None


def test_margin_of_some_coins_stays_until_the_position_is_reduced() -> None:
    stage = Stage(listed=locked_catalog("BTC", mode="strictIsolated"))
    trader = holder(stage, usd=50_000)
    assert refusal(trader, margin(20_000)) is None
    assert refusal(trader, margin(-1)) == texts.MARGIN_LOCKED
    trader.place(sell(79_990, "0.5", tif="Ioc"))
    assert trader.positions()["BTC"]["marginUsed"] == "12000.0"


def test_a_position_is_topped_up_to_a_leverage() -> None:
    stage = Stage()
    trader = holder(stage)
    assert refusal(trader, top_up("10.0")) is None
    assert trader.positions()["BTC"]["marginUsed"] == "8000.0"
    assert refusal(trader, top_up("15")) is None  # it has more than that already
    assert trader.positions()["BTC"]["marginUsed"] == "8000.0"
    assert refusal(trader, top_up("0.5")) == texts.NO_CASH
    assert refusal(trader, top_up("a lot")) == texts.BAD_LEVERAGE
    assert refusal(trader, top_up("0")) == texts.BAD_LEVERAGE
    assert refusal(trader, top_up("3", asset=ETH)) == texts.NOT_ISOLATED


def test_orders_of_an_isolated_coin_need_cash_for_what_they_open_alone() -> None:
    stage = Stage()
    trader = holder(stage)
    # 5,964 USD are left; the position does not bind them.
    assert "error" in trader.place_one(buy(79_000, "1.52"))
    assert "resting" in trader.place_one(buy(79_000, "1.4"))
    assert "resting" in trader.place_one(sell(81_000, "1"))
    assert Decimal(trader.state()["withdrawable"]) == 5_964 - Decimal(5_530)


@pytest.mark.parametrize("is_buy", [True, False])
def test_an_isolated_position_never_takes_more_than_the_account_has(is_buy: bool) -> None:
    stage = Stage()
    maker, trader = stage.trader(1, usd=10**7), stage.trader(2, usd=4_000)
    assert refusal(trader, leverage(20)) is None
    side, across = (buy, sell) if is_buy else (sell, buy)
    maker.place(across(80_000, 1))
    px = 84_000 if is_buy else 76_000
    assert "error" in trader.place_one(side(px, 1, tif="Ioc"))  # 4,000 of margin, and then the fee
    maker.place(across(80_000, 1))
    assert "filled" in trader.place_one(side(px, "0.9", tif="Ioc"))
    assert Decimal(trader.state()["crossMarginSummary"]["accountValue"]) > 0


def test_a_resting_order_of_an_isolated_coin_must_still_be_affordable_when_it_trades() -> None:
    stage = Stage()
    taker, trader = stage.trader(1, usd=10**7), stage.trader(2, usd=4_000)
    assert refusal(trader, leverage(20)) is None
    first = trader.place_one(buy(79_000, "0.9"))["resting"]["oid"]
    assert refusal(trader, leverage(20, asset=ETH)) is None
    taker.place(sell(2_500, 10, asset=ETH))
    trader.place(buy(2_500, "3", asset=ETH))
    taker.place(sell(79_000, "0.9"))
    assert trader.status(first) == "marginCanceled"
    assert Decimal(trader.state()["crossMarginSummary"]["accountValue"]) > 0
