"""Four strengths on three scopes, over the real venue: what each leaves there, by its own books.

Two strategies hold a position each, behind a stop, and have a bid in the book.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest
from tests.unit.execution.venue_rig import START_MS, VenueRig

from hive.domain.identifiers import Address, Cloid, StrategyId
from hive.domain.orders import TimeInForce
from hive.domain.switches import EVERYTHING, Reach, Scope, Strength, Switch
from hive.storage.switch_file import SwitchFile

HELD: Final = {"alice": Decimal("0.02"), "bob": Decimal("0.03")}
BID_PX: Final = Decimal(50_000)
STOP_PX: Final = Decimal(60_000)
SIZE: Final = Decimal("0.01")
ELSEWHERE: Final = Address("0x" + "77".rjust(40, "e"))
SCOPES: Final = (Reach.STRATEGY, Reach.ACCOUNT, Reach.EVERYTHING)
STRENGTHS: Final = (Strength.PAUSE, Strength.CANCEL, Strength.FLATTEN, Strength.HALT)


class Street:
    """Alice and Bob at the venue, and switches as people throw them: in a file."""

    def __init__(self) -> None:
        self.rig = VenueRig(*HELD)
        self.bids: dict[str, Cloid] = {}
        self.stops: dict[str, Cloid] = {}
        for name, size in HELD.items():
            self.stops[name] = self._protected(name, size)
            self.bids[name] = self.bid(name)
        assert self.rig.venue_size() == sum(HELD.values())
        assert len(self.rig.open_cloids()) == 4

    def _protected(self, name: str, size: Decimal) -> Cloid:
        ctx = self.rig.ctx(name)
        self.rig.do(lambda: ctx.buy("BTC", size, 81_000, tif=TimeInForce.IOC))
        stop: Cloid = self.rig.do(lambda: ctx.protect("BTC", stop_px=STOP_PX)).stop
        return stop

    def scope(self, reach: Reach) -> Scope:
        names = {Reach.STRATEGY: "alice", Reach.ACCOUNT: self.rig.signer.address}
        return Scope(reach, names.get(reach, ""))

    def bid(self, name: str) -> Cloid:
        ctx = self.rig.ctx(name)
        cloid: Cloid = self.rig.do(lambda: ctx.buy("BTC", SIZE, BID_PX, tif=TimeInForce.GTC))
        return cloid

    def reduce(self, name: str) -> Cloid:
        """Ask for a way out that rests above the market."""
        ctx = self.rig.ctx(name)
        cloid: Cloid = self.rig.do(lambda: ctx.sell("BTC", SIZE, 90_000, reduce_only=True))
        return cloid

    def throw(self, strength: Strength, scope: Scope) -> None:
        switch = Switch(scope=scope, strength=strength, reason="a test", thrown_ms=START_MS)
        self._file().throw(switch, START_MS)
        self.rig.do(self.rig.runtime.switches.look, for_s=5)

    def lift(self) -> None:
        self._file().lift(None, START_MS)
        self.rig.do(self.rig.runtime.switches.look)

    def restart(self) -> None:
        self.rig.die()
        self.rig.boot()
        self.rig.runtime.switches.open()

    def is_open(self, cloid: Cloid) -> bool:
        return cloid in self.rig.open_cloids()

    def _file(self) -> SwitchFile:
        return SwitchFile(self.rig.disk.mount(self.rig.loop))


@pytest.mark.parametrize("reach", SCOPES)
@pytest.mark.parametrize("strength", STRENGTHS)
def test_what_a_switch_leaves_at_the_venue(strength: Strength, reach: Reach) -> None:
    street = Street()
    stopped = ("alice",) if reach is Reach.STRATEGY else tuple(HELD)
    is_cancelling, is_closing = strength >= Strength.CANCEL, strength >= Strength.FLATTEN
    street.throw(strength, street.scope(reach))
    left = sum(size for name, size in HELD.items() if name not in stopped or not is_closing)
    assert street.rig.venue_size() == left
    for name in HELD:
        is_stopped = name in stopped
        assert street.is_open(street.bids[name]) == (not (is_stopped and is_cancelling))
        assert street.is_open(street.stops[name]) == (not (is_stopped and is_closing))
        assert street.is_open(street.bid(name)) == (not is_stopped)
        assert street.is_open(street.reduce(name)) == (not (is_stopped and is_closing))
        held = Decimal(0) if is_stopped and is_closing else HELD[name]
        assert street.rig.size(name) == held, "and each knows what it has left"


@pytest.mark.parametrize("strength", [Strength.PAUSE, Strength.HALT])
def test_a_switch_outlives_the_process_until_a_person_lifts_it(strength: Strength) -> None:
    street = Street()
    street.throw(strength, EVERYTHING)
    street.restart()
    refused = street.bid("alice")
    assert not street.is_open(refused)
    assert street.rig.reason(refused).startswith(f"kill_switch: all: {strength.word} (a test)")
    street.lift()
    assert street.is_open(street.bid("alice"))


def test_a_switch_on_another_account_stops_nobody_here() -> None:
    street = Street()
    street.throw(Strength.HALT, Scope(Reach.ACCOUNT, ELSEWHERE))
    assert len(street.rig.open_cloids()) == 4
    assert street.is_open(street.bid("alice"))


def test_one_on_a_coin_closes_it_for_everybody() -> None:
    street = Street()
    street.throw(Strength.FLATTEN, Scope(Reach.COIN, "BTC"))
    assert street.rig.venue_size() == 0
    assert street.rig.open_cloids() == []


def test_flattening_one_of_two_opposed_strategies_leaves_the_other_as_it_was() -> None:
    street = Street()
    rig = street.rig
    ctx = rig.ctx("bob")
    rig.do(lambda: ctx.sell("BTC", 2 * HELD["bob"], 79_000, tif=TimeInForce.IOC))
    assert rig.size("bob") == -HELD["bob"]
    street.throw(Strength.FLATTEN, street.scope(Reach.STRATEGY))
    assert [rig.size(name) for name in HELD] == [Decimal(0), -HELD["bob"]]
    assert rig.venue_size() == -HELD["bob"]


@pytest.mark.parametrize("has_order", [False, True])
def test_what_a_strategy_holds_that_is_run_no_more_is_closed_in_its_name(has_order: bool) -> None:
    rig = VenueRig("alice", "bob")
    ctx = rig.ctx("alice")
    rig.do(lambda: ctx.buy("BTC", HELD["alice"], 81_000, tif=TimeInForce.IOC))
    if has_order:
        rig.do(lambda: ctx.buy("BTC", SIZE, BID_PX, tif=TimeInForce.GTC))
    rig.die()
    rig.without("alice")
    rig.boot()
    assert rig.venue_size() == HELD["alice"]
    scope = Scope(Reach.STRATEGY, "alice")
    switch = Switch(scope=scope, strength=Strength.FLATTEN, reason="a test", thrown_ms=START_MS)
    (account,) = rig.runtime.accounts
    rig.do(lambda: account.desk.risk.throw(switch), for_s=5)
    assert rig.venue_size() == 0
    assert rig.open_cloids() == []
    assert account.desk.position(StrategyId("alice"), "BTC").size == 0
