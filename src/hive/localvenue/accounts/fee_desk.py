"""What each account pays: its volumes of fourteen days, the tier they earn, and its discounts.

    weighted volume   perps + 2 * spot over the fourteen whole days before today, master and
                      sub-accounts together; so a tier changes at midnight UTC and never between
    maker share       own making of those days over everybody's: rebates
    stake, referral   discounts on rates that are not rebates

A vault stands for itself, and neither it nor a sub-account has a referral.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, Protocol

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.fee_schedule import (
    BPS_DECIMALS,
    SHARE_DECIMALS,
    Fees,
    FeeSchedule,
    FeeTerms,
    Rates,
    rate_text,
)
from hive.localvenue.clock.utc_days import date_text, day_of
from hive.localvenue.units import units_of, units_text, usd_text

Json = dict[str, Any]

DAYS: Final = 14
SPOT_WEIGHT: Final = 2
HYPE_DECIMALS: Final = 8
STAKE_PER_BPS_UNIT: Final = 1_000
"""The supply is a thousand million HYPE, so its basis point is 100,000 HYPE; in HYPE's eighth
decimal, and basis points in their tenth, that is a thousand to one."""

NO_TERMS: Final = FeeTerms()


class Standing(Protocol):
    """What accounts are to each other, as far as fees go."""

    def master_of(self, user: Address) -> Address:
        """The account to whose volume this one's counts: itself, unless it is a sub-account."""
        ...

    def is_vault(self, user: Address) -> bool: ...

    def is_referred(self, user: Address) -> bool: ...

    def staked_wei(self, user: Address) -> int:
        """Delegated HYPE, in units of its eighth decimal."""
        ...


class DayVolume:
    """Of one account and day, in millionths of a USD."""

    __slots__ = ("maker_usd", "spot_maker_usd", "spot_taker_usd", "taker_usd")

    def __init__(self) -> None:
        self.taker_usd = self.maker_usd = self.spot_taker_usd = self.spot_maker_usd = 0

    def add(self, usd: int, *, is_spot: bool, is_taker: bool) -> None:
        if is_spot:
            if is_taker:
                self.spot_taker_usd += usd
            else:
                self.spot_maker_usd += usd
        elif is_taker:
            self.taker_usd += usd
        else:
            self.maker_usd += usd

    @property
    def made_usd(self) -> int:
        return self.maker_usd + self.spot_maker_usd

    @property
    def taken_usd(self) -> int:
        return self.taker_usd + self.spot_taker_usd

    @property
    def weighted_usd(self) -> int:
        spot_usd = self.spot_taker_usd + self.spot_maker_usd
        return self.taker_usd + self.maker_usd + SPOT_WEIGHT * spot_usd


NO_VOLUME: Final = DayVolume()

Days = dict[int, DayVolume]


class _Assessed(NamedTuple):
    """What an account's volumes have earned it for a day, with the stake it had."""

    day: int
    stake_wei: int
    rates: Rates


