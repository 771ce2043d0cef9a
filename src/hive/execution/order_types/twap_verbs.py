"""What strategies ask of a desk about TWAPs: taken up at once, sent in the turn that follows."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Side
from hive.domain.twaps import Twap, TwapIntent
from hive.execution.books.twap_books import TwapBooks
from hive.execution.order_types.twap_taking import TwapTaking
from hive.execution.sending.batching import Batch
from hive.execution.settling.answers import LoneOutcome
from hive.runtime.ports import Clock

NS_BY_MS: Final = 1_000_000


class TwapVerbs:
    """One desk's. None raises for what the market or a number does."""

    def __init__(
        self,
        books: TwapBooks,
        taking: TwapTaking,
        clock: Clock,
        issue: Callable[[StrategyId], Cloid],
        soon: Callable[[], None],
    ) -> None:
        """`issue` gives a name that nothing else has; `soon` sees to it that it is sent."""
        self._books = books
        self._taking = taking
        self._clock = clock
        self._issue = issue
        self._soon = soon

    def begin(
        self,
        strategy: StrategyId,
        coin: str,
        side: Side,
        *,
        size: Decimal,
        minutes: int,
        is_randomized: bool = False,
        reduce_only: bool = False,
    ) -> Cloid:
        """Have the venue trade so much over so many minutes.

        Raises:
            CallerError: the desk has not started, or the strategy is not registered.
        """
        intent = TwapIntent(
            strategy=strategy,
            cloid=self._issue(strategy),
            coin=coin,
            side=side,
            size=size,
            minutes=minutes,
            is_randomized=is_randomized,
            reduce_only=reduce_only,
        )
        self._taking.begin(intent, self._now_ms())
        self._soon()
        return intent.cloid

    def cancel(self, strategy: StrategyId, cloid: Cloid) -> None:
        """End a TWAP; what it traded stays."""
        self._taking.cancel(strategy, cloid)
        self._soon()

    def cancel_all(self, strategy: StrategyId | None = None, coin: str | None = None) -> None:
        """End every TWAP, of a strategy or of all, on a coin or on all."""
        if self._books:
            self._taking.cancel_all(strategy, coin)
            self._soon()

    def twap(self, cloid: Cloid) -> Twap | None:
        """The TWAP, running or lately ended."""
        life = self._books.life(cloid)
        return None if life is None else life.view()

    def open(self, strategy: StrategyId) -> list[Twap]:
        """A strategy's TWAPs that run, or may."""
        return [life.view() for life in self._books.lives(strategy)]

    def answered(self, batch: Batch, outcome: LoneOutcome, expires_ms: int) -> None:
        """What became of an action about a TWAP; `expires_ms` is of what was sent last."""
        self._taking.answered(
            batch,
            outcome,
            expires_ms=expires_ms,
            now_ms=self._now_ms(),
            wall_ms=self._clock.now_ms(),
        )

    def _now_ms(self) -> int:
        return self._clock.monotonic_ns() // NS_BY_MS
