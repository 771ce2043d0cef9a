"""May an order leave, on a coin that several strategies trade?

Asked of every order and replace just before it is sent, where the coin is shared; where one
strategy is alone nothing is asked. Two things can stand against it:

    it would trade with another strategy's order     an order that only reduces goes, and what is in
                                                     its way is cancelled before it; any other is
                                                     refused, and its strategy told (`own_cross`)
    another strategy's exit rests on its side as     it waits until that exit is an ordinary order
    reduce-only at the venue, and is thrown out if   there, held to its strategy's position by the
    this order leaves the account no net to reduce   desk (`shared_exit`)
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Final

from hive.domain.identifiers import Cloid, Oid
from hive.domain.instruments import NOTIONAL_USD_MIN
from hive.domain.market import Side
from hive.execution.books.account_books import AccountBooks
from hive.execution.intake.order_taking import OrderTaking
from hive.execution.orders.order_life import OrderLife
from hive.execution.sending.own_crosses import OwnCrosses

WAITS_FOR_EXIT: Final = "shared_exit: another strategy's exit on this coin is being made ready"
MADE_WAY: Final = "own_cross: it stood in the way of an exit of another strategy"


class Departure(Enum):
    """What becomes of an order that is about to leave."""

    GO = "go"
    WAIT = "wait"
    """Put it back in its lane; ask again soon."""
    ENDED = "ended"
    """Its strategy has been told that it does not go."""


GO: Final = Departure.GO


class Exit:
    """A live order that only reduces, and whether the venue holds it to that."""

    __slots__ = ("freed_from", "is_venues", "life")

    def __init__(self, life: OrderLife, *, is_venues: bool) -> None:
        self.life = life
        self.is_venues = is_venues
        self.freed_from: Oid | None = None
        """The leg that a replace without that rule was sent for."""

    @property
    def is_held(self) -> bool:
        """Whether the venue may throw it out. What is small may be nothing else there."""
        life, leg = self.life, self.life.current
        is_freed = self.freed_from is not None and leg is not None and leg.oid != self.freed_from
        rest_usd = (life.size - life.filled) * life.limit_px
        return self.is_venues and not is_freed and rest_usd >= NOTIONAL_USD_MIN


class Departures:
    """Judges what leaves, and does what must be done first."""

    def __init__(self, books: AccountBooks, taking: OrderTaking) -> None:
        self._books = books
        self._taking = taking
        self._crosses = OwnCrosses(books.dispatch.lives)
        self._exits: dict[str, dict[Cloid, Exit]] = {}
        self._waiting: dict[Cloid, str] = {}
        self._has_cleared = False
        self.crossed = 0
        """Orders refused, and orders cancelled, because two would have met."""
        self.look_again()

    def look_again(self) -> None:
        """Take up exits that this process has not sent: the venue may hold them to reducing."""
        for life in self._books.dispatch.lives():
            exits = self._exits.setdefault(life.intent.coin, {})
            if life.is_sent and life.intent.reduce_only and life.cloid not in exits:
                exits[life.cloid] = Exit(life, is_venues=True)

    @property
    def shared(self) -> set[str]:
        """Coins for which `judge` must be asked."""
        return self._books.exposure.shared

    def judge(self, life: OrderLife, now_ms: int) -> Departure:
        """What becomes of an order, or of the replace of one, that is about to leave."""
        px = life.limit_px
        if life.is_sent:
            size, px, _ = life.wanted or (life.size, px, None)
            if size <= life.size and px == life.limit_px:
                return GO  # it is only made smaller
        if self._exits.get(life.intent.coin) and self._must_wait(life, now_ms):
            self._waiting[life.cloid] = WAITS_FOR_EXIT
            return Departure.WAIT
        if self._waiting:
            self._waiting.pop(life.cloid, None)
        if self._crosses.lets_pass(life, px):
            return GO
        met = self._crosses.in_the_way(life, px)
        if met and not life.intent.reduce_only:
            self.crossed += 1
            self._refuse(life, met[0], now_ms)
            return Departure.ENDED
        for other in met:
            self._clear(other)
        self._crosses.leaves(life, px)
        return GO

    def must_free_first(self, pair: Collection[OrderLife], now_ms: int) -> bool:
        """Whether orders to be crossed inside must wait for exits of their strategies.

        What one opens there the venue does not see, so the strategy's exits must not depend on it.
        """
        must_wait = False
        for life in pair:
            for exit_ in self._held_exits(life.intent.coin, life.intent.side.opposite):
                if exit_.strategy == life.strategy:
                    must_wait = True
                    self._taking.send_anew(exit_, now_ms)
        if must_wait:
            self._waiting.update((life.cloid, WAITS_FOR_EXIT) for life in pair)
        return must_wait

    def turn_over(self) -> bool:
        """Everything that was judged is about to be sent; whether some of it was cleared away."""
        self._crosses.turn_over()
        has_cleared, self._has_cleared = self._has_cleared, False
        return has_cleared

    def why_waiting(self, cloid: Cloid) -> str | None:
        """Why an order that waits was not let go. Forgets it."""
        return self._waiting.pop(cloid, None)

    # --- exits that the venue holds to reducing -------------------------------------------------

    def sends(self, life: OrderLife, *, reduce_only: bool) -> None:
        """An exit, or a replace of it, leaves under that rule of the venue's, or without it."""
        exits = self._exits[life.intent.coin] = _live(self._exits.get(life.intent.coin, {}))
        known = exits.get(life.cloid)
        if known is None or reduce_only:
            exits[life.cloid] = Exit(life, is_venues=reduce_only)
        elif known.is_venues and life.current is not None:
            known.freed_from = life.current.oid

    def _must_wait(self, life: OrderLife, now_ms: int) -> bool:
        """Whether exits of others must first be freed from the venue's rule; has that done."""
        must_wait = False
        for exit_ in self._held_exits(life.intent.coin, life.intent.side):
            if exit_.strategy != life.strategy:
                must_wait = True
                self._taking.send_anew(exit_, now_ms)
        return must_wait

    def _held_exits(self, coin: str, side: Side) -> list[OrderLife]:
        """Exits on that side that the venue may throw out."""
        exits = self._exits.get(coin)
        if not exits:
            return []
        exits = self._exits[coin] = _live(exits)
        held = [each.life for each in exits.values() if each.is_held]
        return [life for life in held if life.intent.side is side]

    # --- orders that would meet -----------------------------------------------------------------

    def _clear(self, other: OrderLife) -> None:
        if not other.cancel_asked:
            self.crossed += 1
            self._has_cleared = True
            self._books.explain(other.cloid, MADE_WAY)
            self._taking.ask_cancel(other)

    def _refuse(self, life: OrderLife, other: OrderLife, now_ms: int) -> None:
        side, coin = other.intent.side.name.lower(), other.intent.coin
        reason = f"own_cross: another strategy's {side} of {coin} is in the way at {other.limit_px}"
        if life.is_sent:
            self._taking.drop_replace(life, reason, now_ms)
        else:
            self._taking.refuse(life, reason)


def _live(exits: dict[Cloid, Exit]) -> dict[Cloid, Exit]:
    return {cloid: each for cloid, each in exits.items() if each.life.is_live}
