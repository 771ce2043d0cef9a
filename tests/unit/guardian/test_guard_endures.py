"""A guardian that has long to do: a slow venue, a position nobody takes, a trader that goes on."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.execution.venue_rig import START_MS, VenueRig
from tests.unit.guardian.test_guard import Post, approve, left_behind

from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.domain.switches import EVERYTHING, Strength, Switch
from hive.guardian.beats import Beat, encode_beat
from hive.hyperliquid.actions import OrderAction, limit_order
from hive.hyperliquid.signing import signed_request
from hive.hyperliquid.user_actions import (
    SIGNATURE_CHAIN_ID,
    UsdClassTransferAction,
    chain_name,
)
from hive.simulation.disk import MemoryDisk
from hive.simulation.network import Weather

OUTSIDE = "192.0.2.9"


def silent(post: Post) -> None:
    """A trader has beaten once, and never since."""
    post.beats.trader = encode_beat(Beat(pid=2, number=1, state="trading"))


def refusals(post: Post) -> list[str]:
    return [text for text in post.said if "429" in text]


def test_waiting_for_a_slow_venue_is_not_taken_for_sleep() -> None:
    rig = left_behind()
    rig.network.weather = Weather(latency_ms_min=150, latency_ms_max=200)
    post = Post(rig, rig.disk)
    silent(post)
    rig.run_s(60)
    assert rig.truth.open_orders == ()
    assert [text.split()[0] for text in post.said] == ["acting", "acted"], "it is silent for good"


def test_a_position_that_nobody_takes_is_tried_within_the_weight_until_somebody_does() -> None:
    rig = VenueRig()
    rig.do(lambda: rig.ctx().buy("BTC", 1.0, 81_000.0, tif=TimeInForce.IOC))
    rig.die()
    approve(rig)
    rig.markets.depth = Decimal("0.00001")
    rig.run_s(1)
    post = Post(rig, rig.disk)
    switch = Switch(scope=EVERYTHING, strength=Strength.FLATTEN, reason="a test", thrown_ms=1)
    post.switches.throw(switch, rig.clock.now_ms())
    rig.run_s(120)
    assert refusals(post) == []
    assert rig.venue_size() > 0
    rig.markets.depth = Decimal(5)
    rig.run_s(15)
    assert rig.venue_size() == 0


def test_on_a_second_host_the_switch_is_carried_out_for_as_long_as_it_stands() -> None:
    """The trader there does not know of it, and goes on."""
    rig = VenueRig()
    approve(rig)
    post = Post(rig, MemoryDisk(lambda: 0.5))
    post.throw(EVERYTHING)
    rig.run_s(150)
    rig.do(lambda: rig.ctx().buy("BTC", 0.01, 70_000.0))
    assert len(rig.open_cloids()) == 1
    rig.run_s(60)
    assert rig.open_cloids() == []


def test_what_a_person_left_on_a_spot_pair_is_cancelled_too() -> None:
    rig = VenueRig()
    approve(rig)
    by_hand(rig)
    rig.die()
    assert [order.coin for order in rig.truth.open_orders] == ["PURR/USDC"]
    post = Post(rig, rig.disk)
    sequence = post.throw(EVERYTHING)
    assert rig.truth.open_orders == ()
    assert post.beats.obeyed == sequence


def by_hand(rig: VenueRig) -> None:
    """The account's owner buys spot with a limit, far from the market."""
    nonce = START_MS + 5
    transfer = UsdClassTransferAction(
        signature_chain_id=SIGNATURE_CHAIN_ID,
        hyperliquid_chain=chain_name(is_mainnet=False),
        amount="1000",
        to_perp=False,
        nonce=nonce,
    )
    sent(rig, signed_request(transfer, nonce, rig.signer.sign_user_action(transfer)))
    market_data = rig.runtime.market_data
    assert market_data is not None
    wire = limit_order(
        market_data.universe.of_coin("PURR/USDC"),
        side=Side.BUY,
        size=Decimal(100),
        limit_px=Decimal("0.15"),
        tif=TimeInForce.GTC,
        reduce_only=False,
        cloid=None,
    )
    action = OrderAction((wire,), "na")
    signature = rig.signer.sign_l1(action, nonce + 1, is_mainnet=False, vault=None)
    sent(rig, signed_request(action, nonce + 1, signature, vault=None))


def sent(rig: VenueRig, body: bytes) -> None:
    answered: list[tuple[int, bytes]] = []
    rig.served.http("/exchange", body, ip=OUTSIDE, answer=lambda *said: answered.append(said))
    rig.run_s(1)
    assert b'"status":"ok"' in answered[0][1], answered


def test_where_the_trader_obeys_one_look_is_enough() -> None:
    """The trader pays for it: both share a weight."""
    rig = VenueRig()
    approve(rig)
    post = Post(rig, rig.disk)
    looks = [0]

    def observe(road: str, message: bytes) -> None:
        looks[0] += b"frontendOpenOrders" in message

    rig.network.observe = observe
    switch = Switch(scope=EVERYTHING, strength=Strength.CANCEL, reason="a test", thrown_ms=1)
    rig.run_s(1)
    sequence = post.switches.throw(switch, rig.clock.now_ms()).sequence
    for number in range(100):
        beat = Beat(pid=2, number=number, state="trading", obeyed=sequence)
        post.beats.trader = encode_beat(beat)
        rig.run_s(0.1)
    assert looks == [1]
    assert post.beats.obeyed == sequence