class FeeDesk:
    """Sets everybody's rates."""

    def __init__(self, recorded: Json, fees: Fees, exchange_day_usd: int) -> None:
        self.schedule = FeeSchedule(recorded["feeSchedule"], fees)
        self.base = self.schedule.tiers[0].rates
        self._recorded = recorded
        self._fees = fees
        others_usd = fees.exchange_day_usd
        self._others_day_usd = exchange_day_usd if others_usd is None else others_usd
        self._days: dict[Address, Days] = {}
        self._made_by_day: dict[int, int] = {}
        """What has been made here by everybody."""
        self._assessed: dict[Address, _Assessed] = {}
        self._standing: Standing | None = None
        self._staked_wei = {
            user: units_of(terms.staked_hype, HYPE_DECIMALS) for user, terms in fees.terms.items()
        }

    def consult(self, standing: Standing) -> None:
        """Ask there who belongs to whom; before, everybody stands alone."""
        self._standing = standing

    # --- trades ---

    def rate(self, account: Account, now_ms: int, *, is_spot: bool, is_taker: bool) -> int:
        """What one side of a trade is charged; the markets' participants pay the base rates."""
        is_own = account.is_participant
        rates = self.base if is_own else self._charged(account, day_of(now_ms))
        if is_spot:
            return rates.spot_taker if is_taker else rates.spot_maker
        return rates.taker if is_taker else rates.maker

    def traded(
        self, account: Account, usd: int, now_ms: int, *, is_spot: bool, is_taker: bool
    ) -> None:
        """Count one side of a trade."""
        day = day_of(now_ms)
        if not is_taker:
            if day not in self._made_by_day:
                _forget(self._made_by_day, day)
            self._made_by_day[day] = self._made_by_day.get(day, 0) + usd
        if account.is_participant:
            return
        days = self._days.setdefault(self._master_of(account.address), {})
        volume = days.get(day)
        if volume is None:
            _forget(days, day)
            volume = days[day] = DayVolume()
        volume.add(usd, is_spot=is_spot, is_taker=is_taker)

    # --- rates ---

    def rates(self, user: Address, day: int) -> Rates:
        """The rates of a day, with the discount of the stake and without a referral's."""
        stake_wei = self._stake_wei(user)
        assessed = self._assessed.get(user)
        if assessed is None or assessed.day != day or assessed.stake_wei != stake_wei:
            terms = self._terms(user)
            days = self._days.get(self._master_of(user), {})
            tier, rebate = terms.vip_tier, terms.rebate_tier
            if tier is None:
                tier = self.schedule.tier_at(_sum_before(days, day, "weighted_usd"))
            if rebate is None:
                rebate = self.schedule.rebate_at(self._maker_share(days, day))
            percent = self.schedule.staking_at(stake_wei // STAKE_PER_BPS_UNIT).percent
            rates = self.schedule.rates(tier, rebate).discounted(percent)
            assessed = self._assessed[user] = _Assessed(day, stake_wei, rates)
        return assessed.rates

    def referral_percent(self, user: Address, volume_usd: int) -> int:
        """What being referred takes off."""
        is_referred = self._terms(user).is_referred
        if self._standing is not None:
            is_alone = self._master_of(user) == user and not self._standing.is_vault(user)
            is_referred = is_alone and (is_referred or self._standing.is_referred(user))
        if not is_referred or volume_usd >= self._fees.referral_until_usd:
            return 0
        return self.schedule.referral_percent

    def _charged(self, account: Account, day: int) -> Rates:
        rates = self.rates(account.address, day)
        percent = self.referral_percent(account.address, account.volume_usd)
        return rates.discounted(percent) if percent else rates

    def _maker_share(self, days: Days, day: int) -> int:
        """Own making over all, in millionths."""
        all_usd = DAYS * self._others_day_usd + sum(
            usd for each, usd in self._made_by_day.items() if day - DAYS <= each < day
        )
        made_usd = _sum_before(days, day, "made_usd")
        return made_usd * 10**SHARE_DECIMALS // all_usd if all_usd else 0

    def _terms(self, user: Address) -> FeeTerms:
        return self._fees.terms.get(user, NO_TERMS)

    def _master_of(self, user: Address) -> Address:
        return user if self._standing is None else self._standing.master_of(user)

    def _stake_wei(self, user: Address) -> int:
        """Of the master."""
        master = self._master_of(user)
        staked_wei = self._staked_wei.get(master, 0)
        return staked_wei + (self._standing.staked_wei(master) if self._standing else 0)

    # --- the answer ---

    def answer(self, user: Address, account: Account | None, now_ms: int) -> Json:
        """The answer to `userFees`, in the recorded one's shape."""
        today = day_of(now_ms)
        rates = self.rates(user, today)
        stake_bps = self._stake_wei(user) // STAKE_PER_BPS_UNIT
        staking = self.schedule.staking_at(stake_bps)
        volume_usd = 0 if account is None else account.volume_usd
        return {
            **self._recorded,
            "dailyUserVlm": self._daily(user, today),
            "feeSchedule": self.schedule.shown,
            "userCrossRate": rate_text(rates.taker),
            "userAddRate": rate_text(rates.maker),
            "userSpotCrossRate": rate_text(rates.spot_taker),
            "userSpotAddRate": rate_text(rates.spot_maker),
            "activeReferralDiscount": units_text(self.referral_percent(user, volume_usd), 2),
            "activeStakingDiscount": {
                "bpsOfMaxSupply": units_text(stake_bps, BPS_DECIMALS),
                "discount": units_text(staking.percent, 2),
            },
        }

    def _daily(self, user: Address, today: int) -> list[Json]:
        """The days that count and today, oldest first."""
        days = self._days.get(self._master_of(user), {})
        rows = []
        for day in range(today - DAYS, today + 1):
            volume = days.get(day, NO_VOLUME)
            exchange_usd = self._others_day_usd + self._made_by_day.get(day, 0)
            rows.append(
                {
                    "date": date_text(day),
                    "userCross": usd_text(volume.taken_usd),
                    "userAdd": usd_text(volume.made_usd),
                    "exchange": usd_text(exchange_usd),
                }
            )
        return rows


def _forget(by_day: dict[int, Any], day: int) -> None:
    """What counts no longer on `day`."""
    for old in [each for each in by_day if each < day - DAYS]:
        del by_day[old]


def _sum_before(days: Days, day: int, field: str) -> int:
    """Of the days that count on `day`."""
    counted = (volume for each, volume in days.items() if day - DAYS <= each < day)
    return sum(getattr(volume, field) for volume in counted)
