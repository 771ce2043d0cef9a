"""What is less than a lot becomes USDC, as the recorded fills of it show."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.localvenue.still_venue import Stage, Trader, sell

from hive.localvenue.config import Cadence

MINUTE_MS = 60_000
ZERO_HASH = "0x" + "0" * 64


def holder(stage: Stage, number: int, name: str, amount: str) -> Trader:
    trader = Trader(stage, number)
    assert stage.venue.credit_token(trader.address, name, Decimal(amount))
    return trader


def balances(trader: Trader) -> dict[str, str]:
    state = trader.stage.ask(type="spotClearinghouseState", user=trader.address)
    return {row["coin"]: row["total"] for row in state["balances"]}


def test_dust_is_converted_at_the_mark_without_a_fee() -> None:
    stage = Stage(cadence=Cadence(dust_ms=MINUTE_MS))
    alice = holder(stage, 1, "UBTC", "0.0000086141")
    stage.listen(type="trades", coin="@142")
    stage.pass_ms(MINUTE_MS)
    (fill,) = alice.fills()
    assert fill == {
        "coin": "@142",
        "px": "86621.5",
        "sz": "0.0000086141",
        "side": "A",
        "time": fill["time"],
        "startPosition": "0.0000086141",
        "dir": "Spot Dust Conversion",
        "closedPnl": "0.0",
        "hash": ZERO_HASH,
        "oid": fill["oid"],
        "crossed": True,
        "fee": "0.0",
        "tid": 0,
        "feeToken": "USDC",
        "twapId": None,
    }
    assert balances(alice) == {"USDC": "0.74616626"}
    assert stage.heard("trades") == []
    (truth,) = stage.venue.truth(alice.address)
    assert truth.fills[0].size == Decimal("0.0000086141")


def test_lots_and_what_orders_bind_stay() -> None:
    stage = Stage(cadence=Cadence(dust_ms=MINUTE_MS))
    alice = holder(stage, 1, "PURR", "100.5")
    bob = holder(stage, 2, "HYPE", "0.12")
    bob.place_one(sell("100", "0.12", asset=10_107))
    stage.pass_ms(MINUTE_MS)
    assert balances(alice) == {"PURR": "100.5"}
    assert balances(bob) == {"HYPE": "0.12"}


def test_who_opted_out_keeps_his_dust() -> None:
    stage = Stage(cadence=Cadence(dust_ms=MINUTE_MS))
    alice = holder(stage, 1, "PURR", "0.25")
    action = {"type": "spotUser", "toggleSpotDusting": {"optOut": True}}
    assert alice.act(action)["status"] == "ok"
    stage.pass_ms(MINUTE_MS)
    assert balances(alice) == {"PURR": "0.25"}


def test_by_default_it_happens_at_midnight() -> None:
    stage = Stage()
    assert stage.venue.engine.dust.next_ms % 86_400_000 == 0
    assert 0 < stage.venue.engine.dust.next_ms - stage.now_ms <= 86_400_000
