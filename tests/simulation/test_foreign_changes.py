"""What others and the venue do to an account: booked, explained, and never a reason to halt.

Every change is made at the real local venue, beside strategies that trade, and judged by its truth.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.simulation.ambiguity import DoubtfulWorld, Pace
from tests.simulation.foreigner import Foreigner

from hive.domain.market import Side
from hive.hyperliquid.actions import TwapOrderAction, TwapWire, UpdateLeverageAction
from hive.hyperliquid.signing import Signer
from hive.localvenue.views.truth import TrueFill

COINS = ("SOL", "ENA")
QUIET = Pace(coins=COINS, per_coin=1, pause_ms=900, orders_max=4, per_turn=1, tricked_share=0.0)
POOR = Pace(
    coins=COINS,
    per_coin=1,
    pause_ms=900,
    orders_max=4,
    per_turn=1,
    tricked_share=0.0,
    funds_usd=Decimal(3_000),
)
SOL = 5


def begun(pace: Pace = QUIET) -> tuple[DoubtfulWorld, Foreigner]:
    world = DoubtfulWorld(7, pace=pace)
    world.begin()
    world.pass_ms(10_000)
    return world, Foreigner(world, world.signer)


def asked(world: DoubtfulWorld, **request: Any) -> None:
    reply = world.venue.oracle(request, now_ms=world.served.now_ms)
    assert reply.status == 200, reply.body


def settled(world: DoubtfulWorld) -> list[TrueFill]:
    """Wait until all is quiet, hold everything against the venue; its fills of nobody's cloid."""
    world.pass_ms(15_000)
    world.hush()
    world.pass_ms(75_000)  # every regular look has been taken once
    assert world.violations() == []
    desk = world.desk.snapshot()
    assert desk.halt_reason == ""
    assert desk.corrections == 0
    (truth,) = world.venue.truth(world.signer.address)
    return [fill for fill in truth.fills if fill.cloid is None]


def test_manual_orders_and_fills_are_labelled_and_booked_to_nobody() -> None:
    world, person = begun()
    person.trade("SOL", Side.BUY, "20")
    person.trade("ENA", Side.SELL, "900", away=Decimal("0.02"), tif="Gtc")
    foreign = settled(world)
    assert {fill.coin for fill in foreign} == {"SOL"}
    assert world.desk.snapshot().external_orders == 1
    assert world.desk.position(None, "SOL").size == 20


def test_a_manual_trade_that_no_stream_tells_is_found() -> None:
    world, person = begun()
    for channel in ("userFills", "user", "orderUpdates"):
        asked(world, type="silenceChannel", channel=channel, forMs=60_000)
    person.trade("SOL", Side.BUY, "20")
    assert settled(world)
    assert world.desk.position(None, "SOL").size == 20


def test_slices_of_a_twap_are_fills_like_any_other() -> None:
    world, person = begun()
    person.send(TwapOrderAction(TwapWire(SOL, b=True, s="50", r=False, m=5, t=False)))
    world.pass_ms(320_000)
    foreign = settled(world)
    assert len(foreign) >= 5
    assert sum(fill.size for fill in foreign) == 50


def test_transfers_and_leverage_change_no_position() -> None:
    world, person = begun()
    person.transfer("1000", to_perp=False)
    person.transfer("400", to_perp=True)
    person.send(UpdateLeverageAction(SOL, is_cross=True, leverage=3))
    assert settled(world) == []


def test_a_liquidation_is_booked_and_its_orders_are_told_as_gone() -> None:
    world, person = begun(POOR)
    person.send(UpdateLeverageAction(SOL, is_cross=True, leverage=20))
    person.trade("SOL", Side.BUY, "250")
    asked(world, type="jump", coin="SOL", bps=-1_500)
    world.pass_ms(20_000)
    assert world.venue.counters()["liquidations"] > 0
    assert len(settled(world)) >= 2


def test_a_deleveraging_of_our_side_is_booked() -> None:
    world, person = begun()
    poor = Signer("77" * 32)
    world.venue.credit(poor.address, Decimal(3_000))
    victim = Foreigner(world, poor)
    victim.send(UpdateLeverageAction(SOL, is_cross=True, leverage=20))
    person.trade("SOL", Side.BUY, "300")
    victim.trade("SOL", Side.SELL, "250")
    asked(world, type="jump", coin="SOL", bps=4_000)
    world.pass_ms(20_000)
    assert world.venue.counters()["deleveraged"] > 0
    assert settled(world)


def test_a_coin_that_is_delisted_is_settled_and_its_orders_go() -> None:
    world, person = begun()
    person.trade("SOL", Side.BUY, "20")
    asked(world, type="delist", coin="SOL")
    world.pass_ms(5_000)
    (truth,) = world.venue.truth(world.signer.address)
    assert "SOL" not in truth.positions
    settled(world)
    assert world.desk.account_position("SOL").size == 0
