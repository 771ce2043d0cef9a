"""May an order leave, on a coin that several strategies trade?

Asked of every order and replace just before it is sent, where the coin is shared; where one
strategy is alone nothing is asked. Two things can stand against it:

    it would trade with another strategy's order     an order that only reduces goes, and what is in
                                                     its way is cancelled before it; any other is
                                                     refused, and its strategy told (`own_cross`)
    another strategy's exit rests at the venue as    it waits until that exit is an ordinary order
    reduce-only, and would be thrown out when this   there, held to its strategy's position by the
    order turns the account's net                    desk (`shared_exit`)
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from hive.domain.identifiers import Cloid, Oid
from hive.domain.instruments import NOTIONAL_USD_MIN
from hive.execution.account_books import AccountBooks
from hive.execution.order_life import OrderLife
from hive.execution.order_taking import OrderTaking
from hive.execution.own_crosses import OwnCrosses

WAITS_FOR_EXIT: Final = "shared_exit: another strategy's exit on this coin is being made ready"
MADE_WAY: Final = "own_cross: it stood in the way of an exit of another strategy"


class Departure(Enum):
    """What becomes of an order that is about to leave."""

    GO = "go"
    WAIT = "wait"
    """Put it back in its lane; ask again soon."""
    ENDED = "ended"
    """Its strategy has been told that it does not go."""


class HeldExit:
    """A live order that the venue holds to reducing."""

    __slots__ = ("freed_from", "life")

    def __init__(self, life: OrderLife) -> None:
        self.life = life
        self.freed_from: Oid | None = None
        """The leg that a replace without that rule was sent for."""

    @property
    def is_held(self) -> bool:
        """Whether the venue may still throw it out."""
        life = self.life
        if not life.is_live:
            return False
        leg = life.current
        return self.freed_from is None or leg is None or leg.oid == self.freed_from

    @property
    def can_be_freed(self) -> bool:
        """What is small may be nothing but reduce-only at the venue."""
        life = self.life
        return (life.size - life.filled) * life.limit_px >= NOTIONAL_USD_MIN


class Departures:
    """Judges what leaves, and does what must be done first."""

    def __init__(self, books: AccountBooks, taking: OrderTaking) -> None:
        self._books = books
        self._taking = taking
        self._crosses = OwnCrosses(books.dispatch.lives)
        self._exits: dict[str, dict[Cloid, HeldExit]] = {}
        self._waiting: dict[Cloid, str] = {}
        self.crossed = 0
        """Orders refused, and orders cancelled, because two would have met."""

    @property
    def shared(self) -> set[str]:
        """Coins for which `judge` must be asked."""
        return self._books.exposure.shared

    def judge(self, life: OrderLife, now_ms: int) -> Departure:
        """What becomes of an order, or of the replace of one, that is about to leave."""
        px = life.limit_px if life.wanted is None else life.wanted[1]
        if self._must_wait(life, now_ms):
            self._waiting[life.cloid] = WAITS_FOR_EXIT
            return Departure.WAIT
        self._waiting.pop(life.cloid, None)
        met = self._crosses.in_the_way(life, px)
        if met and not life.intent.reduce_only:
            self.crossed += 1
            self._refuse(life, met[0], now_ms)
            return Departure.ENDED
        for other in met:
            self._clear(other)
        self._crosses.leaves(life, px)
        return Departure.GO

    def turn_over(self) -> None:
        """Everything that was judged has been sent, or put back."""
        self._crosses.turn_over()

    def why_waiting(self, cloid: Cloid) -> str | None:
        """Why an order that waits was not let go. Forgets it."""
        return self._waiting.pop(cloid, None)

    # --- exits that the venue holds to reducing -------------------------------------------------

    def sends(self, life: OrderLife, *, reduce_only: bool) -> None:
        """The order, or a replace of it, leaves under that rule of the venue's, or without it."""
        exits = self._exits.get(life.intent.coin)
        if reduce_only:
            exits = self._exits[life.intent.coin] = _held(exits or {})
            exits[life.cloid] = HeldExit(life)
        elif exits and life.cloid in exits and life.current is not None:
            exits[life.cloid].freed_from = life.current.oid

    def _must_wait(self, life: OrderLife, now_ms: int) -> bool:
        """Whether exits of others must first be freed from the venue's rule; has that done."""
        exits = self._exits.get(life.intent.coin)
        if not exits:
            return False
        exits = self._exits[life.intent.coin] = _held(exits)
        must_wait = False
        for each in exits.values():
            if each.life.strategy != life.strategy and each.can_be_freed:
                must_wait = True
                self._taking.send_anew(each.life, now_ms)
        return must_wait

    # --- orders that would meet -----------------------------------------------------------------

    def _clear(self, other: OrderLife) -> None:
        if not other.cancel_asked:
            self.crossed += 1
            self._books.explain(other.cloid, MADE_WAY)
            self._taking.ask_cancel(other)

    def _refuse(self, life: OrderLife, other: OrderLife, now_ms: int) -> None:
        side, coin = other.intent.side.name.lower(), other.intent.coin
        reason = f"own_cross: another strategy's {side} of {coin} is in the way at {other.limit_px}"
        if life.is_sent:
            self._taking.drop_replace(life, reason, now_ms)
        else:
            self._taking.refuse(life, reason)


def _held(exits: dict[Cloid, HeldExit]) -> dict[Cloid, HeldExit]:
    return {cloid: each for cloid, each in exits.items() if each.is_held}
