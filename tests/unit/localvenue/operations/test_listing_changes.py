"""Coins that come and go while the venue runs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.localvenue.still_venue import (
    BLOCK_MS,
    BTC,
    SHORT_PAST,
    START_MS,
    Stage,
    Trader,
    buy,
    catalog,
    sell,
)

from hive.domain.errors import ConfigRefused
from hive.hyperliquid.codec_universe import decode_meta_and_contexts
from hive.localvenue.config import VenueConfig
from hive.localvenue.engine import Engine
from hive.localvenue.listings.listing_plan import (
    Delist,
    ListPerp,
    ListSpot,
    PlannedChange,
    read_plan,
)
from hive.localvenue.market_data.oracle_means import HourMean
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import LIGHT, SyntheticMarkets
from hive.localvenue.operations.listing_changes import ImpossibleListing, check_plan
from hive.serving.port import Subscribing

HOUR_MS = 3_600_000
PURR, HYPE = 10_000, 10_107


@pytest.fixture
def stage() -> Stage:
    return Stage()


def delist(stage: Stage, coin: str) -> None:
    stage.oracle(type="delist", coin=coin)
    stage.make_block()


def pair_of_traders(stage: Stage) -> tuple[Trader, Trader]:
    """Long and short one BTC from 80,000."""
    alice, bob = stage.trader(1), stage.trader(2)
    alice.place_one(sell(80_000, 1))
    bob.place_one(buy(80_000, 1))
    return alice, bob


def test_orders_of_a_delisted_coin_are_cancelled_and_new_ones_refused(stage: Stage) -> None:
    alice = stage.trader(1)
    oid = alice.place_one(buy(79_000, 1))["resting"]["oid"]
    stage.listen(type="userEvents", user=alice.address)
    stage.listen(type="orderUpdates", user=alice.address)
    delist(stage, "BTC")
    assert alice.status(oid) == "delistedCanceled"
    assert stage.heard("user") == [{"nonUserCancel": [{"coin": "BTC", "oid": oid}]}]
    (updates,) = stage.heard("orderUpdates")
    assert [row["status"] for row in updates] == ["delistedCanceled"]
    answer = alice.act({"type": "order", "orders": [buy(79_000, 1)], "grouping": "na"})
    assert answer == {"status": "err", "response": "Order has invalid asset."}
    assert stage.ask(type="l2Book", coin="BTC")["levels"] == [[], []]


def test_a_delisted_coin_keeps_its_slot_and_its_numbers_freeze(stage: Stage) -> None:
    pair_of_traders(stage)
    stage.pass_ms(3_000)
    before = stage.ask(type="meta")["universe"]
    delist(stage, "BTC")
    meta, contexts = stage.ask(type="metaAndAssetCtxs")
    assert [row["name"] for row in meta["universe"]] == [row["name"] for row in before]
    assert meta["universe"][BTC]["isDelisted"] is True
    matic = next(row for row in before if row.get("isDelisted"))
    recorded = contexts[before.index(matic)]
    assert contexts[BTC].keys() == recorded.keys()
    for name in ("funding", "openInterest", "dayNtlVlm", "premium", "midPx", "impactPxs"):
        assert contexts[BTC][name] == recorded[name], name
    mark_px = contexts[BTC]["markPx"]
    stage.markets.oracle["BTC"] = 90_000
    stage.pass_ms(10_000)
    assert stage.ask(type="metaAndAssetCtxs")[1][BTC]["markPx"] == mark_px
    assert "BTC" not in stage.ask(type="allMids")
    decoded, _ = decode_meta_and_contexts(stage.ask_raw(type="metaAndAssetCtxs").body, 0)
    assert decoded.universe[BTC].is_delisted is True


def test_positions_settle_at_the_oracles_mean_of_an_hour(stage: Stage) -> None:
    """Half an hour at 80,000 and half an hour at 84,000."""
    alice, bob = pair_of_traders(stage)
    stage.pass_ms(HOUR_MS // 2)
    stage.markets.oracle["BTC"] = 84_000
    stage.pass_ms(HOUR_MS // 2)
    cash = {who: float(who.state()["marginSummary"]["totalRawUsd"]) for who in (alice, bob)}
    stage.listen(type="trades", coin="BTC")
    delist(stage, "BTC")
    assert alice.size() == bob.size() == "0.0"
    fill = bob.fills()[0]
    assert (fill["dir"], fill["side"], fill["fee"]) == ("Settlement", "A", "0.0")
    assert fill["hash"] == "0x" + "0" * 64
    assert float(fill["px"]) == pytest.approx(82_000, abs=100)
    assert float(fill["closedPnl"]) == pytest.approx(float(fill["px"]) - 80_000)
    mirrored = alice.fills()[0]
    assert (mirrored["px"], mirrored["dir"], mirrored["side"]) == (fill["px"], "Settlement", "B")
    paid = {who: float(who.state()["marginSummary"]["totalRawUsd"]) for who in (alice, bob)}
    assert paid[bob] - cash[bob] == pytest.approx(float(fill["px"]))
    assert cash[alice] - paid[alice] == pytest.approx(float(fill["px"]))
    assert stage.heard("trades") == []


def test_only_what_trades_can_be_delisted(stage: Stage) -> None:
    delist(stage, "PURR/USDC")
    for coin in ("NOPE", "MATIC", "PURR/USDC"):
        reply = stage.venue.oracle({"type": "delist", "coin": coin}, now_ms=stage.now_ms)
        assert reply.status == 422, coin


def list_perp(stage: Stage, **more: object) -> None:
    stage.oracle(**{"type": "list", "coin": "NEWCOIN", "px": "2.5", **more})
    stage.make_block()


def test_a_new_coin_is_appended_with_the_next_id(stage: Stage) -> None:
    count = len(stage.ask(type="meta")["universe"])
    judged = {"type": "bbo", "coin": "NEWCOIN"}
    verdict = stage.venue.subscribing(judged, connection=9, now_ms=stage.now_ms)
    assert verdict is Subscribing.DROP_SOCKET
    list_perp(stage)
    meta, contexts = stage.ask(type="metaAndAssetCtxs")
    assert meta["universe"][count] == {
        "szDecimals": 2,
        "name": "NEWCOIN",
        "maxLeverage": 5,
        "marginTableId": 5,
    }
    assert (contexts[count]["markPx"], contexts[count]["midPx"]) == ("2.5", None)
    assert stage.listen(type="bbo", coin="NEWCOIN")[0]["bbo"] == [None, None]
    alice, bob = stage.trader(1), stage.trader(2)
    alice.place_one(sell("2.5", 100, asset=count))
    bob.place_one(buy("2.5", 100, asset=count))
    assert bob.positions()["NEWCOIN"]["szi"] == "100.0"
    assert stage.ask(type="recentTrades", coin="NEWCOIN")[0]["px"] == "2.5"
    assert stage.heard("bbo")[-1]["coin"] == "NEWCOIN"


def test_a_builder_dex_lists_in_its_own_universe(stage: Stage) -> None:
    count = len(stage.ask(type="meta", dex="xyz")["universe"])
    list_perp(stage, coin="xyz:NEW", szDecimals=1, maxLeverage=10)
    assert stage.ask(type="meta", dex="xyz")["universe"][count]["name"] == "xyz:NEW"
    alice = stage.trader(1, usd=0)
    stage.oracle(type="credit", user=alice.address, usd=1_000, dex="xyz")
    assert "resting" in alice.place_one(buy("2.4", 10, asset=110_000 + count))


def holder(stage: Stage, number: int, **tokens: str) -> Trader:
    """A trader with tokens on spot alone."""
    found = Trader(stage, number)
    for name, amount in tokens.items():
        assert stage.venue.credit_token(found.address, name, Decimal(amount))
    return found


def balances(who: Trader) -> dict[str, tuple[str, str]]:
    """Total and hold by token."""
    state = who.stage.ask(type="spotClearinghouseState", user=who.address)
    return {row["coin"]: (row["total"], row["hold"]) for row in state["balances"]}


def test_orders_of_a_delisted_pair_are_cancelled_and_tokens_stay(stage: Stage) -> None:
    alice, bob = holder(stage, 1, USDC="100"), holder(stage, 2, PURR="500")
    bought = alice.place_one(buy("0.18", 100, asset=PURR))["resting"]["oid"]
    sold = bob.place_one(sell("0.19", 70, asset=PURR))["resting"]["oid"]
    meta = stage.ask(type="spotMeta")
    delist(stage, "PURR/USDC")
    assert alice.status(bought) == bob.status(sold) == "delistedCanceled"
    assert balances(alice) == {"USDC": ("100.0", "0.0")}
    assert balances(bob) == {"PURR": ("500.0", "0.0")}
    order = {"type": "order", "orders": [buy("0.18", 100, asset=PURR)], "grouping": "na"}
    assert alice.act(order)["response"] == "Order has invalid asset."
    assert "PURR/USDC" not in stage.ask(type="allMids")
    after, contexts = stage.ask(type="spotMetaAndAssetCtxs")
    assert after == meta, "no field is known that would tell it"
    assert (contexts[0]["markPx"], contexts[0]["midPx"]) == ("0.1828", None)
    assert contexts[0]["dayNtlVlm"] == "0.0"
    assert "resting" in alice.place_one(buy("80", 1, asset=HYPE)), "others go on"


def test_a_new_token_is_appended_with_a_pair_of_its_own(stage: Stage) -> None:
    before = stage.ask(type="spotMeta")
    stage.oracle(type="listSpot", token="NEWT", px="0.25", szDecimals=1)
    stage.make_block()
    meta, contexts = stage.ask(type="spotMetaAndAssetCtxs")
    token, pair = meta["tokens"][-1], meta["universe"][-1]
    assert meta["tokens"][:-1] == before["tokens"]
    assert meta["universe"][:-1] == before["universe"]
    assert token.keys() == before["tokens"][0].keys()
    assert (token["name"], token["index"]) == ("NEWT", len(before["tokens"]))
    assert pair.keys() == before["universe"][0].keys()
    number = before["universe"][-1]["index"] + 1
    assert (pair["name"], pair["tokens"]) == (f"@{number}", [token["index"], 0])
    assert contexts[number]["markPx"] == "0.25"
    assert stage.ask(type="tokenDetails", tokenId=token["tokenId"])["name"] == "NEWT"
    alice, bob = holder(stage, 1, NEWT="1000"), holder(stage, 2, USDC="100")
    alice.place_one(sell("0.25", "100.5", asset=10_000 + number))
    bob.place_one(buy("0.25", "100.5", asset=10_000 + number))
    assert balances(bob)["NEWT"][0] == "100.42965"  # less 0.07 %
    assert balances(alice)["USDC"][0] == "25.11495"  # less 0.04 %
    assert bob.fills()[0]["feeToken"] == "NEWT"
    assert stage.ask(type="recentTrades", coin=f"@{number}")[0]["px"] == "0.25"


@pytest.mark.parametrize(
    "asked",
    [
        {"token": "PURR", "px": "1"},
        {"token": "", "px": "1"},
        {"token": "a b", "px": "1"},
        {"token": "A", "px": "0"},
        {"token": "A", "px": "1.2345678"},
    ],
)
def test_what_cannot_be_a_new_token_is_refused(stage: Stage, asked: dict[str, object]) -> None:
    reply = stage.venue.oracle({"type": "listSpot", **asked}, now_ms=stage.now_ms)
    assert reply.status == 422


@pytest.mark.parametrize(
    "asked",
    [
        {"coin": "BTC", "px": "1"},
        {"coin": "", "px": "1"},
        {"coin": "nodex:A", "px": "1"},
        {"coin": "A", "px": "0"},
        {"coin": "A", "px": "1.23456"},
        {"coin": "A", "px": "-1"},
        {"coin": "A", "px": "1", "maxLeverage": 50},
        {"coin": "A", "px": "1", "szDecimals": 6},
    ],
)
def test_what_cannot_be_listed_is_refused(stage: Stage, asked: dict[str, object]) -> None:
    reply = stage.venue.oracle({"type": "list", **asked}, now_ms=stage.now_ms)
    assert reply.status == 422


def test_one_venue_delists_for_itself_alone(stage: Stage) -> None:
    delist(stage, "BTC")
    assert Stage().trader(1).place_one(buy(79_000, 1)).keys() == {"resting"}


def engine(*planned: PlannedChange) -> Engine:
    markets = SyntheticMarkets(seeded_sources(4), ("BTC", "SOL"), LIGHT)
    config = VenueConfig(
        start_ms=START_MS, block_ms=BLOCK_MS, history=SHORT_PAST, listing_changes=planned
    )
    return Engine(config, markets, catalog())


def run(engine: Engine, until_ms: int) -> None:
    while engine.block_due_ms < START_MS + until_ms:
        engine.make_block(engine.block_due_ms)


def test_a_timetable_lists_and_delists_with_makers() -> None:
    made = engine(
        PlannedChange(20_000, Delist("BTC")),
        PlannedChange(5_000, ListPerp(coin="NEW", px="3.2", max_leverage=10)),
    )
    run(made, 4_900)
    assert not made.market.knows("NEW")
    run(made, 19_900)
    book = made.market.books["NEW"]
    assert book.bids
    assert book.asks
    assert float(made.market.context("NEW")["oraclePx"]) == pytest.approx(3.2, rel=0.02)
    assert made.market.books["BTC"].bids
    run(made, 60_000)
    delisted = made.market.books["BTC"]
    assert not delisted.bids
    assert not delisted.asks
    assert made.market.books["SOL"].bids  # the others go on
    assert made.house.bounds.long_size_by_coin["BTC"] == 0
    cash = sum(account.cash_usd for account in made.house.accounts.values())
    assert cash == -made.house.fees_usd - made.clock.funding_residue_usd


def test_a_new_pair_gets_makers_and_a_delisted_one_loses_them() -> None:
    made = engine(
        PlannedChange(1_000, ListSpot(token="NEWT", px="0.25")),
        PlannedChange(30_000, Delist("@231")),
    )
    run(made, 29_900)
    bid, ask = made.market.books["@231"].top
    assert bid
    assert ask
    assert made.market.tape("@231") is not None
    run(made, 60_000)
    assert made.market.books["@231"].top == (None, None)
    assert made.market.books["SOL"].bids


def test_a_file_of_listings_is_read_by_time() -> None:
    rows = [
        {"atMs": 9_000, "type": "delist", "coin": "NEW"},
        {"atMs": 5_000, "type": "list", "coin": "NEW", "px": "3.2", "maxLeverage": 10},
        {"type": "listSpot", "token": "NEWT", "px": "0.25"},
    ]
    plan = read_plan(rows)
    assert plan == (
        PlannedChange(0, ListSpot(token="NEWT", px="0.25")),
        PlannedChange(5_000, ListPerp(coin="NEW", px="3.2", max_leverage=10)),
        PlannedChange(9_000, Delist("NEW")),
    )
    check_plan(plan, catalog())
    with pytest.raises(ImpossibleListing, match="NEW is nothing"):
        check_plan((*plan, PlannedChange(9_500, Delist("NEW"))), catalog())


@pytest.mark.parametrize(
    "rows",
    [{}, [1], [{"atMs": -1, "type": "delist", "coin": "A"}], [{"type": "x"}], [{"atMs": True}]],
)
def test_what_plans_no_listings_is_named(rows: object) -> None:
    with pytest.raises(ConfigRefused, match="listings"):
        read_plan(rows)


def test_a_plan_that_cannot_be_is_told() -> None:
    with pytest.raises(ImpossibleListing, match="NOPE"):
        run(engine(PlannedChange(1_000, Delist("NOPE"))), 5_000)


def test_the_mean_forgets_what_is_older_than_an_hour() -> None:
    mean = HourMean()
    assert mean.px(7) == 7
    for _ in range(1_200):
        mean.take(100, 3_000)
    for _ in range(600):
        mean.take(200, 3_000)
    assert mean.px(0) == 150
    for _ in range(600):
        mean.take(200, 3_000)
    assert mean.px(0) == 200
