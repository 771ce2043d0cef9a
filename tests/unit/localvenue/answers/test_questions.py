"""Answers to /info: shapes, edges, pages, and what the venue does not know."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from tests.unit.localvenue.still_venue import BTC_PX, START_MS, Stage, buy, cloid_of, sell

from hive.domain.market import INTERVAL_MS_BY_NAME
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.config import PageSizes
from hive.localvenue.market_data.candle_grids import CandleGrid

STRANGER = "0x" + "5" * 40


def traded(**config: Any) -> Stage:
    """A stage on which trader 2 bought five times from trader 1, in five blocks."""
    stage = Stage(**config)
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_100, 5), buy(79_900, 5))
    for _ in range(5):
        taker.place(buy(80_100, "0.1", tif="Ioc"))
    return stage


def test_listings_are_the_recorded_ones_and_delisted_coins_keep_their_slots() -> None:
    stage = Stage()
    meta, contexts = stage.ask(type="metaAndAssetCtxs")
    assert meta == stage.ask(type="meta")
    assert len(meta["universe"]) == len(contexts) == 234
    assert sum(not coin.get("isDelisted", False) for coin in meta["universe"]) == 178
    assert meta["universe"][0]["name"] == "BTC"
    spot_meta, spot_contexts = stage.ask(type="spotMetaAndAssetCtxs")
    assert spot_meta == stage.ask(type="spotMeta")
    for pair in spot_meta["universe"]:
        assert spot_contexts[pair["index"]]["coin"] == pair["name"]
        assert all(spot_meta["tokens"][token]["index"] == token for token in pair["tokens"])
    assert [row and row["name"] for row in stage.ask(type="perpDexs")] == [None, "xyz"]


def test_a_context_follows_what_happens_here() -> None:
    stage = traded()
    context = stage.ask(type="metaAndAssetCtxs")[1][0]
    recorded = 37_749.4211
    assert float(context["openInterest"]) == pytest.approx(recorded + 0.5)
    assert context["midPx"] == "80000.0"
    assert context["impactPxs"] == ["79900.0", "80100.0"]
    assert context["premium"] == "0.0"


@pytest.mark.parametrize(
    ("request_", "status", "body"),
    [
        ({"type": "l2Book", "coin": "NOPE"}, 200, b"null"),
        ({"type": "l2Book", "coin": "btc"}, 200, b"null"),
        ({"type": "l2Book", "coin": "BTC", "nSigFigs": 7}, 500, b"null"),
        ({"type": "l2Book", "coin": "BTC", "nSigFigs": 5, "mantissa": 1}, 500, b"null"),
        ({"type": "recentTrades", "coin": "NOPE"}, 500, b"null"),
        ({"type": "fundingHistory", "coin": "NOPE", "startTime": 0}, 500, b"null"),
        (
            {
                "type": "candleSnapshot",
                "req": {"coin": "NOPE", "interval": "1m", "startTime": 0},
            },
            500,
            b"null",
        ),
        ({"type": "meta", "dex": "nodex"}, 500, b""),
        ({"type": "meta", "dex": " "}, 500, b""),
        ({"type": "l2Book", "coin": "#7"}, 200, b"null"),
        ({"type": "recentTrades", "coin": "+7"}, 500, b"null"),
    ],
)
def test_edges_are_answered_as_the_venue_answers_them(
    request_: dict[str, Any], status: int, body: bytes
) -> None:
    reply = Stage().ask_raw(**request_)
    assert (reply.status, reply.body) == (status, body)


def test_a_type_that_the_venue_does_not_know_is_422() -> None:
    reply = Stage().ask_raw(type="vaultsOfTheMoon", user=STRANGER)
    assert (reply.status, reply.is_text) == (422, True)


def test_an_unknown_address_gets_empty_answers() -> None:
    stage = Stage()
    state = stage.ask(type="clearinghouseState", user=STRANGER)
    assert state["marginSummary"]["accountValue"] == "0.0"
    assert state["assetPositions"] == []
    for kind in ("openOrders", "frontendOpenOrders", "userFills"):
        assert stage.ask(type=kind, user=STRANGER) == []
    assert stage.ask(type="orderStatus", user=STRANGER, oid=1) == {"status": "unknownOid"}
    assert stage.ask(type="userRole", user=STRANGER) == {"role": "missing"}
    assert stage.ask(type="spotClearinghouseState", user=STRANGER) == {"balances": []}
    assert stage.ask(type="userFees", user=STRANGER)["userCrossRate"] == "0.00045"


def test_a_book_can_be_asked_for_in_figures() -> None:
    stage = Stage()
    maker = stage.trader(1)
    maker.place(buy(79_910, 1), buy(79_905, 2), buy(79_890, 4), sell(80_010, 1), sell(80_090, 2))
    book = stage.ask(type="l2Book", coin="BTC", nSigFigs=4)
    bids, asks = book["levels"]
    assert [(level["px"], level["sz"], level["n"]) for level in bids] == [
        ("79910.0", "1.0", 1),
        ("79900.0", "2.0", 1),
        ("79890.0", "4.0", 1),
    ]
    assert [level["px"] for level in asks] == ["80010.0", "80090.0"]
    coarse = stage.ask(type="l2Book", coin="BTC", nSigFigs=3)["levels"]
    assert [(level["px"], level["n"]) for level in coarse[0]] == [("79900.0", 2), ("79800.0", 1)]
    assert [(level["px"], level["sz"]) for level in coarse[1]] == [("80100.0", "3.0")]
    fives = stage.ask(type="l2Book", coin="BTC", nSigFigs=5, mantissa=5)["levels"]
    assert fives[0][0]["px"] == "79910.0"
    assert book["spread"] == "100.0"


def test_figures_never_make_a_price_coarser_than_they_say() -> None:
    """A price of few digits is finer than five figures: two of its units apart stay apart."""
    stage = Stage()
    stage.markets.oracle["kPEPE"] = 0.0035
    maker = stage.trader(1)
    kpepe = stage.venue.engine.market.catalog.of_coin("kPEPE")
    assert kpepe is not None
    prices = ("0.003501", "0.003502", "0.003503")
    maker.place(*(buy(px, 10_000, asset=kpepe.asset_id) for px in prices))
    bids, _ = stage.ask(type="l2Book", coin="kPEPE", nSigFigs=5, mantissa=2)["levels"]
    assert [level["px"] for level in bids] == list(reversed(prices))


def test_recent_trades_are_few_and_newest_first() -> None:
    stage = traded(pages=PageSizes(trades=3))
    trades = stage.ask(type="recentTrades", coin="BTC")
    times = [trade["time"] for trade in trades]
    assert len(trades) == 3
    assert times == sorted(times, reverse=True)


def test_fills_by_time_are_oldest_first_and_both_ends_count() -> None:
    stage = traded()
    taker = stage.trader(2)
    fills = taker.fills()[::-1]
    asked = stage.ask(
        type="userFillsByTime",
        user=taker.address,
        startTime=fills[1]["time"],
        endTime=fills[3]["time"],
    )
    assert asked == fills[1:4]
    backwards = stage.ask(type="userFillsByTime", user=taker.address, startTime=0, reversed=True)
    assert backwards == fills[::-1]


def test_pages_of_fills_end_and_only_the_latest_can_be_reached() -> None:
    stage = traded(pages=PageSizes(fills=2, fills_reachable=4))
    taker = stage.trader(2)
    newest = taker.fills()
    assert len(newest) == 2
    page = stage.ask(type="userFillsByTime", user=taker.address, startTime=0)
    assert len(page) == 2
    after = stage.ask(type="userFillsByTime", user=taker.address, startTime=page[1]["time"])
    assert after[0] == page[1]  # the edge comes twice
    third = stage.ask(type="userFillsByTime", user=taker.address, startTime=after[1]["time"])
    assert third[1] == newest[0]
    (truth,) = stage.oracle(type="truth", user=taker.address)["accounts"]
    assert len(truth["fills"]) == 5  # the venue's truth forgets nothing
    assert page[0]["tid"] == truth["fills"][1]["tid"]


def test_open_orders_come_in_brief_and_in_full_newest_first() -> None:
    stage = Stage()
    trader = stage.trader(1)
    trader.place(buy(79_000, 1), buy(78_000, 2, cloid=cloid_of(1)))
    brief = stage.ask(type="openOrders", user=trader.address)
    assert [order["limitPx"] for order in brief] == ["78000.0", "79000.0"]
    assert "cloid" not in brief[1]
    full = trader.open_orders()
    assert full[0]["tif"] == "Gtc"
    assert full[0]["orderType"] == "Limit"
    assert full[0]["cloid"] == cloid_of(1)
    assert full[1]["cloid"] is None


@pytest.mark.parametrize("interval", INTERVAL_MS_BY_NAME)
def test_candles_of_every_interval_are_whole_and_lead_to_now(interval: str) -> None:
    stage = traded()
    grid = CandleGrid(interval)
    rows = stage.ask(
        type="candleSnapshot",
        req={"coin": "BTC", "interval": interval, "startTime": START_MS - 4_000_000_000},
    )
    assert rows[-1]["c"] == "80100.0"
    assert rows[-1]["t"] <= stage.now_ms <= rows[-1]["T"]
    for row in rows:
        assert grid.open_ms(row["t"]) == row["t"]
        assert row["T"] == row["t"] + grid.span_ms(row["t"]) - 1
        prices = [float(row[name]) for name in "loch"]
        assert min(prices) == prices[0]
        assert max(prices) == prices[3]
    times = [row["t"] for row in rows]
    assert times == sorted(set(times))


def test_history_leads_to_the_opening_price() -> None:
    stage = Stage()
    rows = stage.ask(
        type="candleSnapshot",
        req={"coin": "BTC", "interval": "1m", "startTime": START_MS - 600_000},
    )
    assert len(rows) == 10
    assert float(rows[-1]["o"]) == BTC_PX
    assert all(left["c"] == right["o"] for left, right in pairwise(rows))


def test_a_coin_that_nobody_trades_here_has_no_candles_and_its_recorded_numbers() -> None:
    stage = Stage()
    request = {"coin": "SOL", "interval": "1m", "startTime": 0}
    assert stage.ask(type="candleSnapshot", req=request) == []
    assert stage.ask(type="allMids")["SOL"] == "120.99"
    assert stage.ask(type="fundingHistory", coin="SOL", startTime=0) == []
    assert stage.ask(type="l2Book", coin="SOL")["levels"] == [[], []]


def test_questions_weigh_and_too_many_are_429_with_null() -> None:
    stage = Stage(limits=VenueLimits(weight_per_min=62))
    assert stage.ask_raw(type="userRole", user=STRANGER).status == 200
    assert stage.ask_raw(type="allMids").status == 200
    reply = stage.ask_raw(type="allMids")
    assert (reply.status, reply.body) == (429, b"null")
    assert stage.ask_raw(ip="2.2.2.2", type="allMids").status == 200
    stage.pass_ms(60_000)
    assert stage.ask_raw(type="allMids").status == 200
    assert stage.oracle(type="counters")["limitRefusals"] == {"weight": 1}


def test_rows_of_an_answer_weigh_as_well() -> None:
    stage = Stage()
    stage.ask(
        type="candleSnapshot",
        req={"coin": "BTC", "interval": "1m", "startTime": START_MS - 60 * 60_000},
    )
    assert stage.oracle(type="counters")["ips"]["1.1.1.1"]["weight"] == 20 + 61 // 60
