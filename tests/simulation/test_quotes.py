"""Quotes at the local venue, where fills come in between and answers are lost.

Counted by the venue's books: never more open on a side than was wanted, and in the end just that.
What fills while its replace is on its way is not seen in that: the venue's replace names the whole
new size (protocol.md 2.7), and `order_life` trims what then is too much.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Final

import pytest
from tests.unit.execution.venue_rig import VenueRig

from hive.domain.market import Side
from hive.simulation.network import Weather

PX: Final = 80_000
CAP: Final = Decimal("0.012")
"""Coins that are ever wanted on a side."""
LEVELS_MAX: Final = 4
ROUGH: Final = Weather(
    latency_ms_max=60.0,
    spike_chance=0.02,
    spike_ms_max=900.0,
    cut_chance=0.002,
)
SETTLE_S: Final = 45
WORDS: Final = {Side.BUY: "B", Side.SELL: "A"}

Wanted = list[tuple[Decimal, Decimal]]


class QuotingWorld:
    """A rig whose only strategy quotes at random around a market that wanders into its quotes."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.rig = VenueRig(px=PX, seed=seed)
        self.wanted: dict[Side, Wanted] = {side: [] for side in Side}

    def draw(self, side: Side, distance: int) -> Wanted:
        """Orders of at most `CAP` together, so far from the market or behind."""
        sizes = [self.chance.randint(2, 12) for _ in range(self.chance.randint(0, LEVELS_MAX))]
        lots = int(CAP * 1000)
        while sum(sizes) > lots:
            sizes.pop()
        best = self.rig.markets.quote_px(side) - side.sign * distance
        steps = [self.chance.randint(0, 5) for _ in sizes]
        return [
            (best - side.sign * 10 * step, Decimal(size) / 1000)
            for step, size in zip(steps, sizes, strict=True)
        ]

    def say(self, distance: int = 0) -> None:
        """Quote anew, or sometimes say the same again."""
        for side in Side:
            if self.chance.random() < 0.8:
                self.wanted[side] = self.draw(side, distance)
        self.repeat()

    def repeat(self) -> None:
        ctx = self.rig.ctx()
        bids, asks = self.wanted[Side.BUY], self.wanted[Side.SELL]
        self.rig.do(lambda: ctx.quote("BTC", bids=bids, asks=asks, min_resize_pct=0.0), for_s=0)

    def pass_s(self, seconds: float) -> None:
        """Let time pass in small steps, and look at the venue's books after each."""
        for _ in range(int(seconds * 20)):
            self.rig.run_s(0.05)
            for side in Side:
                assert sum(size for _, size in self.book(side)) <= CAP

    def book(self, side: Side) -> Wanted:
        rows = self.rig.truth.open_orders
        return [(row.px, row.open_size) for row in rows if row.side == WORDS[side]]

    def disturb(self) -> None:
        """The market moves, perhaps through the quotes, and takes some or all of them."""
        markets = self.rig.markets
        markets.depth = Decimal(self.chance.randint(1, 20)) / 1000
        markets.px += self.chance.choice((-60, -20, -20, 20, 20, 60))

    def lose_something(self) -> None:
        """The next action, or its answer, gets lost."""
        fault = {"type": self.chance.choice(("dropRequest", "dropResponse"))}
        reply = self.rig.venue.oracle(fault, now_ms=self.rig.served.now_ms)
        assert reply.status == 200

    def play(self, calls: int, *, losses: float = 0.0) -> None:
        for _ in range(calls):
            if self.chance.random() < losses:
                self.lose_something()
            self.say()
            if self.chance.random() < 0.5:
                self.disturb()
            self.pass_s(self.chance.choice((0.05, 0.3, 1.0, 2.5)))

    def settle(self) -> None:
        """Calm weather, one more set out of the market's way, said until it stands."""
        self.rig.network.weather = Weather()
        self.pass_s(SETTLE_S)
        self.say(distance=40)
        self.pass_s(2)
        self.repeat()
        self.pass_s(SETTLE_S)
        for side in Side:
            assert sorted(self.book(side)) == sorted(self.wanted[side])
        sent = len(self.rig.actions)
        self.repeat()
        self.pass_s(1)
        assert len(self.rig.actions) == sent


def test_quotes_settle_to_what_was_said_last() -> None:
    world = QuotingWorld(1)
    world.play(40)
    world.settle()
    assert world.rig.truth.fills


def test_quotes_settle_though_requests_and_answers_are_lost() -> None:
    world = QuotingWorld(2)
    world.rig.network.weather = ROUGH
    world.play(30, losses=0.2)
    world.settle()


@pytest.mark.full
@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_weather_quotes_settle_to_what_was_said_last(seed: int) -> None:
    world = QuotingWorld(seed)
    world.rig.network.weather = ROUGH
    world.play(120, losses=0.1)
    world.settle()
