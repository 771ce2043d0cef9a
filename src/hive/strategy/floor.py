"""Where strategies sit, as far as their hands need it."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

from hive.strategy.ports import MarketDataPort
from hive.strategy.seat import Seat
from hive.strategy.watching import StreamKey


class Floor(Protocol):
    """What the context asks of the host."""

    @property
    def market_data(self) -> MarketDataPort: ...

    def now_ms(self) -> int: ...

    def monotonic_ms(self) -> int: ...

    def watch(self, seat: Seat, key: StreamKey, warmup: int = 0) -> None: ...

    def set_timer(
        self, seat: Seat, name: str, delay_ms: int, *, repeats: bool, aligned: bool
    ) -> None: ...

    def cancel_timer(self, seat: Seat, name: str) -> None: ...

    def spawn(self, seat: Seat, work: Coroutine[Any, Any, None], name: str) -> None: ...

    def log(self, seat: Seat, message: str, fields: dict[str, object]) -> None: ...
