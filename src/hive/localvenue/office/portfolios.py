"""What accounts were worth over time, what they gained, and what they traded (protocol.md 1.3).

Each window keeps points of its own at its own pace, so a long one costs no more than a short one.
Gains are counted from a window's first point, as the recorded ones are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.office.account_rules import DAY_MS, HOUR_MS
from hive.localvenue.units import usd_text

SAMPLE_MS: Final = HOUR_MS // 2
"""The pace of the shortest window."""
ALL_TIME_KEPT: Final = 2_000


class Window(NamedTuple):
    """How far back, and how far apart its points are."""

    name: str
    span_ms: int
    step_ms: int

    @property
    def kept(self) -> int:
        return self.span_ms // self.step_ms + 1 if self.span_ms else ALL_TIME_KEPT


WINDOWS: Final = (
    Window("day", DAY_MS, SAMPLE_MS),
    Window("week", 7 * DAY_MS, 4 * HOUR_MS),
    Window("month", 30 * DAY_MS, 12 * HOUR_MS),
    Window("allTime", 0, DAY_MS),
)


class Point(NamedTuple):
    """An account at one time, in millionths of a USD."""

    ms: int
    perp_usd: int
    perp_gain_usd: int
    all_usd: int
    """Perps, spot and shares of vaults."""
    all_gain_usd: int
    volume_usd: int


class Portfolios:
    """The points of every account."""

    def __init__(self, point_of: Callable[[Account], Point], now_ms: int) -> None:
        self._point_of = point_of
        self._next_ms = now_ms + SAMPLE_MS
        self._points: dict[Address, dict[str, deque[Point]]] = {}

    def sample(self, accounts: Iterable[Account], now_ms: int) -> None:
        """Take a point of each account, if it is time again."""
        if now_ms < self._next_ms:
            return
        self._next_ms = now_ms - now_ms % SAMPLE_MS + SAMPLE_MS
        for account in accounts:
            if not account.is_participant:
                self._add(account.address, self._point_of(account))

    def shown(self, account: Account) -> list[Any]:
        """All windows, those of everything first, then those of perps alone."""
        now = self._point_of(account)
        kept = self._points.get(account.address, {})
        both: list[Any] = []
        for is_perp in (False, True):
            for window in WINDOWS:
                since_ms = now.ms - window.span_ms if window.span_ms else 0
                points = [each for each in kept.get(window.name, ()) if each.ms >= since_ms]
                name = f"perp{window.name[0].upper()}{window.name[1:]}" if is_perp else window.name
                both.append([name, _window([*points, now], is_perp=is_perp)])
        return both

    def _add(self, user: Address, point: Point) -> None:
        by_window = self._points.setdefault(user, {})
        for window in WINDOWS:
            points = by_window.setdefault(window.name, deque(maxlen=window.kept))
            if not points or point.ms - points[-1].ms >= window.step_ms:
                points.append(point)


def _window(points: list[Point], *, is_perp: bool) -> dict[str, Any]:
    first, last = points[0], points[-1]
    values, gains = [], []
    for point in points:
        value, gain = (
            (point.perp_usd, point.perp_gain_usd - first.perp_gain_usd)
            if is_perp
            else (point.all_usd, point.all_gain_usd - first.all_gain_usd)
        )
        values.append([point.ms, usd_text(value)])
        gains.append([point.ms, usd_text(gain)])
    return {
        "accountValueHistory": values,
        "pnlHistory": gains,
        "vlm": usd_text(last.volume_usd - first.volume_usd),
    }
