"""Getting out of a position, and trying again until it is out.

A stop that is sent once is no stop: the order may be refused, find no taker or fill in part. So a
strategy that wants out starts its `WayOut` and asks it at every price, and every second where no
price comes, until it is done.
"""

from __future__ import annotations

from typing import Final

from hive.strategy.interface import Context

RETRY_MS: Final = 1_000
LOOK_MS: Final = 1_000
"""How often a strategy looks at a market that says nothing: stops and rests go by time too."""


class WayOut:
    """Cancels what rests on a coin, then reduces to nothing by reduce-only IOC orders."""

    def __init__(self, coin: str, slippage_bps: float) -> None:
        """`slippage_bps`: how far past the best price each attempt may go."""
        self._coin = coin
        self._slippage_bps = slippage_bps
        self._is_under_way = False
        self._next_attempt_ms = 0
        self.exits = 0
        """How often it was started."""

    def start(self, ctx: Context, reason: str) -> None:
        """Want out. Nothing changes if it does already."""
        if self._is_under_way:
            return
        self._is_under_way = True
        self._next_attempt_ms = 0
        self.exits += 1
        ctx.log("getting out", coin=self._coin, reason=reason)
        ctx.cancel_all(self._coin)
        self.is_busy(ctx)

    def is_busy(self, ctx: Context) -> bool:
        """Try once more if it is time to; False when there is nothing (more) to get out of."""
        if not self._is_under_way:
            return False
        if ctx.position(self._coin).is_flat and not ctx.open_orders(self._coin):
            self._is_under_way = False
            return False
        now_ms = ctx.monotonic_ms()
        if now_ms >= self._next_attempt_ms:
            self._next_attempt_ms = now_ms + RETRY_MS
            ctx.flatten(self._coin, slippage_bps=self._slippage_bps)
        return True
