"""An account's TWAPs: which run, whose they are, and what the evidence makes of each.

    answer, slice fill, stream, history ──▶ TwapLife ──▶ exposure, journal, events

A TWAP carries nothing of ours at the venue. Its number comes with the answer, with its first slice
or from the history, whichever is first; from then on its fills are its strategy's. At most one of a
coin and side may be without a number at a time (`twap_taking` sees to it), so a slice of a number
nobody has seen belongs to that one. What was not answered is looked for in the history until it is
there, or provably cannot come any more; it is never sent twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.instruments import ZERO
from hive.domain.market import Side
from hive.domain.orders import Fill, Rejected, Unconfirmed
from hive.domain.twaps import (
    OpenTwap,
    Twap,
    TwapEvent,
    TwapIntent,
    TwapNews,
    TwapPhase,
    TwapReport,
    TwapStarted,
    moved,
)
from hive.execution.orders.dispatch import Dispatch
from hive.execution.orders.recently_seen import RecentlySeen
from hive.execution.orders.unknowns import READ_LAG_MS_MAX, STATUSES_APART_MS
from hive.portfolio.exposure import Exposure
from hive.storage.records import TwapBoundRecord, TwapEndRecord

FOREIGN_MAX: Final = 1_000
BEFORE_EXPIRY_MS_MAX: Final = 60_000
"""No TWAP of ours is asked for longer than this before it expires."""
LOOK_EVERY_MS: Final = 300_000
"""The stream tells the end; so often the history is asked all the same."""
AFTER_END_MS: Final = 3_000
MINUTE_MS: Final = 60_000
NOT_IN_HISTORY: Final = "the venue's history does not know it, and it has expired"
BY_THE_VENUE: Final = "ended by the venue"

_NEWS_BY_STATUS: Final = {
    "finished": TwapNews.FINISHED,
    "terminated": TwapNews.CANCELED,
    "stopped": TwapNews.CANCELED,
    "error": TwapNews.FAILED,
}
"""Other words say that it is not over."""

Answer = TwapStarted | Rejected | Unconfirmed


class TwapLife:
    """The one mutable record of a TWAP. Times are monotonic ms, `expires_ms` is the venue's."""

    __slots__ = (
        "cancel_asked",
        "cancel_due_ms",
        "cancel_sent",
        "counted",
        "expires_ms",
        "filled",
        "intent",
        "is_seen",
        "is_sent",
        "look_ms",
        "noes",
        "phase",
        "twap_id",
    )

    def __init__(self, intent: TwapIntent) -> None:
        self.intent = intent
        self.phase = TwapPhase.PENDING
        self.twap_id: int | None = None
        self.filled = ZERO
        self.expires_ms = 0
        self.is_sent = False
        self.is_seen = False
        """It is there, but the venue has not told its number."""
        self.cancel_asked = False
        self.cancel_sent = False
        self.cancel_due_ms = 0
        self.look_ms = 0
        self.noes: list[int] = []
        self.counted = ZERO  # what of it stands in the account's exposure

    @property
    def is_live(self) -> bool:
        return self.phase is not TwapPhase.DONE

    @property
    def open_size(self) -> Decimal:
        return max(ZERO, self.intent.size - self.filled) if self.is_live else ZERO

    def is_on(self, coin: str, side: Side) -> bool:
        return self.intent.coin == coin and self.intent.side is side

    def view(self) -> Twap:
        intent = self.intent
        return Twap(
            cloid=intent.cloid,
            strategy=intent.strategy,
            coin=intent.coin,
            side=intent.side,
            size=intent.size,
            minutes=intent.minutes,
            is_randomized=intent.is_randomized,
            reduce_only=intent.reduce_only,
            phase=self.phase,
            twap_id=self.twap_id,
            filled_size=self.filled,
            cancel_pending=self.cancel_asked,
        )

    def fits(self, report: TwapReport) -> bool:
        """Whether this, which has no number yet, may be what the report is about."""
        intent = self.intent
        is_alike = (
            self.is_on(report.coin, report.side)
            and intent.size == report.size
            and intent.minutes == report.minutes
            and intent.is_randomized == report.is_randomized
        )
        return is_alike and self.may_begin_at(report.started_ms)

    def may_have_traded(self, fill: Fill) -> bool:
        """Whether this, which has no number yet, may be whose slice the fill is."""
        is_nameless = self.is_sent and self.twap_id is None
        is_since = fill.venue_ms >= self.expires_ms - BEFORE_EXPIRY_MS_MAX
        return is_nameless and is_since and self.is_on(fill.coin, fill.side)

    def may_begin_at(self, venue_ms: int) -> bool:
        """Whether what was sent can have been carried out then."""
        return 0 <= self.expires_ms - venue_ms <= BEFORE_EXPIRY_MS_MAX


