"""Who may spend what, when: the venue's budgets kept on our side, so that it never refuses us.

Two budgets, of two kinds. An `IpBudget` is what one egress address may do per minute, counted in
exact sliding windows as the venue counts. An `AddressBudget` is how many actions an account may
ever send: it only grows by trading, so running out is a lasting harm.

    ask `admits`  ──yes──▶ act, and `spend`
                  ──no───▶ wait `wait_ms`, ask again

All times here are *monotonic* milliseconds: a wall clock that steps an hour must neither open the
gates nor shut them. Nothing waits here; whoever asks does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Final, Literal

import msgspec

from hive.connection.sliding_window import MINUTE_MS, SlidingWindow, WindowSnapshot
from hive.hyperliquid.limits import VenueLimits, info_rows_weight

WINDOW_MARGIN_MS: Final = 1_000
"""The venue counts at arrival: what left 61 s ago may have arrived 60 s ago."""
SPAN_MS: Final = MINUTE_MS + WINDOW_MARGIN_MS
MESSAGES_GRAIN_MS: Final = 250
"""So much later may a message be forgotten, that few entries say when each of them left."""
URGENT_PART: Final = 0.5
"""Urgent messages can at any time go on at the pace at which this part of a minute's lasts for a
minute: one in 64 ms, with a hundred cancels."""
IDLE_SHARE: Final = 0.01
"""Of messages, left free at any time, for urgent ones that cannot go together."""

ActionKind = Literal["place", "cancel"]


class InFlight:
    """At most `cap` requests unanswered at once; ordinary ones leave `reserve` to urgent ones."""

    __slots__ = ("_cap", "_open", "_reserve")

    def __init__(self, cap: int, *, reserve: int = 0) -> None:
        assert 0 <= reserve < cap
        self._cap = cap
        self._reserve = reserve
        self._open = 0

    @property
    def count(self) -> int:
        return self._open

    def admits(self, *, urgent: bool = False) -> bool:
        return self._open < (self._cap if urgent else self._cap - self._reserve)

    def start(self) -> None:
        self._open += 1

    def finish(self) -> None:
        """One was answered, or given up, or died with its socket."""
        assert self._open > 0
        self._open -= 1


class IpBudgetSnapshot(msgspec.Struct, frozen=True):
    weight: WindowSnapshot
    messages: WindowSnapshot
    connections: WindowSnapshot
    posts_in_flight: int


class IpBudget:
    """What one egress address may do. One for the process, shared by all sockets and requests.

    `share` of each limit is used at most. The venue counts at arrival: with `WINDOW_MARGIN_MS` that
    leaves room for messages that arrive four seconds late, all at once.

    `reserve_share` of that is left to urgent requests (cancels, exits, what settles an unknown). Of
    messages less is kept idle: room for the next urgent one at any time (`SlidingWindow`), and for
    as many at once as what is open could need (`could_need`), up to that share.
    """

    def __init__(
        self, limits: VenueLimits, *, share: float = 0.95, reserve_share: float = 0.1
    ) -> None:
        assert 0 < share <= 1
        assert 0 <= reserve_share < 1

        def cap_of(limit: int) -> int:
            return max(1, int(limit * share))

        def window(limit: int) -> SlidingWindow:
            cap = cap_of(limit)
            return SlidingWindow(cap, reserve=int(cap * reserve_share), span_ms=SPAN_MS)

        self.weight = window(limits.weight_per_min)
        """REST weight per minute."""
        self.could_need: list[Callable[[], int]] = []
        """Each account's messages that would cancel all it has open, and begin to close."""
        messages_cap = cap_of(limits.messages_per_min)
        self._reserve_max = int(messages_cap * reserve_share)
        self._reserve_min = min(int(messages_cap * IDLE_SHARE), self._reserve_max)
        self.messages = SlidingWindow(
            messages_cap,
            reserve=self._messages_kept,
            urgent_part=URGENT_PART if messages_cap > 1 else 0.0,
            span_ms=SPAN_MS,
            grain_ms=MESSAGES_GRAIN_MS,
        )
        """WebSocket messages sent per minute, over all sockets."""
        self.connections = window(limits.new_connections_per_min)
        """Sockets opened per minute, failed attempts included."""
        posts_cap = max(1, int(limits.posts_in_flight_max * share))
        self.posts = InFlight(posts_cap, reserve=int(posts_cap * reserve_share))
        """WebSocket posts without an answer yet."""

    def _messages_kept(self) -> int:
        needed = self._reserve_min
        for could_need in self.could_need:
            needed += could_need()
        return min(needed, self._reserve_max)

    def charge_rows(self, info_type: str, rows: int, now_ms: int) -> None:
        """Count what an answer's length costs, after the fact; it may overdraw the window."""
        self.weight.spend(info_rows_weight(info_type, rows), now_ms)

    def snapshot(self, now_ms: int) -> IpBudgetSnapshot:
        return IpBudgetSnapshot(
            self.weight.snapshot(now_ms),
            self.messages.snapshot(now_ms),
            self.connections.snapshot(now_ms),
            self.posts.count,
        )


