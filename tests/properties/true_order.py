"""The truth about one order at the venue, and the words about it that are still on their way.

Deeds are done to the order in a certain sequence, and for each the venue says what the real one
says, on three roads (answers, statuses, fills). A word comes after its deed, and else whenever a
test likes. What was told on the way and what is believed at the end is held against the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from tests.unit.execution.dispatch_bench import DispatchBench

from hive.domain.orders import OrderEvent, OrderNews, OrderPhase
from hive.execution.orders.dispatched import Dispatched, Wish
from hive.execution.orders.legs import Replacement

Word = Callable[[], Dispatched]
FIRST_OID: Final = 101
ZERO: Final = Decimal(0)
LOT: Final = Decimal("0.1")
AGE_BY_PHASE: Final = {phase: age for age, phase in enumerate(OrderPhase)}
NO_MODIFY: Final = "Cannot modify canceled or filled order."


class TrueOrder:
    """One order of size 1."""

    def __init__(self, *, is_answered: bool = True, is_known: bool = False) -> None:
        """`is_answered`: an answer to its placing comes; `is_known`: its first words have come."""
        self.bench = DispatchBench()
        self.words: list[Word] = []
        self.said = 0
        self._numbers: list[int] = []
        self.counts = dict.fromkeys(OrderNews, 0)
        self._last: OrderEvent | None = None
        self.oid = FIRST_OID - 1
        self.target = self.leg_size = Decimal(1)
        self.leg_filled = ZERO
        self.filled = ZERO
        self.is_over = False
        self.trades = 0
        self.trims = 0
        self.raced = ZERO
        """Fills of old legs that had not been told when the replace was asked for."""
        self.asked: Replacement | None = None
        self.is_killing = False
        self._open_leg()
        oid = self.oid
        self._say((lambda: self.bench.acked(oid)) if is_answered else self.bench.unanswered)
        while is_known and self.words:
            self.deliver(0)

    # --- deeds of ours --------------------------------------------------------------------------

    @property
    def may_ask(self) -> bool:
        life = self.bench.life
        is_free = life.phase is OrderPhase.RESTING and life.replacement is None
        return is_free and not life.cancel_asked and life.filled < life.size

    def ask_replace(self, px: str, more: Decimal = ZERO) -> None:
        """Ask for a replace, with so much more in total."""
        life = self.bench.life
        size = life.size + more
        self.asked = self.bench.replace(str(size if size > life.filled else life.size), px)

    @property
    def may_kill(self) -> bool:
        return self.bench.life.phase is OrderPhase.RESTING

    def ask_cancel(self) -> None:
        self.bench.life.cancel_asked = self.bench.life.cancel_sent = True
        self.is_killing = True

    # --- deeds of the venue's -------------------------------------------------------------------

    def fill(self, size: Decimal | None = None) -> None:
        """Fill so much, or all that is left."""
        left = self.leg_size - self.leg_filled
        size = left if size is None else min(size, left)
        self.leg_filled += size
        self.filled += size
        self.trades += 1
        oid, trade, text, leg = self.oid, self.trades, str(size), str(self.leg_size)
        self._say(lambda: self.bench.fill(oid, text, trade=trade))
        if self.leg_filled == self.leg_size:
            self.is_over = True
            self._say(lambda: self.bench.report(oid, "filled", size=leg))

    def cancel(self) -> None:
        """The venue's own."""
        self.is_over = True
        self._end_leg()

    def take_cancel(self, *, is_answered: bool = True) -> None:
        self.is_killing = False
        was_over = self.is_over
        if not was_over:
            self.cancel()
        if not is_answered:
            self._say(self._cancel_unanswered)
        else:
            self._say(self.bench.cancel_rejected if was_over else self.bench.canceled)

    def take_replace(self, *, is_answered: bool = True, is_open_told: bool = True) -> None:
        which, self.asked = self.asked, None
        assert which is not None
        if self.is_over:
            self._say(lambda: self.bench.replace_rejected(which, NO_MODIFY))
            return
        self._end_leg()
        self.raced += max(ZERO, which.sent_size - (which.size - self.filled))
        self.target = which.size
        self.leg_size, self.leg_filled = which.sent_size, ZERO
        self._open_leg(is_told=is_open_told)
        oid = self.oid
        if is_answered:
            self._say(lambda: self.bench.replaced(which, oid))

    def repeat(self) -> None:
        """Say the latest again."""
        self._say(self.words[-1])

    def _say(self, word: Word) -> None:
        self.words.append(word)
        self.said += 1
        self._numbers.append(self.said)

    def _open_leg(self, *, is_told: bool = True) -> None:
        self.oid += 1
        oid, size = self.oid, str(self.leg_size)
        if is_told:
            self._say(lambda: self.bench.open(oid, size=size))

    def _end_leg(self) -> None:
        oid, size = self.oid, str(self.leg_size)
        rest = str(self.leg_size - self.leg_filled)
        self._say(lambda: self.bench.report(oid, "canceled", size=size, open_size=rest))

    def _cancel_unanswered(self) -> Dispatched:
        out = Dispatched()
        self.bench.life.cancel_unanswered(out)
        return self.bench.told(out)

    # --- what arrives ---------------------------------------------------------------------------

    def deliver(self, at: int) -> None:
        """Let one of the words arrive."""
        del self._numbers[at]
        out = self.words.pop(at)()
        for event in out.events:
            self._hear(event)
        if any(wish is Wish.TRIM for _, wish in out.wishes):
            self.trims += 1
            assert self.raced > 0, "nothing raced, and yet it is to be trimmed"

    def _hear(self, event: OrderEvent) -> None:
        """One acceptance, before everything but the doubt; no way back, and one end."""
        counts, news = self.counts, event.news
        counts[news] += 1
        if self._last is None:
            assert news in (OrderNews.ACCEPTED, OrderNews.UNCONFIRMED)
        else:
            assert AGE_BY_PHASE[event.order.phase] >= AGE_BY_PHASE[self._last.order.phase]
            assert event.order.filled_size >= self._last.order.filled_size
        if news is not OrderNews.UNCONFIRMED:
            assert counts[OrderNews.ACCEPTED] == 1
        self._last = event

    def state(self) -> tuple[object, ...]:
        """All that what follows depends on, and all that is counted."""
        life = self.bench.life
        current = life.current
        return (
            (life.phase, life.size, life.limit_px, life.filled, life.counted),
            (life.cancel_asked, life.cancel_sent, self.asked, self.is_killing),
            life.replacement,
            None if current is None else current.oid,
            tuple([(leg.oid, leg.size, leg.filled, leg.is_over, leg.is_cut) for leg in life.legs]),
            tuple(self._numbers),
            (self.oid, self.leg_size, self.leg_filled, self.is_over, self.raced, bool(self.trims)),
            tuple(self.counts.values()),
        )

    # --- what must be so when all has arrived -----------------------------------------------------

    def check(self) -> None:
        assert self.counts[OrderNews.ACCEPTED] == 1
        # The end may come without a fill of its own: then it is told once more, as FILLED.
        assert 0 <= self.counts[OrderNews.FILLED] - self.trades <= 1
        assert self.counts[OrderNews.CANCELED] <= 1
        life, current = self.bench.life, self.bench.life.current
        assert life.filled == self.filled
        assert life.replacement is None
        assert (life.phase is OrderPhase.DONE) == self.is_over
        assert self.bench.dispatch.has_ended(life.cloid) == self.is_over
        assert sum(leg.filled for leg in life.legs) == self.filled
        if not self.is_over:
            assert current is not None
            assert (current.oid, current.size) == (self.oid, self.leg_size)
            assert current.filled == self.leg_filled
            assert life.size == self.target
            is_too_large = self.leg_size - self.leg_filled > life.size - life.filled
            assert is_too_large <= bool(self.trims)
        open_size = self.bench.exposure.open_sizes(life.strategy, "BTC").on(life.intent.side)
        assert open_size == life.open_at_most
        assert open_size == 0 or not self.is_over