class TwapBooks:
    """Every TWAP of one account that this process knows."""

    def __init__(
        self,
        dispatch: Dispatch,
        exposure: Exposure,
        *,
        tell: Callable[[TwapEvent], None],
        keep: Callable[[msgspec.Struct], None],
        on_alarm: Callable[[str], None],
        known_max: int,
    ) -> None:
        """`keep` writes a record that may not wait; `known_max`: how many are remembered."""
        self._dispatch = dispatch
        self._exposure = exposure
        self._tell = tell
        self._keep = keep
        self._on_alarm = on_alarm
        self._live: dict[Cloid, TwapLife] = {}
        self._ended: RecentlySeen[Cloid, TwapLife] = RecentlySeen(known_max)
        self._by_id: RecentlySeen[int, TwapLife] = RecentlySeen(known_max)
        self._foreign: RecentlySeen[int, bool] = RecentlySeen(FOREIGN_MAX)

    def __bool__(self) -> bool:
        """Whether any runs, or may."""
        return bool(self._live)

    # --- lives ------------------------------------------------------------------------------------

    def register(self, intent: TwapIntent) -> TwapLife:
        """Take up a TWAP; it counts as open from now on."""
        life = TwapLife(intent)
        self._live[intent.cloid] = life
        self._exposure.meet(intent.strategy, intent.coin)
        self._exposure.count(intent.strategy, 1)
        self._recount(life)
        return life

    def take_over(self, known: OpenTwap) -> None:
        """Take up a TWAP of an earlier process: it may run, the history will tell."""
        life = self.register(known.intent)
        life.is_sent = True
        life.filled, life.expires_ms = known.filled_size, known.expires_ms
        life.phase = TwapPhase.UNCONFIRMED
        if known.twap_id is not None:
            life.phase, life.twap_id = TwapPhase.RUNNING, known.twap_id
            self._by_id.add(known.twap_id, life)
            self._dispatch.bind_twap(known.twap_id, known.intent.strategy)
        self._recount(life)

    def life(self, cloid: Cloid) -> TwapLife | None:
        """The TWAP, live or lately ended."""
        return self._live.get(cloid) or self._ended.get(cloid)

    def lives(self, strategy: StrategyId | None = None) -> list[TwapLife]:
        """Every TWAP that runs or may, of one strategy or of all, oldest first."""
        every = self._live.values()
        return [life for life in every if strategy in (None, life.intent.strategy)]

    def state(self) -> tuple[OpenTwap, ...]:
        """What outlives the process."""
        return tuple(
            [
                OpenTwap(
                    intent=life.intent,
                    twap_id=life.twap_id,
                    filled_size=life.filled,
                    expires_ms=life.expires_ms,
                )
                for life in self._live.values()
                if life.is_sent
            ]
        )

    # --- evidence ---------------------------------------------------------------------------------

    def answered(self, cloid: Cloid, answer: Answer, wall_ms: int) -> None:
        """What the venue said to it; `Unconfirmed` if nothing."""
        life = self.life(cloid)
        if life is None:
            return
        match answer:
            case TwapStarted(twap_id=twap_id):
                self._bind(life, twap_id)
            case Rejected(reason=reason) if life.twap_id is None and life.is_live:
                self.end(life, TwapNews.REJECTED, reason, wall_ms)
            case Unconfirmed(reason=reason) if life.phase is TwapPhase.PENDING:
                self._move(life, TwapNews.UNCONFIRMED, reason)

    def claim(self, fill: Fill) -> None:
        """See whose a slice is, before it is booked."""
        twap_id = fill.twap_id
        if twap_id is None or twap_id in self._by_id or twap_id in self._foreign:
            return
        if self._dispatch.knows_twap(twap_id):  # one that is over, of an earlier process perhaps
            return
        for life in self._live.values():
            if life.may_have_traded(fill):
                self._bind(life, twap_id)
                return
        self._foreign.add(twap_id, True)

    def filled(self, fill: Fill) -> None:
        """A slice was booked."""
        life = None if fill.twap_id is None else self._by_id.get(fill.twap_id)
        if life is None:
            return
        life.filled += fill.size
        self._recount(life)
        if life.is_live and life.filled >= life.intent.size:
            self.end(life, TwapNews.FINISHED, "", fill.venue_ms)

    def take_reports(self, reports: Iterable[TwapReport], wall_ms: int) -> None:
        """What the venue tells of TWAPs, oldest first."""
        for report in reports:
            life = self._of(report)
            if life is None:
                self._disown(report)
                continue
            life.is_seen = True
            if life.twap_id is None and report.twap_id is not None:
                self._bind(life, report.twap_id)
            news = _NEWS_BY_STATUS.get(report.status)
            is_failed = news is TwapNews.FAILED and life.phase is TwapPhase.UNCONFIRMED
            if news is not None and (is_failed or life.phase is TwapPhase.RUNNING):
                is_ours = news is TwapNews.CANCELED and life.cancel_asked
                reason = "" if is_ours or news is TwapNews.FINISHED else report.reason
                if news is TwapNews.CANCELED and not is_ours:
                    reason = reason or BY_THE_VENUE
                self.end(life, news, reason, wall_ms)

    def looked(self, asked_ms: int, venue_ms: int | None, wall_ms: int) -> None:
        """The whole history was asked at `asked_ms`, the venue's clock then being at least
        `venue_ms`: what it did not tell of is not there, if it was old enough to be.
        """
        for life in list(self._live.values()):
            if life.phase is not TwapPhase.UNCONFIRMED or life.is_seen or venue_ms is None:
                continue
            if venue_ms <= life.expires_ms + READ_LAG_MS_MAX:
                continue
            del life.noes[1:]  # the first and the latest are what proof needs
            life.noes.append(asked_ms)
            if life.noes[-1] - life.noes[0] >= STATUSES_APART_MS:
                self.end(life, TwapNews.NEVER_ARRIVED, NOT_IN_HISTORY, wall_ms)

    def next_look_ms(self, now_ms: int, venue_ms: int | None) -> int | None:
        """When the history is to be asked again; None if nothing runs."""
        due = [self._look_ms(life, now_ms, venue_ms) for life in self._live.values()]
        return min(due, default=None)

    def _look_ms(self, life: TwapLife, now_ms: int, venue_ms: int | None) -> int:
        if life.phase is TwapPhase.RUNNING:
            if not life.look_ms:
                life.look_ms = now_ms + life.intent.minutes * MINUTE_MS + AFTER_END_MS
            is_to_be_over = life.look_ms <= now_ms
            return now_ms + (MINUTE_MS if is_to_be_over else LOOK_EVERY_MS)
        proof_ms = 0 if venue_ms is None else life.expires_ms + READ_LAG_MS_MAX + 1 - venue_ms
        return now_ms + max(STATUSES_APART_MS, min(proof_ms, 4 * STATUSES_APART_MS))

    def end(self, life: TwapLife, news: TwapNews, reason: str, wall_ms: int) -> None:
        """It is over."""
        intent = life.intent
        if life.is_sent:
            self._keep(TwapEndRecord(intent.cloid, news, reason, wall_ms))
        self._live.pop(intent.cloid, None)
        self._ended.add(intent.cloid, life)
        self._exposure.count(intent.strategy, -1)
        self._move(life, news, reason)
        self._recount(life)

    # --- in common --------------------------------------------------------------------------------

    def _of(self, report: TwapReport) -> TwapLife | None:
        if report.twap_id is not None:
            known = self._by_id.get(report.twap_id)
            if known is not None or report.twap_id in self._foreign:
                return known
        for life in self._live.values():
            if life.is_sent and life.twap_id is None and life.fits(report):
                return life
        return None

    def _disown(self, report: TwapReport) -> None:
        """Its slices are nobody's, unless one of ours may turn out to be it."""
        is_possible = any(
            life.twap_id is None
            and life.is_on(report.coin, report.side)
            and life.may_begin_at(report.started_ms)
            for life in self._live.values()
        )
        if report.twap_id is not None and not is_possible:
            self._foreign.add(report.twap_id, True)

    def _bind(self, life: TwapLife, twap_id: int) -> None:
        """The venue runs it under this number."""
        if life.twap_id == twap_id:
            return
        if life.twap_id is not None:
            self._on_alarm(
                f"slices of TWAP {life.twap_id} were taken for those of {twap_id}:"
                f" some fills of {life.intent.coin} may be booked to the wrong owner"
            )
        life.twap_id = twap_id
        self._by_id.add(twap_id, life)
        self._dispatch.bind_twap(twap_id, life.intent.strategy)
        self._keep(TwapBoundRecord(life.intent.cloid, twap_id))
        if life.phase in (TwapPhase.PENDING, TwapPhase.UNCONFIRMED):
            self._move(life, TwapNews.STARTED, "")

    def _move(self, life: TwapLife, news: TwapNews, reason: str) -> None:
        life.phase = moved(life.phase, news)
        self._tell(TwapEvent(news=news, twap=life.view(), reason=reason))

    def _recount(self, life: TwapLife) -> None:
        """Bring the exposure in line with what may still trade."""
        intent = life.intent
        if intent.reduce_only:
            return
        change = life.open_size - life.counted
        if change:
            life.counted += change
            self._exposure.change(intent.strategy, intent.coin, intent.side, change)
