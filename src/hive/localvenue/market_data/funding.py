"""Funding (venue.md 3.2): hourly, from premiums sampled every five seconds.

    8 h rate    = mean premium + clamp(0.0001 - mean premium, ±0.0005)
    hourly rate = clamp(8 h rate / 8, ±4 %)
    payment     = position × oracle price × hourly rate; longs pay when it is positive

On builder dexes the deployer chooses the interest (0.0001 elsewhere) and multiplies hourly rates.

Rates are whole numbers of their tenth decimal, so a payment is exact up to the millionth of a USD
that it is rounded to; what rounding leaves over is kept in sight as `residue_usd`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final

import msgspec

from hive.localvenue.accounts.account import Account, Holding
from hive.localvenue.listings.perp_fees import SCALE_ONE, DeployerTerms
from hive.localvenue.market_data.prices import PREMIUM_SCALE
from hive.localvenue.units import divided

HOUR_MS: Final = 3_600_000
RATES_KEPT: Final = 5_000
PAST_HOURS: Final = 2_160
"""Three months of hours from before the opening."""
PREMIUM_KEPT: Final = 0.95
PREMIUM_STEP: Final = PREMIUM_SCALE * 16 / 100_000
"""The premium of an hour before the opening keeps so much of the one before, and moves at most so
far. Then about one hour in fifty pays anything but the base rate, as on the real venue."""
LATE_MS: Final = (15, 46)
"""How far past the hour rates are stamped."""
_INTEREST: Final = PREMIUM_SCALE // 10_000
_CLAMP: Final = PREMIUM_SCALE // 2_000
_HOURLY_MAX: Final = PREMIUM_SCALE // 25
_HOURS: Final = 8
BASE_RATE: Final = _INTEREST // _HOURS
"""0.0000125 an hour: what most coins pay most of the time."""


class FundingRate(msgspec.Struct, frozen=True):
    """What one hour paid, and the mean premium it came from."""

    ms: int
    rate: int
    premium: int


class CoinFunding:
    """One coin's premiums of this hour, and the rates of past ones."""

    __slots__ = ("_deployer", "_past", "_premium_sum", "_samples", "rates")

    def __init__(self, deployer: DeployerTerms | None = None) -> None:
        self._deployer = deployer
        self._premium_sum = 0
        self._samples = 0
        self._past: tuple[Callable[[], float], int] | None = None
        self.rates: deque[FundingRate] = deque(maxlen=RATES_KEPT)
        """Of hours since the opening, and of those before it once somebody asked for them."""

    def began(self, uniform: Callable[[], float], opening_ms: int) -> None:
        """There is a past before that time; it is made up when it is first asked for."""
        self._past = uniform, opening_ms

    def between(self, from_ms: int, to_ms: int, count: int) -> list[FundingRate]:
        """The first so many rates of a span, both ends included, oldest first."""
        if self._past is not None:
            self.rates.extendleft(reversed(self._made_up(*self._past)))
            self._past = None
        found = (rate for rate in self.rates if from_ms <= rate.ms <= to_ms)
        return list(islice(found, count))

    def sample(self, premium: int | None) -> None:
        """Take a premium; a book without impact prices counts as none."""
        self._premium_sum += premium or 0
        self._samples += 1

    @property
    def premium(self) -> int:
        """The mean of this hour so far."""
        return divided(self._premium_sum, self._samples) if self._samples else 0

    @property
    def rate(self) -> int:
        """What the hour would pay if it ended now."""
        return self._rate_of(self.premium)

    def _rate_of(self, premium: int) -> int:
        terms = self._deployer
        if terms is None:
            return hourly_rate(premium)
        interest = _INTEREST if terms.interest_rate is None else terms.interest_rate
        return divided(hourly_rate(premium, interest) * terms.funding_multiplier, SCALE_ONE)

    def _made_up(self, uniform: Callable[[], float], opening_ms: int) -> list[FundingRate]:
        """Hours before the opening, oldest first."""
        last_hour = opening_ms // HOUR_MS
        earliest, latest = LATE_MS
        premium = 0.0
        rows = []
        for hour in range(last_hour - PAST_HOURS + 1, last_hour + 1):
            premium = PREMIUM_KEPT * premium + PREMIUM_STEP * (2.0 * uniform() - 1.0)
            ms = hour * HOUR_MS + earliest + int(uniform() * (latest - earliest + 1))
            if ms < opening_ms:
                rows.append(FundingRate(ms, self._rate_of(round(premium)), round(premium)))
        return rows

    def close_hour(self, now_ms: int) -> FundingRate:
        """The rate that is paid now; the next hour begins."""
        paid = FundingRate(now_ms, self.rate, self.premium)
        self.rates.append(paid)
        self._premium_sum = self._samples = 0
        return paid


def hourly_rate(premium: int, interest: int = _INTEREST) -> int:
    """The rate of an hour with that mean premium, in tenth decimals."""
    clamped = max(-_CLAMP, min(_CLAMP, interest - premium))
    hourly = divided(premium + clamped, _HOURS)
    return max(-_HOURLY_MAX, min(_HOURLY_MAX, hourly))


def payment_usd(size: int, oracle: int, rate: int) -> int:
    """What a position pays; negative when it receives."""
    return divided(size * oracle * rate, PREMIUM_SCALE)


def pay(account: Account, holding: Holding, oracle: int, rate: int) -> int:
    """Let an account pay for one of its positions; the amount."""
    usd = payment_usd(holding.size, oracle, rate)
    account.margin(holding.listing.dex).pay_funding(holding, usd)
    return usd
