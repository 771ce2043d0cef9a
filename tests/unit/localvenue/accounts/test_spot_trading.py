"""Spot orders: tokens change hands, orders bind them, fees are taken out of what is bought."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.localvenue.still_venue import Stage, Trader, buy, sell

PURR, HYPE, USDE = 10_000, 10_107, 10_150
PURR_COIN, HYPE_COIN = "PURR/USDC", "@107"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def trader(stage: Stage, number: int, **tokens: str) -> Trader:
    """A trader with tokens, and nothing on the perp side."""
    trader = Trader(stage, number)
    for name, amount in tokens.items():
        assert stage.venue.credit_token(trader.address, name, Decimal(amount))
    return trader


def balance(trader: Trader, name: str) -> tuple[str, str]:
    """Total and hold."""
    state = trader.stage.ask(type="spotClearinghouseState", user=trader.address)
    rows = {row["coin"]: (row["total"], row["hold"]) for row in state["balances"]}
    return rows.get(name, ("0.0", "0.0"))


def test_a_resting_buy_binds_its_worth_in_the_quote_token(stage: Stage) -> None:
    alice = trader(stage, 1, USDC="100")
    oid = alice.place_one(buy("0.18", 100, asset=PURR))["resting"]["oid"]
    assert balance(alice, "USDC") == ("100.0", "18.0")
    assert alice.cancel(PURR, oid) == "success"
    assert balance(alice, "USDC") == ("100.0", "0.0")


def test_a_resting_sell_binds_what_it_sells(stage: Stage) -> None:
    alice = trader(stage, 1, PURR="100.5")
    alice.place_one(sell("0.19", 70, asset=PURR))
    assert balance(alice, "PURR") == ("100.5", "70.0")


def test_tokens_change_hands_at_the_makers_price(stage: Stage) -> None:
    """The buyer's fee is in the bought token, the seller's in the quote token."""
    maker, taker = trader(stage, 1, HYPE="10"), trader(stage, 2, USDC="1000")
    maker.place_one(sell("90", 2, asset=HYPE))
    status = taker.place_one(buy("95", 2, asset=HYPE, tif="Ioc"))
    assert status["filled"]["avgPx"] == "90.0"
    assert balance(maker, "HYPE") == ("8.0", "0.0")
    assert balance(maker, "USDC") == ("179.928", "0.0")  # 180 less 0.04 %
    assert balance(taker, "HYPE") == ("1.9986", "0.0")  # 2 less 0.07 %
    assert balance(taker, "USDC") == ("820.0", "0.0")


def test_a_partly_filled_maker_keeps_the_rest_bound(stage: Stage) -> None:
    maker, taker = trader(stage, 1, USDC="1000"), trader(stage, 2, HYPE="1")
    maker.place_one(buy("90", 3, asset=HYPE))
    taker.place_one(sell("85", 1, asset=HYPE, tif="Ioc"))
    assert balance(maker, "USDC") == ("910.0", "180.0")
    assert balance(maker, "HYPE") == ("0.9996", "0.0")


def test_fills_say_what_the_recorded_ones_say(stage: Stage) -> None:
    """Token balance before, Buy or Sell, the fee's token, profit to the quote wei."""
    maker, taker = trader(stage, 1, USDC="1000"), trader(stage, 2, USDC="1000", HYPE="1.234567")
    other = trader(stage, 3, HYPE="5")
    other.place_one(sell("90.1", 1, asset=HYPE))
    taker.place_one(buy("90.1", 1, asset=HYPE, tif="Ioc"))
    maker.place_one(buy("89.9", 1, asset=HYPE))
    taker.place_one(sell("89.9", 1, asset=HYPE, tif="Ioc"))
    sold, bought = taker.fills()
    assert (bought["dir"], bought["startPosition"]) == ("Buy", "1.234567")
    assert (bought["fee"], bought["feeToken"], bought["closedPnl"]) == ("0.0007", "HYPE", "0.0")
    assert (sold["dir"], sold["startPosition"]) == ("Sell", "2.233867")
    assert (sold["fee"], sold["feeToken"]) == ("0.06293", "USDC")
    assert sold["coin"] == HYPE_COIN
    assert sold["closedPnl"] == "49.594588"  # 89.9 less its share of 90.03693
    together = taker.stage.ask(type="userFills", user=taker.address, aggregateByTime=True)
    assert [row["fee"] for row in together] == ["0.06293", "0.0007"]


