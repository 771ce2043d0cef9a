"""Closing what a kill switch says to close: again and again, until nothing is held.

A strategy's switch closes the strategy's own position. One for a coin, the account or everything
closes what the account holds at the venue, in orders of the desk, whose fills are divided among
those who held it; opposed strategies, which the venue has netted already, trade nothing then.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from hive.domain.errors import IllegalOrder
from hive.domain.identifiers import DESK, StrategyId
from hive.domain.instruments import Universe
from hive.domain.switches import Reach, Strength
from hive.execution.orders.dispatch import Dispatch
from hive.portfolio.closing import Closing, closing_of
from hive.portfolio.positions import Positions
from hive.portfolio.switchboard import Switchboard

AGAIN_MS: Final = 500
"""Between two tries at a position; longer from try to try, up to `AGAIN_MS_MAX`."""
AGAIN_MS_MAX: Final = 5_000


class Holding(NamedTuple):
    """What is to be closed: a strategy's, or for `DESK` the account's."""

    owner: StrategyId
    coin: str


class Task(NamedTuple):
    """An order to be placed now."""

    holding: Holding
    closing: Closing


class Flattening:
    """One account's. Times are monotonic milliseconds."""

    def __init__(
        self,
        positions: Positions,
        dispatch: Dispatch,
        switches: Switchboard,
        *,
        universe: Universe,
        price_of: Callable[[str], Decimal | None],
        slippage_pct: Decimal,
    ) -> None:
        self._positions = positions
        self._dispatch = dispatch
        self._switches = switches
        self._universe = universe
        self._price_of = price_of
        self._slippage_pct = slippage_pct
        self._tries: dict[Holding, tuple[int, int]] = {}
        """How often each was tried, and when it may be again."""

    def held(self) -> dict[Holding, Decimal]:
        """Everything that is to be closed, with its signed size."""
        found: dict[Holding, Decimal] = {}
        for switch in self._switches.thrown():
            if switch.strength < Strength.FLATTEN:
                continue
            scope = switch.scope
            if scope.reach is Reach.STRATEGY:
                owner = StrategyId(scope.name)
                mine = self._positions.of_owner(owner)
                found |= {Holding(owner, each.coin): each.size for each in mine if each.size}
                continue
            coins = [scope.name] if scope.reach is Reach.COIN else self._positions.coins()
            sizes = {coin: self._positions.account_size(coin) for coin in coins}
            found |= {Holding(DESK, coin): size for coin, size in sizes.items() if size}
        return found

    def due(self, now_ms: int) -> list[Task]:
        """What to place now; each is taken as placed."""
        held = self.held()
        self._tries = {holding: tries for holding, tries in self._tries.items() if holding in held}
        due: list[Task] = []
        for holding, size in held.items():
            count, again_ms = self._tries.get(holding, (0, now_ms))
            if again_ms > now_ms or self._is_busy(holding):
                continue
            closing = self._closing(holding, size)
            if closing is not None:
                self._tries[holding] = (count + 1, now_ms + min(AGAIN_MS << count, AGAIN_MS_MAX))
                due.append(Task(holding, closing))
        return due

    def unpriced(self) -> list[str]:
        """Coins to be closed whose price nobody tells."""
        return [holding.coin for holding in self.held() if self._price_of(holding.coin) is None]

    def _closing(self, holding: Holding, size: Decimal) -> Closing | None:
        mark_px = self._price_of(holding.coin)
        if mark_px is None or holding.coin not in self._universe:
            return None
        instrument = self._universe.of_coin(holding.coin)
        try:
            return closing_of(instrument, size, mark_px, self._slippage_pct)
        except IllegalOrder:
            return None

    def _is_busy(self, holding: Holding) -> bool:
        """An order of the owner on the coin is or may be open: it closes, or is cancelled."""
        return any(life.intent.coin == holding.coin for life in self._dispatch.lives(holding.owner))
