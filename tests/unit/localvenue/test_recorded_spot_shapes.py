"""Spot and builder dexes beside recorded answers and frames: same fields, in the same order."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.localvenue.still_venue import Stage, Trader, buy, cloid_of, sell

from hive.localvenue.config import Cadence

RECORDED = Path(__file__).parents[2] / "data" / "recorded"
HYPE, GOLD = 10_107, 110_003
DUST_MS = 60_000


def recorded(name: str) -> Any:
    return msgspec.json.decode((RECORDED / f"{name}.json").read_bytes())


def kinds(value: Any) -> Any:
    """Fields in order and kinds of values."""
    if isinstance(value, dict):
        return [(name, kinds(inner)) for name, inner in value.items()]
    if isinstance(value, list):
        return [kinds(value[0])] if value else []
    return type(value).__name__


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage(cadence=Cadence(dust_ms=DUST_MS))


def holder(stage: Stage, number: int, **tokens: str) -> Trader:
    trader = Trader(stage, number)
    for name, amount in tokens.items():
        assert stage.venue.credit_token(trader.address, name, Decimal(amount))
    return trader


def test_fills_of_both_sides_and_of_dust(stage: Stage) -> None:
    bought, _, dust, sold = recorded("live_captures/rift_testnet_spot_fills_excerpt")
    maker, taker = holder(stage, 1, HYPE="5", PURR="0.25"), holder(stage, 2, USDC="500")
    maker.place_one(sell("90", 1, asset=HYPE, cloid=cloid_of(1)))
    taker.place_one(buy("90", 1, asset=HYPE, tif="Ioc", cloid=cloid_of(2)))
    (ours_bought,), (ours_sold,) = taker.fills(), maker.fills()
    assert kinds(ours_bought) == kinds(bought)
    assert kinds(ours_sold) == kinds(sold)
    stage.pass_ms(DUST_MS)
    ours_dust = next(fill for fill in maker.fills() if fill["tid"] == 0)
    assert kinds(ours_dust) == kinds(dust)
    same = ("coin", "sz", "side", "startPosition", "dir", "closedPnl", "hash", "fee", "feeToken")
    assert [ours_dust[name] for name in same] == [dust[name] for name in same]


def test_balances(stage: Stage) -> None:
    row = recorded("nautilus/http_spot_clearinghouse_state")["balances"][0]
    alice = holder(stage, 1, USDC="14.625485")
    (ours,) = stage.ask(type="spotClearinghouseState", user=alice.address)["balances"]
    assert ours == row


def test_the_row_of_a_builder_dex(stage: Stage) -> None:
    first, row = recorded("metadata/real_perpdexs")[:2]
    ours = stage.ask(type="perpDexs")
    assert ours[0] is first is None
    assert list(ours[1]) == list(row)
    for name, value in row.items():
        if isinstance(value, list):  # what is listed here is a part of what was listed there
            assert all(entry in value for entry in ours[1][name]), name
        else:
            assert ours[1][name] == value, name


def test_contexts_of_all_dexes(stage: Stage) -> None:
    """Of coins with a market, and of a builder's coin in which nothing has happened."""
    ctxs = dict(recorded("nautilus/ws_all_dexs_asset_ctxs")["data"]["ctxs"])
    (frame,) = stage.listen(type="allDexsAssetCtxs")
    ours = dict(frame["ctxs"])
    assert list(ours) == ["", "xyz"]
    assert kinds(ours["xyz"][0]) == kinds(ctxs["cash"][0])
    stage.oracle(type="list", coin="xyz:NEW", px="6980", szDecimals=2, maxLeverage=10)
    stage.make_block()
    fresh = stage.ask(type="metaAndAssetCtxs", dex="xyz")[1][-1]
    assert fresh == ctxs["abcd"][0]


def test_a_book_of_a_builder_dex(stage: Stage) -> None:
    frame = recorded("live_captures/wsprobe_frames_2026-09-24")["l2Book_hip3_trimmed"]["data"]
    alice = stage.trader(1, usd=0)
    stage.oracle(type="credit", user=alice.address, usd=10_000, dex="xyz")
    alice.place(buy("4400", 1, asset=GOLD), sell("4600", 1, asset=GOLD))
    (ours,) = stage.listen(type="l2Book", coin="xyz:GOLD")
    assert kinds(ours) == kinds(frame)


def test_metas_of_all_dexes(stage: Stage) -> None:
    metas = recorded("nautilus/http_all_perp_metas_non_usdc_collateral")
    ours = stage.ask(type="allPerpMetas")
    assert ours[1].keys() == metas[1].keys()
    grown = next(row for row in ours[1]["universe"] if "growthMode" in row)
    assert grown["growthMode"] == metas[1]["universe"][0]["growthMode"]
    assert metas[1]["universe"][0].keys() <= grown.keys()
