"""A guardian beside a trader that is dead, at the local venue: what it does, and what it says."""

from __future__ import annotations

from tests.unit.execution.venue_rig import START_MS, VenueRig

from hive.domain.market import Side
from hive.domain.switches import EVERYTHING, Reach, Scope, Strength, Switch
from hive.guardian.beats import Beat
from hive.guardian.guard import Guard
from hive.guardian.venue_hand import VenueHand, Ward
from hive.guardian.vigil import Vigil, VigilSettings
from hive.hyperliquid.signing import NonceSequence, Signer, signed_request
from hive.hyperliquid.user_actions import SIGNATURE_CHAIN_ID, ApproveAgentAction, chain_name
from hive.simulation.disk import MemoryDisk
from hive.simulation.virtual_time import NS_PER_MS, ProcessLoop
from hive.storage.switch_file import SwitchFile

KEY = Signer("6a" * 32)


class Beats:
    """Behind `BeatFiles`: what a test says of the trader; of ours, how far the last obeyed."""

    def __init__(self) -> None:
        self.trader: bytes | None = None
        self.obeyed = 0

    def read_trader(self) -> bytes | None:
        return self.trader

    def write_guardian(self, beat: Beat) -> None:
        self.obeyed = beat.obeyed


class Post:
    """A guardian of the rig's account, in a process of its own."""

    def __init__(self, rig: VenueRig, disk: MemoryDisk) -> None:
        self.rig = rig
        self.loop = ProcessLoop(rig.kernel, "guardian")
        self.said: list[str] = []
        self.beats = Beats()
        mount = disk.mount(self.loop)
        net = rig.network.of_process(self.loop, ip="192.0.2.7")
        ward = Ward(signer=KEY)
        hand = VenueHand(net, rig.clock, "http://venue", ward, NonceSequence())
        vigil = Vigil(VigilSettings(), rig.clock.monotonic_ns() // NS_PER_MS)
        self.switches = SwitchFile(mount)
        self.guard = Guard(
            vigil,
            [hand],
            mount,
            self.beats,
            rig.clock,
            pid=1,
            say=lambda kind, text: self.said.append(f"{kind} {text}"),
        )
        self.is_over = False

        async def stand() -> None:
            await hand.meet()
            await self.guard.run(lambda: self.is_over)

        self.loop.start(stand())

    def throw(self, scope: Scope) -> int:
        switch = Switch(scope=scope, strength=Strength.CANCEL, reason="a test", thrown_ms=START_MS)
        sequence = self.switches.throw(switch, self.rig.clock.now_ms()).sequence
        self.rig.run_s(3)
        return sequence


def approve(rig: VenueRig) -> None:
    nonce = START_MS + 1
    action = ApproveAgentAction(
        signature_chain_id=SIGNATURE_CHAIN_ID,
        hyperliquid_chain=chain_name(is_mainnet=False),
        agent_address=KEY.address,
        agent_name="guardian",
        nonce=nonce,
    )
    body = signed_request(action, nonce, rig.signer.sign_user_action(action))
    rig.served.http("/exchange", body, ip="192.0.2.9", answer=lambda status, reply: None)
    rig.run_s(1)


def left_behind() -> VenueRig:
    """A trader is dead; an order rests, and a TWAP goes on."""
    rig = VenueRig()
    rig.do(lambda: rig.ctx().buy("BTC", 0.01, 70_000.0))
    rig.do(lambda: rig.ctx().twap("BTC", Side.BUY, 1.0, 30))
    rig.run_s(2)
    rig.die()
    approve(rig)
    return rig


def test_twaps_end_with_the_orders() -> None:
    rig = left_behind()
    post = Post(rig, rig.disk)
    sequence = post.throw(EVERYTHING)
    assert rig.truth.open_orders == ()
    assert post.beats.obeyed == sequence
    held = rig.venue_size()
    rig.run_s(120)
    assert rig.venue_size() == held, "no slice came any more"


def test_of_another_coin_they_go_on() -> None:
    rig = left_behind()
    held = rig.venue_size()
    Post(rig, rig.disk).throw(Scope(Reach.COIN, "ETH"))
    rig.run_s(120)
    assert rig.venue_size() > held
    assert len(rig.truth.open_orders) == 1


def test_on_a_second_host_a_strategy_cannot_be_told_apart_and_nobody_says_it_was_stopped() -> None:
    rig = left_behind()
    here, there = Post(rig, rig.disk), MemoryDisk(lambda: 0.5)
    here.is_over = True
    rig.run_s(1)
    post = Post(rig, there)
    scope = Scope(Reach.STRATEGY, "alice")
    post.throw(scope)
    assert len(rig.truth.open_orders) == 1
    assert post.beats.obeyed == 0
    assert any("strategy:alice: this machine does not know" in text for text in post.said)


def test_beside_the_trader_s_folder_a_strategy_is_stopped_alone() -> None:
    rig = left_behind()
    post = Post(rig, rig.disk)
    sequence = post.throw(Scope(Reach.STRATEGY, "alice"))
    assert rig.truth.open_orders == ()
    assert post.beats.obeyed == sequence
