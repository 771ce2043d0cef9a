"""A builder dex beside the first one: its own ids, books, margin, fees and funding."""

from __future__ import annotations

import pytest
from tests.unit.localvenue.still_venue import BTC, Stage, Trader, buy, sell

from hive.hyperliquid.codec_universe import decode_all_metas, perp_instruments
from hive.localvenue.listings.perp_fees import DeployerTerms
from hive.localvenue.market_data.funding import CoinFunding, hourly_rate

XYZ100, GOLD, TSLA = 110_000, 110_003, 110_001


@pytest.fixture
def stage() -> Stage:
    return Stage()


def trader(stage: Stage, number: int, usd: int = 10_000) -> Trader:
    """Somebody with money on the builder dex alone."""
    trader = stage.trader(number, usd=0)
    stage.oracle(type="credit", user=trader.address, usd=usd, dex="xyz")
    return trader


def test_ids_of_the_first_builder_dex_begin_at_110000(stage: Stage) -> None:
    """The client's own reading of the metadata finds them."""
    metas = decode_all_metas(stage.ask_raw(type="allPerpMetas").body)
    instruments = perp_instruments(metas[1], 1)
    assert [each.asset_id for each in instruments[:2]] == [XYZ100, TSLA]
    assert instruments[0].coin == "xyz:XYZ100"
    assert stage.ask(type="meta", dex="xyz") == stage.ask(type="allPerpMetas")[1]
    assert stage.ask(type="perpDexs")[0] is None
    assert stage.ask(type="perpDexs")[1]["name"] == "xyz"


def test_each_dex_has_contexts_and_mids_of_its_own(stage: Stage) -> None:
    meta, contexts = stage.ask(type="metaAndAssetCtxs", dex="xyz")
    assert len(meta["universe"]) == len(contexts)
    mids = stage.ask(type="allMids", dex="xyz")
    assert list(mids) == [row["name"] for row in meta["universe"]]
    assert not mids.keys() & stage.ask(type="allMids").keys()
    assert len(stage.ask(type="metaAndAssetCtxs")[1]) == len(stage.ask(type="meta")["universe"])


def test_money_of_one_dex_is_no_margin_on_another(stage: Stage) -> None:
    alice = trader(stage, 1)
    status = alice.place_one(buy(80_000, 1, asset=BTC))
    assert status["error"].startswith("Insufficient margin")
    assert "resting" in alice.place_one(buy("4500", 1, asset=GOLD))


def test_positions_and_orders_are_told_per_dex(stage: Stage) -> None:
    alice, bob = trader(stage, 1), trader(stage, 2)
    alice.place_one(sell("4500", 1, asset=GOLD))
    bob.place(buy("4500", 1, asset=GOLD), buy("4400", "0.5", asset=GOLD))
    assert bob.state()["assetPositions"] == []
    state = stage.ask(type="clearinghouseState", user=bob.address, dex="xyz")
    assert state["assetPositions"][0]["position"]["coin"] == "xyz:GOLD"
    assert bob.open_orders() == []
    (order,) = stage.ask(type="frontendOpenOrders", user=bob.address, dex="xyz")
    assert (order["coin"], order["limitPx"]) == ("xyz:GOLD", "4400.0")


def test_the_deployers_part_is_shown_and_paid(stage: Stage) -> None:
    """Scale 1: 0.09 % for a taker, half of it the deployer's; a tenth in growth mode."""
    alice, bob = trader(stage, 1), trader(stage, 2)
    alice.place(sell("4500", 1, asset=GOLD), sell("430", 1, asset=TSLA))
    bob.place(buy("4500", 1, asset=GOLD), buy("430", 1, asset=TSLA))
    tesla, gold = bob.fills()
    assert (gold["fee"], gold["deployerFee"], gold["feeToken"]) == ("4.05", "2.025", "USDC")
    assert (tesla["fee"], tesla["deployerFee"]) == ("0.0387", "0.01935")
    state = stage.ask(type="clearinghouseState", user=bob.address, dex="xyz")
    assert state["marginSummary"]["totalRawUsd"] == "5065.9113"  # 10,000 less 4,930 and the fees


def test_limits_and_status_of_a_builder_dex(stage: Stage) -> None:
    trader(stage, 1, usd=123)
    limits = stage.ask(type="perpDexLimits", dex="xyz")
    assert ["xyz:GOLD", "500000000.0"] in limits["coinToOiCap"]
    assert stage.ask(type="perpDexStatus", dex="xyz") == {"totalNetDeposit": "123.0"}
    assert stage.ask(type="perpDexLimits", dex="") is None
    assert stage.ask_raw(type="perpDexLimits", dex="nodex").status == 500


def test_streams_tell_their_dex(stage: Stage) -> None:
    alice = trader(stage, 1)
    (mids,) = stage.listen(type="allMids", dex="xyz")
    assert (mids["dex"], "xyz:GOLD" in mids["mids"]) == ("xyz", True)
    (plain,) = stage.listen(type="allMids")
    assert "dex" not in plain
    (state,) = stage.listen(type="clearinghouseState", user=alice.address, dex="xyz")
    assert state["dex"] == "xyz"
    assert state["clearinghouseState"]["marginSummary"]["accountValue"] == "10000.0"
    (every,) = stage.listen(type="allDexsClearinghouseState", user=alice.address)
    assert [dex for dex, _ in every["clearinghouseStates"]] == ["", "xyz"]
    (contexts,) = stage.listen(type="allDexsAssetCtxs")
    assert [dex for dex, _ in contexts["ctxs"]] == ["", "xyz"]
    stage.listen(type="openOrders", user=alice.address, dex="xyz")
    alice.place_one(buy("4400", 1, asset=GOLD))
    stage.pass_ms(1_000)
    (pushed,) = stage.heard("openOrders")
    assert (pushed["dex"], len(pushed["orders"])) == ("xyz", 1)
    assert [order["coin"] for order in pushed["orders"]] == ["xyz:GOLD"]
    stage.heard("allDexsClearinghouseState")
    stage.pass_ms(13_600)
    assert len(stage.heard("allDexsAssetCtxs")) == 1


def test_spot_state_is_pushed_when_balances_change(stage: Stage) -> None:
    alice = stage.trader(1)
    (state,) = stage.listen(type="spotState", user=alice.address)
    assert state == {"user": alice.address, "spotState": {"balances": []}}
    stage.oracle(type="credit", user=alice.address, token="USDC", amount="50")
    alice.place_one(buy("0.18", 100, asset=10_000))
    stage.pass_ms(1_000)
    (pushed,) = stage.heard("spotState")
    assert pushed["spotState"]["balances"] == [
        {"coin": "USDC", "token": 0, "total": "50.0", "hold": "18.0", "entryNtl": "0.0"}
    ]


def test_the_deployer_scales_funding() -> None:
    """Half the rate, and no interest where he says so."""
    plain = CoinFunding(DeployerTerms())
    half = CoinFunding(DeployerTerms(funding_multiplier=5_000))
    free = CoinFunding(DeployerTerms(interest_rate=0))
    assert plain.rate == hourly_rate(0) == 125_000
    assert half.rate == 62_500
    assert free.rate == 0


def test_a_tokens_details(stage: Stage) -> None:
    tokens = {row["name"]: row for row in stage.ask(type="spotMeta")["tokens"]}
    details = stage.ask(type="tokenDetails", tokenId=tokens["PURR"]["tokenId"])
    assert (details["name"], details["szDecimals"], details["weiDecimals"]) == ("PURR", 0, 5)
    assert details["markPx"] == "0.1828"
    assert stage.ask_raw(type="tokenDetails", tokenId="0x00").status == 500
