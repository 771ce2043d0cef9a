"""Days of the venue's calendar: numbered from 1 January 1970, and as the venue writes them."""

from __future__ import annotations

from typing import Final

DAY_MS: Final = 86_400_000

_DAYS_TO_1970: Final = 719_468
"""From 1 March of the year 0, where the count below begins."""
_DAYS_PER_ERA: Final = 146_097
_YEARS_PER_ERA: Final = 400
_DAYS_PER_MONTH_MAX: Final = 31


def day_of(ms: int) -> int:
    """The number of the UTC day in which a time lies."""
    return ms // DAY_MS


def date_text(day: int) -> str:
    """A day as `2026-09-04`."""
    year, month, day_of_month = _civil(day)
    return f"{year:04}-{month:02}-{day_of_month:02}"


def month_start(day: int) -> int:
    """The first day of the month in which a day lies."""
    return day - _civil(day)[2] + 1


def next_month_start(day: int) -> int:
    """The first day of the month after."""
    return month_start(month_start(day) + _DAYS_PER_MONTH_MAX)


def _civil(day: int) -> tuple[int, int, int]:
    """Year, month and day of the month.

    Years begin in March here, so that the day that comes every four years is the last one.
    """
    era, of_era = divmod(day + _DAYS_TO_1970, _DAYS_PER_ERA)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    from_march = (5 * of_year + 2) // 153
    day_of_month = of_year - (153 * from_march + 2) // 5 + 1
    month = from_march + 3 if from_march < 10 else from_march - 9
    whole_year = year + era * _YEARS_PER_ERA + (1 if month <= 2 else 0)
    return whole_year, month, day_of_month
