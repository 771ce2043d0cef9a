"""Numbers derived from prices: averages, ranges, channels. Fed one value at a time, bounded."""

from __future__ import annotations

from collections import deque
from math import sqrt

from hive.domain.market import Candle


class Ema:
    """Exponential average over about `length` values; it begins at the first."""

    __slots__ = ("_share", "count", "value")

    def __init__(self, length: int) -> None:
        assert length > 0
        self._share = 2.0 / (length + 1.0)
        self.value = 0.0
        self.count = 0

    def add(self, px: float) -> float:
        self.value = px if not self.count else self.value + self._share * (px - self.value)
        self.count += 1
        return self.value


class Atr:
    """Average true range of candles, in USD per coin: how far the price usually goes in one."""

    __slots__ = ("_average", "_last_close_px")

    def __init__(self, length: int) -> None:
        self._average = Ema(length)
        self._last_close_px: float | None = None

    @property
    def px(self) -> float:
        return self._average.value

    def add(self, candle: Candle) -> float:
        last_px = candle.open_px if self._last_close_px is None else self._last_close_px
        self._last_close_px = candle.close_px
        true_range = max(candle.high_px, last_px) - min(candle.low_px, last_px)
        return self._average.add(true_range)


class Channel:
    """Highest high and lowest low of the last `length` stretches of time."""

    __slots__ = ("_highs", "_lows")

    def __init__(self, length: int) -> None:
        self._highs: deque[float] = deque(maxlen=length)
        self._lows: deque[float] = deque(maxlen=length)

    def __len__(self) -> int:
        return len(self._highs)

    @property
    def high_px(self) -> float:
        return max(self._highs)

    @property
    def low_px(self) -> float:
        return min(self._lows)

    def add(self, high_px: float, low_px: float) -> None:
        self._highs.append(high_px)
        self._lows.append(low_px)


class ZScore:
    """How many standard deviations a price is from the mean of the last `length` prices."""

    __slots__ = ("_pxs",)

    def __init__(self, length: int) -> None:
        assert length > 1
        self._pxs: deque[float] = deque(maxlen=length)

    @property
    def is_warm(self) -> bool:
        return len(self._pxs) == self._pxs.maxlen

    def add(self, px: float) -> None:
        self._pxs.append(px)

    @property
    def mean_px(self) -> float:
        return sum(self._pxs) / len(self._pxs)

    def of(self, px: float) -> float:
        """The score of a price; 0 while prices do not vary."""
        mean_px = self.mean_px
        variance = sum((each - mean_px) ** 2 for each in self._pxs) / len(self._pxs)
        # Sums of equal floats may differ in their last digits: that is no deviation.
        if variance <= (mean_px * 1e-9) ** 2:
            return 0.0
        return (px - mean_px) / sqrt(variance)
