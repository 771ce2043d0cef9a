"""All that one turn of a desk sends, in this order: what goes once more, what strategies asked for,
TWAPs."""

from __future__ import annotations

from hive.execution.order_types.twap_taking import TwapTaking
from hive.execution.sending.outbound import Outbound
from hive.execution.sending.resends import Resends


class Sending:
    """Has each send, and knows when the next turn is due."""

    def __init__(self, resends: Resends, outbound: Outbound, twaps: TwapTaking) -> None:
        self._resends = resends
        self._outbound = outbound
        self._twaps = twaps

    def flush(self, now_ms: int) -> None:
        """Send what may go in this turn."""
        if self._resends.waiting:
            self._resends.flush(now_ms)
        self._outbound.flush(now_ms)
        if self._twaps.is_waiting:
            self._twaps.flush(now_ms)

    def next_ms(self, now_ms: int) -> int | None:
        """When `flush` has something to do again, at the latest; None if nothing waits."""
        next_ms = self._outbound.next_ms(now_ms)
        if self._resends.waiting:
            again_ms = self._resends.next_ms(now_ms)
            assert again_ms is not None
            next_ms = again_ms if next_ms is None else min(next_ms, again_ms)
        if self._twaps.is_waiting:
            next_ms = self._twaps.next_ms(now_ms, next_ms)
        return next_ms
