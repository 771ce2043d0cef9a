"""Passes news on to those whose orders they are about."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from hive.domain.identifiers import StrategyId
from hive.domain.leverage import LeverageEvent
from hive.domain.orders import Fill, OrderEvent
from hive.domain.twaps import TwapEvent
from hive.execution.books.account_books import News
from hive.execution.ports import DeskListener

NEWS_PER_TURN_MAX: Final = 200
"""Bytes leave when a turn ends, not after thousands of refusals have been told to one strategy."""


def a_turns_worth(news: deque[News]) -> Iterator[News]:
    """Take out what is told in one turn, what comes up meanwhile included."""
    left = NEWS_PER_TURN_MAX
    while news and left:
        left -= 1
        yield news.popleft()


class Teller:
    """The listeners of one desk. One that raises keeps no news from the others."""

    def __init__(self, on_alarm: Callable[[str], None]) -> None:
        self._listeners: dict[StrategyId, DeskListener] = {}
        self._on_alarm = on_alarm
        self.errors = 0

    def add(self, strategy: StrategyId, listener: DeskListener) -> None:
        self._listeners[strategy] = listener

    def tell(self, news: News) -> None:
        """Call the listener; news of a strategy that does not run (any more) goes to nobody."""
        strategy = news.order.strategy if isinstance(news, OrderEvent) else _owner_of(news)
        listener = self._listeners.get(strategy)
        if listener is None:
            return
        try:
            if isinstance(news, OrderEvent):
                listener.on_order(news)
            elif isinstance(news, TwapEvent):
                listener.on_twap(news)
            elif isinstance(news, LeverageEvent):
                listener.on_leverage(news)
            else:
                listener.on_fill(news[1])
        except Exception as error:  # noqa: BLE001 (one strategy's listener must not stop the desk)
            self.errors += 1
            self._on_alarm(f"the listener of {strategy} raised {error!r}")


def _owner_of(news: TwapEvent | LeverageEvent | tuple[StrategyId, Fill]) -> StrategyId:
    match news:
        case TwapEvent():
            return news.twap.strategy
        case LeverageEvent():
            return news.strategy
    return news[0]
