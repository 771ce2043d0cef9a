"""Answers about the venue as a whole, in the documented shapes."""

from __future__ import annotations

import pytest
from tests.unit.localvenue.still_venue import START_MS, Stage

HOUR_MS = 3_600_000


def test_the_status_has_the_venues_time_and_nothing_special() -> None:
    assert Stage().ask(type="exchangeStatus") == {"time": START_MS, "specialStatuses": None}


def test_funding_is_predicted_for_the_next_full_hour_of_this_venue_alone() -> None:
    rows = dict(Stage().ask(type="predictedFundings"))
    assert len(rows) == 178
    venues = dict(rows["BTC"])
    assert venues["HlPerp"] == {
        "fundingRate": "0.0000125",
        "nextFundingTime": START_MS - START_MS % HOUR_MS + HOUR_MS,
        "fundingIntervalHours": 1,
    }
    assert (venues["BinPerp"], venues["BybitPerp"]) == (None, None)


def test_predicted_funding_is_what_the_hour_then_pays() -> None:
    stage = Stage()
    to_hour_ms = HOUR_MS - START_MS % HOUR_MS
    stage.pass_ms(to_hour_ms - 1_000)
    predicted = dict(dict(stage.ask(type="predictedFundings"))["BTC"])["HlPerp"]
    stage.pass_ms(2_000)
    (paid,) = stage.ask(type="fundingHistory", coin="BTC", startTime=START_MS)
    assert paid["fundingRate"] == predicted["fundingRate"]


@pytest.mark.parametrize(
    ("table_id", "tiers"),
    [
        (56, [("0.0", 40), ("150000000.0", 20)]),
        (51, [("0.0", 10), ("3000000.0", 5)]),
        (5, [("0.0", 5)]),
    ],
)
def test_a_margin_table_is_found_by_its_id_and_small_ids_are_one_tier(
    table_id: int, tiers: list[tuple[str, int]]
) -> None:
    table = Stage().ask(type="marginTable", id=table_id)
    found = [(tier["lowerBound"], tier["maxLeverage"]) for tier in table["marginTiers"]]
    assert found == tiers
    assert isinstance(table["description"], str)


@pytest.mark.parametrize("table_id", [0, 99])
def test_a_margin_table_that_is_not_there_is_500_null(table_id: int) -> None:
    reply = Stage().ask_raw(type="marginTable", id=table_id)
    assert (reply.status, reply.body) == (500, b"null")


def test_caps_of_market_orders_go_by_leverage_highest_first() -> None:
    rows = Stage().ask(type="maxMarketOrderNtls")
    assert [leverage for leverage, _ in rows] == [25, 20, 10, 1]
    assert all(isinstance(usd, str) for _, usd in rows)


def test_only_builder_perps_are_annotated_and_every_one_is() -> None:
    stage = Stage()
    categories = dict(stage.ask(type="perpCategories"))
    concise = dict(stage.ask(type="perpConciseAnnotations"))
    builder_perps = {row["name"] for row in stage.ask(type="meta", dex="xyz")["universe"]}
    assert set(categories) == set(concise) == builder_perps
    full = stage.ask(type="perpAnnotation", coin="xyz:GOLD")
    assert full["category"] == categories["xyz:GOLD"] == "commodities"
    assert set(full) == {"category", "description"}
    assert concise["xyz:GOLD"] == {
        "category": "commodities",
        "displayName": "Gold",
        "keywords": ["gold"],
    }
    assert stage.ask(type="perpAnnotation", coin="BTC") is None


@pytest.mark.parametrize("kind", ["perpDeployAuctionStatus", "spotPairDeployAuctionStatus"])
def test_a_deploy_auction_is_always_running(kind: str) -> None:
    auction = Stage().ask(type=kind)
    now_s = START_MS // 1000
    started_s = auction["startTimeSeconds"]
    assert started_s <= now_s < started_s + auction["durationSeconds"]
    assert auction["endGas"] is None


def test_what_does_not_exist_here_is_empty_and_not_unknown() -> None:
    stage = Stage()
    assert stage.ask(type="outcomeMeta") == {"outcomes": [], "questions": []}
    assert stage.ask(type="outcomeTemplates") == []
    assert stage.ask(type="settledOutcome", outcome=1) is None
    assert stage.ask(type="allBorrowLendReserveStates") == []
    assert stage.ask(type="validatorL1Votes") == []
    user = "0x" + "12" * 20
    assert stage.ask(type="borrowLendUserState", user=user)["tokenToState"] == []
    assert stage.ask(type="spotDeployState", user=user)["states"] == []
    assert set(stage.ask(type="usdcRouting")) == {"depositRoute", "withdrawalRoute"}
