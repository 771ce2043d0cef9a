"""What the venue's own web page asks for in one piece, over HTTP and by subscription."""

from __future__ import annotations

from typing import Any

from tests.unit.localvenue.still_venue import START_MS, Stage, Trader, buy

AGENT = "0x" + "ab" * 20


def world() -> tuple[Stage, Trader]:
    stage = Stage()
    trader = stage.trader(1, usd=5_000)
    trader.place(buy(79_000, "0.01"))
    return stage, trader


def approve(trader: Trader) -> None:
    trader.sign("approveAgent", agentAddress=AGENT, agentName="")


def test_web_data_2_says_what_the_single_questions_say() -> None:
    stage, trader = world()
    user = trader.address
    found = stage.ask(type="webData2", user=user)
    assert found["clearinghouseState"] == stage.ask(type="clearinghouseState", user=user)
    assert found["openOrders"] == stage.ask(type="frontendOpenOrders", user=user)
    assert [found["meta"], found["assetCtxs"]] == stage.ask(type="metaAndAssetCtxs")
    assert found["spotAssetCtxs"] == stage.ask(type="spotMetaAndAssetCtxs")[1]
    assert found["spotState"] == stage.ask(type="spotClearinghouseState", user=user)
    assert found["perpsAtOpenInterestCap"] == stage.ask(type="perpsAtOpenInterestCap")
    assert (found["user"], found["isVault"], found["cumLedger"]) == (user, False, "5000.0")
    assert found["serverTime"] == stage.now_ms
    assert (found["leadingVaults"], found["totalVaultEquity"]) == ([], "0.0")


def test_web_data_names_the_agent_without_a_name() -> None:
    stage, trader = world()
    assert stage.ask(type="webData2", user=trader.address)["agentAddress"] is None
    approve(trader)
    found = stage.ask(type="webData2", user=trader.address)
    assert found["agentAddress"] == AGENT
    assert found["agentValidUntil"] > START_MS


def test_web_data_of_a_stranger_is_empty() -> None:
    found = Stage().ask(type="webData2", user="0x" + "99" * 20)
    assert found["openOrders"] == []
    assert found["clearinghouseState"]["assetPositions"] == []
    assert found["cumLedger"] == "0.0"


def test_web_data_is_pushed_whole_at_its_pace() -> None:
    stage, trader = world()
    (first,) = stage.listen(type="webData2", user=trader.address)
    assert first == stage.ask(type="webData2", user=trader.address)
    (newer,) = stage.listen(type="webData3", user=trader.address)
    assert _keys(newer) == {"userState", "perpDexStates"}
    assert len(newer["perpDexStates"]) == len(stage.ask(type="perpDexs"))
    assert newer["userState"]["user"] == trader.address
    stage.pass_ms(10_000)
    assert len(stage.heard("webData2")) == len(stage.heard("webData3")) == 2


def _keys(row: dict[str, Any]) -> set[str]:
    return set(row)
