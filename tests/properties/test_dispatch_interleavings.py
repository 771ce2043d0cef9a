"""Whatever order the venue's words about an order arrive in, the end is the same.

A small venue keeps the truth of one order: it fills, replaces and cancels it, and for each deed
says what the real one says, on three roads (answers, statuses, fills). The words are delivered in
any order across roads and within them, some of them twice.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.execution.dispatch_bench import V1, V2, DispatchBench

from hive.domain.orders import OrderEvent, OrderNews, OrderPhase
from hive.execution.dispatched import Dispatched

Word = Callable[[], Dispatched]
LOT = Decimal("0.1")


class TrueOrder:
    """One order at the venue, and the words about it that are still on their way."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.bench = DispatchBench()
        self.oid = 100
        self.leg_size = Decimal(1)
        self.leg_filled = Decimal(0)
        self.filled = Decimal(0)
        self.is_over = False
        self.trades = 0
        self.words: list[Word] = []
        self.events: list[OrderEvent] = []
        self._rest()
        oid = self.oid
        self.words.append(lambda: self.bench.acked(oid))

    def _rest(self) -> None:
        self.oid += 1
        oid, size = self.oid, str(self.leg_size)
        self.words.append(lambda: self.bench.open(oid, size=size))

    # --- deeds ---

    def fill(self) -> None:
        lots = self.chance.randint(1, 5)
        size = min(lots * LOT, self.leg_size - self.leg_filled)
        self.leg_filled += size
        self.filled += size
        self.trades += 1
        oid, trade, text, leg = self.oid, self.trades, str(size), str(self.leg_size)
        self.words.append(lambda: self.bench.fill(oid, text, trade=trade))
        if self.leg_filled == self.leg_size:
            self.is_over = True
            self.words.append(lambda: self.bench.report(oid, "filled", size=leg))

    def cancel(self) -> None:
        self.is_over = True
        self._end_leg()

    def _end_leg(self) -> None:
        oid, size = self.oid, str(self.leg_size)
        rest = str(self.leg_size - self.leg_filled)
        self.words.append(lambda: self.bench.report(oid, "canceled", size=size, open_size=rest))

    def replace(self) -> None:
        """Ours asks; the venue has its own idea of what has filled by now."""
        target = self.bench.life.size
        which = self.bench.replace(str(target), str(self.chance.randint(101, 120)))
        if self.is_over:
            text = "Cannot modify canceled or filled order."
            self.words.append(lambda: self.bench.replace_rejected(which, text))
            return
        self._end_leg()
        self.leg_size, self.leg_filled = which.sent_size, Decimal(0)
        self._rest()
        oid = self.oid
        self.words.append(lambda: self.bench.replaced(which, oid))

    # --- what arrives ---

    def may_replace(self) -> bool:
        life = self.bench.life
        is_free = life.phase is OrderPhase.RESTING and life.replacement is None
        return is_free and life.filled < life.size

    def deliver(self) -> None:
        word = self.words.pop(self.chance.randrange(len(self.words)))
        self.events += word().events
        if self.chance.random() < 0.1:
            self.events += word().events  # a repeat

    def play(self, deeds: int) -> None:
        for _ in range(deeds):
            draw = self.chance.random()
            if self.words and draw < 0.5:
                self.deliver()
            elif draw < 0.65 and self.may_replace():
                self.replace()
            elif not self.is_over and draw < 0.9:
                self.fill()
            elif not self.is_over and draw > 0.97:
                self.cancel()
        while self.words:
            self.deliver()

    # --- what must be so ---

    def check(self) -> None:
        life, told = self.bench.life, [event.news for event in self.events]
        assert life.filled == self.filled
        assert told.count(OrderNews.FILLED) >= self.trades
        assert told.count(OrderNews.ACCEPTED) == 1
        first_words = [event.news for event in self.events[:1]]
        assert first_words == [OrderNews.ACCEPTED]
        assert life.replacement is None
        assert (life.phase is OrderPhase.DONE) == self.is_over
        assert life.current is not None
        assert life.current.oid == self.oid
        if not self.is_over:
            assert life.current.size == self.leg_size
            assert life.current.filled == self.leg_filled
        assert sum(leg.filled for leg in life.legs) == self.filled
        open_size = self.bench.exposure.open_size(life.strategy, "BTC", life.intent.side)
        assert open_size == life.open_at_most


@given(seed=st.integers(0, 2**32), deeds=st.integers(3, 40))
def test_any_interleaving_ends_in_the_venues_truth(seed: int, deeds: int) -> None:
    order = TrueOrder(Random(seed))
    order.play(deeds)
    order.check()


@pytest.mark.full
def test_fifty_thousand_interleavings_end_in_the_venues_truth() -> None:
    for seed in range(50_000):
        order = TrueOrder(Random(seed))
        order.play(25)
        order.check()


def _story(bench: DispatchBench) -> dict[str, Word]:
    """A replace that an old leg's fill raced; after it the new leg fills whole."""
    which = bench.life.replacement
    assert which is not None
    return {
        "open old": lambda: bench.open(V1),
        "fill old": lambda: bench.fill(V1, "0.3", trade=1),
        "cancel old": lambda: bench.report(V1, "canceled", open_size="0.7"),
        "open new": lambda: bench.open(V2, px="101"),
        "answer": lambda: bench.replaced(which, V2),
        "fill new": lambda: bench.fill(V2, "0.4", trade=2),
    }


def test_six_words_in_every_order() -> None:
    for order in permutations(range(6)):
        bench = DispatchBench()
        bench.acked(V1)
        bench.replace()
        words = list(_story(bench).values())
        told = sorted(event.news.value for at in order for event in words[at]().events)
        assert told == ["filled", "filled", "replaced"], order
        assert bench.life.phase is OrderPhase.RESTING
        assert bench.life.filled == Decimal("0.7")
        assert bench.life.current is not None
        assert bench.life.current.oid == V2