def test_between_two_quote_tokens_a_fifth_is_paid(stage: Stage) -> None:
    maker, taker = trader(stage, 1, USDE="1000"), trader(stage, 2, USDC="1000")
    maker.place_one(sell("1.0001", 100, asset=USDE))
    taker.place_one(buy("1.0001", 100, asset=USDE, tif="Ioc"))
    assert taker.fills()[0]["fee"] == "0.014"
    assert maker.fills()[0]["fee"] == "0.0080008"
    cumulated = stage.ask(type="userRateLimit", user=taker.address)["cumVlm"]
    assert cumulated == "20.002"


def refusal(trader: Trader, order: dict[str, Any]) -> tuple[str, str]:
    """The text, and the status that is remembered."""
    status = trader.place_one(order)
    oid = trader.stage.venue.past_orders(trader.address)[-1].oid
    return status["error"], trader.status(oid)


def test_an_order_that_may_rest_must_be_covered_in_full(stage: Stage) -> None:
    alice = trader(stage, 1, USDC="17.99")
    text, status = refusal(alice, buy("0.18", 100, asset=PURR))
    assert text.startswith("Insufficient spot balance")
    assert text.endswith(" asset=10000")
    assert status == "insufficientSpotBalanceRejected"


def test_what_other_orders_bind_is_not_there_twice(stage: Stage) -> None:
    alice = trader(stage, 1, HYPE="3")
    alice.place_one(sell("100", 2, asset=HYPE))
    assert refusal(alice, sell("101", 2, asset=HYPE))[1] == "insufficientSpotBalanceRejected"


def test_the_minimum_is_ten_of_the_quote_token(stage: Stage) -> None:
    alice = trader(stage, 1, USDC="100")
    text, status = refusal(alice, buy("0.18", 55, asset=PURR))
    assert text == "Order must have minimum value of 10 USDC. asset=10000"
    assert status == "minTradeSpotNtlRejected"


def test_an_order_that_takes_is_judged_in_the_measured_sequence(stage: Stage) -> None:
    """No liquidity, then no balance, then too small, then no lot affordable."""
    poor, maker = trader(stage, 1), trader(stage, 2, HYPE="10")
    stage.venue.credit(poor.address, Decimal(1))
    tiny = buy("95", "0.01", asset=HYPE, tif="Ioc")
    assert refusal(poor, tiny)[1] == "iocCancelRejected"
    maker.place_one(sell("90", 5, asset=HYPE))
    assert refusal(poor, tiny)[1] == "insufficientSpotBalanceRejected"
    stage.venue.credit_token(poor.address, "USDC", Decimal("0.5"))
    assert refusal(poor, tiny)[1] == "minTradeSpotNtlRejected"
    large = buy("95", 1, asset=HYPE, tif="Ioc")
    assert refusal(poor, large)[1] == "insufficientSpotBalanceRejected"


def test_the_minimum_of_a_taking_order_counts_the_first_price_it_meets(stage: Stage) -> None:
    """0.11 at 95 would be worth more than ten; at 90 it is not."""
    taker, maker = trader(stage, 1, USDC="100"), trader(stage, 2, HYPE="10")
    maker.place_one(sell("90", 5, asset=HYPE))
    order = buy("95", "0.11", asset=HYPE, tif="Ioc")
    assert refusal(taker, order)[1] == "minTradeSpotNtlRejected"


def test_an_order_that_takes_gets_the_lots_it_can_pay_for(stage: Stage) -> None:
    """Level by level, at the levels' own prices."""
    taker, maker = trader(stage, 1, USDC="272"), trader(stage, 2, HYPE="10")
    maker.place(sell("90", 2, asset=HYPE), sell("91", 2, asset=HYPE))
    status = taker.place_one(buy("95", 4, asset=HYPE, tif="Ioc"))
    assert status["filled"]["totalSz"] == "3.01"  # 180, then 92 buys 1.01 at 91
    assert balance(taker, "USDC") == ("0.09", "0.0")
    assert taker.status(status["filled"]["oid"]) == "canceled"