# --- per address -------------------------------------------------------------------------------


class ReportedUsage(msgspec.Struct, frozen=True):
    """The venue's own count (userRateLimit): used and cap of lifetime requests.

    `surplus` is what was bought ahead and not used yet; it adds to what is left.
    """

    used: int
    cap: int
    surplus: int = 0


class UsageMark(msgspec.Struct, frozen=True):
    """Where our count stood when the venue was asked for its own."""

    spent: int
    in_flight: int


class AddressBudgetSnapshot(msgspec.Struct, frozen=True):
    """Requests used and left; `minutes_left` at the present rate, None while it does not shrink."""

    used: int
    cap: int
    left: int
    cancels_left: int
    in_flight: int
    minutes_left: float | None


class AddressBudget:
    """How many actions an account may still send: a lifetime count that only trading raises.

    Cancels count too but may go further than the rest. With the budget gone the venue takes one
    action per ten seconds, and so do we. `reserve` requests are left to urgent orders, those that
    reduce risk.

    Every action is `spend`-ed when it leaves and `settle`-d when it is answered or given up, so
    that a report of the venue's, which may or may not include what is in flight, never makes us
    believe that more is left than is.
    """

    def __init__(
        self, limits: VenueLimits, *, reported: ReportedUsage | None = None, reserve: int = 200
    ) -> None:
        assert reserve >= 0
        self._limits = limits
        self._reserve = reserve
        self._reported = reported or ReportedUsage(0, limits.requests_initial)
        self._used = self._reported.used
        self._earned_usd = Decimal(0)
        self._cap = self._reported.cap
        self.reserve = self._reserve_of(self._cap)
        """Requests that are left to urgent orders; of a small budget, a tenth."""
        self._spent = 0
        self._in_flight = 0
        self._last_ms: int | None = None
        self._rate = SpendingRate()

    @property
    def left(self) -> int:
        """Requests that ordinary actions may still use, the reserve included; never negative."""
        left = self._cap + self._reported.surplus - self._used
        return left if left > 0 else 0

    @property
    def cancels_left(self) -> int:
        cap = self._limits.cancel_requests_max(self._cap)
        return max(0, cap + self._reported.surplus - self._used)

    def room(self, now_ms: int, *, urgent: bool = False) -> int:
        """How many orders may go now; exhausted, the venue's trickle of one at a time.

        Of the reserve ordinary orders get one at a time, as seldom as their pace lets them.
        """
        left = self._cap + self._reported.surplus - self._used
        if left > 0:
            spare = left if urgent else left - self.reserve
            return spare if spare > 1 else 1
        return int(self.admits("place", 1, now_ms, urgent=True))

    def admits(self, kind: ActionKind, amount: int, now_ms: int, *, urgent: bool = False) -> bool:
        """Whether an action of `amount` orders or cancels may go now."""
        return self.wait_ms(kind, amount, now_ms, urgent=urgent) == 0

    def wait_ms(
        self, kind: ActionKind, amount: int, now_ms: int, *, urgent: bool = False
    ) -> int | None:
        """How long until it is admitted; 0 is now; None if it is too large to go at all.

        Exhausted, an action of one request gets the venue's trickle; a larger one must be cut, or
        wait for trading to make room.
        """
        assert amount > 0
        if kind == "cancel":
            room = self.cancels_left
        else:
            room = self.left - (0 if urgent else self.reserve)
        if amount <= room:
            return 0
        if amount > 1:
            return None
        if self._last_ms is None:
            return 0
        return max(0, self._last_ms + self._limits.exhausted_interval_ms - now_ms)

    def spend(self, amount: int, now_ms: int) -> None:
        """Count an action of `amount` requests that is leaving now."""
        assert amount > 0
        self._used += amount
        self._spent += amount
        self._in_flight += amount
        self._last_ms = now_ms
        self._rate.note(amount, now_ms)

    def settle(self, amount: int) -> None:
        """An action was answered, refused or given up: the venue's next report will include it."""
        assert 0 < amount <= self._in_flight
        self._in_flight -= amount

    def credit_volume(self, usd: Decimal, now_ms: int) -> None:
        """Own fills of that notional raise the cap, a request per dollar, before any report."""
        assert usd >= 0
        before = int(self._earned_usd)
        self._earned_usd += usd
        self._cap = self._reported.cap + int(self._earned_usd)
        self.reserve = self._reserve_of(self._cap)
        self._rate.note(before - int(self._earned_usd), now_ms)

    def mark(self) -> UsageMark:
        """Take this right before asking the venue, and hand it to `refresh` with the answer."""
        return UsageMark(self._spent, self._in_flight)

    def refresh(self, reported: ReportedUsage, mark: UsageMark) -> None:
        """Take over the venue's count, plus all it may not have seen when it answered.

        What was in flight at the mark is counted even if the venue had it already: erring towards
        less, and healed by the next report. Volume credited since is taken from the report alone.
        """
        self._reported = reported
        self._earned_usd = Decimal(0)
        self._cap = reported.cap
        self.reserve = self._reserve_of(self._cap)
        self._used = reported.used + (self._spent - mark.spent) + mark.in_flight

    def _reserve_of(self, cap: int) -> int:
        return min(self._reserve, cap // 10)

    def minutes_left(self, now_ms: int) -> float | None:
        """How long what is left lasts at the present rate; None while it does not shrink."""
        per_minute = self._rate.per_minute(now_ms)
        return self.left / per_minute if per_minute > 0 else None

    def snapshot(self, now_ms: int) -> AddressBudgetSnapshot:
        return AddressBudgetSnapshot(
            used=self._used,
            cap=self._cap,
            left=self.left,
            cancels_left=self.cancels_left,
            in_flight=self._in_flight,
            minutes_left=self.minutes_left(now_ms),
        )


class SpendingRate:
    """Net requests per minute over the last `MINUTES`, earnings counted against spendings.

    None are told before a minute has passed.
    """

    MINUTES: Final = 10

    __slots__ = ("_by_minute", "_started_ms")

    def __init__(self) -> None:
        self._by_minute: deque[list[int]] = deque(maxlen=self.MINUTES)
        """A minute and what was spent in it."""
        self._started_ms: int | None = None

    def note(self, amount: int, now_ms: int) -> None:
        if self._started_ms is None:
            self._started_ms = now_ms
        minute, by_minute = now_ms // MINUTE_MS, self._by_minute
        if by_minute and by_minute[-1][0] == minute:
            by_minute[-1][1] += amount
        else:
            by_minute.append([minute, amount])

    def per_minute(self, now_ms: int) -> float:
        if self._started_ms is None:
            return 0.0
        span_ms = min(now_ms - self._started_ms, self.MINUTES * MINUTE_MS)
        if span_ms < MINUTE_MS:
            return 0.0  # everybody's first orders come at once: that is no rate
        oldest = now_ms // MINUTE_MS - self.MINUTES
        net = sum(amount for minute, amount in self._by_minute if minute > oldest)
        return net * MINUTE_MS / span_ms