def test_a_post_only_order_that_would_match_is_refused(stage: Stage) -> None:
    maker, other = trader(stage, 1, HYPE="10"), trader(stage, 2, USDC="500")
    maker.place_one(sell("90", 1, asset=HYPE))
    text, status = refusal(other, buy("90", 1, asset=HYPE, tif="Alo"))
    assert "bbo was 0.0@90.0" in text
    assert status == "badAloPxRejected"


def test_a_balance_is_no_position_to_reduce(stage: Stage) -> None:
    alice = trader(stage, 1, HYPE="10")
    order = sell("90", 1, asset=HYPE, reduce_only=True)
    assert refusal(alice, order)[1] == "reduceOnlyRejected"


def test_spot_prices_have_eight_decimals_less_those_of_the_size(stage: Stage) -> None:
    alice = trader(stage, 1, USDC="1000")
    assert "resting" in alice.place_one(buy("0.18281", 100, asset=PURR))
    assert "tick size" in alice.place_one(buy("0.182811", 100, asset=PURR))["error"]
    assert "tick size" in alice.place_one(buy("90.0001", 1, asset=HYPE))["error"]


def test_a_modified_order_binds_what_the_new_one_gives(stage: Stage) -> None:
    alice = trader(stage, 1, USDC="100")
    oid = alice.place_one(buy("0.18", 400, asset=PURR))["resting"]["oid"]
    answer = alice.act({"type": "modify", "oid": oid, "order": buy("0.19", 500, asset=PURR)})
    assert answer["status"] == "ok"  # 72 were let go before 95 were bound
    assert balance(alice, "USDC") == ("100.0", "95.0")


def test_an_own_order_in_the_way_expires_and_lets_its_tokens_go(stage: Stage) -> None:
    alice, maker = trader(stage, 1, USDC="100", HYPE="1"), trader(stage, 2, HYPE="1")
    own = alice.place_one(sell("90", 1, asset=HYPE))["resting"]["oid"]
    maker.place_one(sell("91", 1, asset=HYPE))
    alice.place_one(buy("92", 1, asset=HYPE, tif="Ioc"))
    assert alice.status(own) == "selfTradeCanceled"
    assert balance(alice, "HYPE") == ("1.9993", "0.0")


def test_spot_orders_are_listed_with_the_first_dex_and_leave_margin_alone(stage: Stage) -> None:
    alice = trader(stage, 1, USDC="100")
    stage.venue.credit(alice.address, Decimal(500))
    alice.place_one(buy("0.18", 100, asset=PURR))
    assert alice.open_orders()[0]["coin"] == PURR_COIN
    assert alice.state()["withdrawable"] == "500.0"


def test_the_pairs_numbers_follow_its_trades(stage: Stage) -> None:
    maker, taker = trader(stage, 1, HYPE="10"), trader(stage, 2, USDC="1000")
    maker.place(sell("90", 2, asset=HYPE), sell("92", 2, asset=HYPE))
    taker.place(buy("90", 2, asset=HYPE), buy("88", 1, asset=HYPE))
    _, contexts = stage.ask(type="spotMetaAndAssetCtxs")
    context = next(row for row in contexts if row["coin"] == HYPE_COIN)
    assert context["midPx"] == "90.0"
    assert stage.ask(type="allMids")[HYPE_COIN] == "90.0"
    assert stage.ask(type="l2Book", coin=HYPE_COIN)["levels"][0][0]["px"] == "88.0"
    assert stage.ask(type="recentTrades", coin=HYPE_COIN)[0]["px"] == "90.0"


def test_truth_and_oracle_know_tokens(stage: Stage) -> None:
    alice = Trader(stage, 1)
    stage.oracle(type="credit", user=alice.address, token="PURR", amount="12.5")
    (known,) = stage.oracle(type="truth", user=alice.address)["accounts"]
    assert known["tokens"] == {"PURR": "12.50000"}
    wrong = {"type": "credit", "user": alice.address, "token": "NOTHING", "amount": "1"}
    assert stage.venue.oracle(wrong, now_ms=stage.now_ms).status == 422


def test_a_pair_has_no_leverage(stage: Stage) -> None:
    alice = trader(stage, 1, USDC="100")
    action = {"type": "updateLeverage", "asset": HYPE, "isCross": True, "leverage": 1}
    assert alice.act(action) == {"status": "err", "response": "Invalid leverage value"}
    asked = stage.ask_raw(type="activeAssetData", user=alice.address, coin=HYPE_COIN)
    assert asked.status == 500
