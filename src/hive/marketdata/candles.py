"""Candles of any length from a second up, built from trades and closed by the venue's time.

The venue's own candles start at a minute and never say that they have closed (protocol.md 3.3), so
ours are built from trades. Candles begin at multiples of their length since the epoch. The rules:

- A candle is told once, when it has closed, and never changes afterwards.
- A quiet interval that was watched whole gives a flat candle at the last price, no volume, no
  trades: signals keep a regular beat, and the venue publishes the same row, only later.
- An interval that was not watched whole, and that no history could complete, gives nothing.

History and trades are never added up for the same stretch of time. A candle is put together from
*pieces* (minutes, where its length is whole minutes; else itself), and each piece comes from one
source: from trades if it began after they became complete, else from a row of the venue's.

    rows of the venue │ piece │ piece ┊ piece │ piece        ┊ trades complete from here
    ──────────────────┴───────┴───────┊───────┴───────▶ time
                      ╰──────── one candle ───────╯

The piece in which completeness begins is asked for as a row once it is over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from hive.domain.errors import LimitReached
from hive.domain.market import INTERVAL_MS_BY_NAME, Candle, Trade

MINUTE_MS: Final = 60_000
INTERVAL_MS_MIN: Final = 1_000
INTERVAL_MS_MAX: Final = 7 * 86_400_000
WARMUP_MAX: Final = 5_000
"""The venue keeps no more candles than this (protocol.md 1.1)."""

CATCH_UP_MAX: Final = 1_000
"""Candles closed at one go; beyond it (the machine slept) the older ones are given up."""

_NEVER: Final = 2**62


def check_interval(interval_ms: int) -> None:
    """Pass, or refuse a candle length.

    Raises:
        LimitReached: it is not a whole number of seconds between a second and a week.
    """
    if not INTERVAL_MS_MIN <= interval_ms <= INTERVAL_MS_MAX or interval_ms % INTERVAL_MS_MIN:
        raise LimitReached("interval_ms", f"{interval_ms} is no whole seconds up to a week")


def base_interval(interval_ms: int) -> str | None:
    """The longest of the venue's intervals, up to a day, that divides ours; None under a minute."""
    fitting = [
        (length_ms, name)
        for name, length_ms in INTERVAL_MS_BY_NAME.items()
        if length_ms <= 86_400_000 and interval_ms % length_ms == 0
    ]
    return max(fitting)[1] if fitting else None


class _Piece(msgspec.Struct):
    """Prices of one stretch while they are being gathered."""

    open_px: float
    high_px: float
    low_px: float
    close_px: float
    volume: float
    trades: int

    def add(self, px: float, sz: float) -> None:
        if px > self.high_px:
            self.high_px = px
        elif px < self.low_px:
            self.low_px = px
        self.close_px = px
        self.volume += sz
        self.trades += 1


class Span(msgspec.Struct, frozen=True):
    """[from_ms, to_ms): a stretch of the venue's time."""

    from_ms: int
    to_ms: int


class CandleSeries:
    """The candles of one coin and length, from the moment they were first wanted."""

    def __init__(self, coin: str, interval_ms: int, *, from_ms: int, keep: int) -> None:
        """The first candle is the one that holds `from_ms` (the venue's time); the last `keep`
        closed ones are remembered.

        Raises:
            LimitReached: the interval is not whole seconds between a second and a week.
        """
        check_interval(interval_ms)
        self.coin = coin
        self.interval_ms = interval_ms
        self._piece_ms = interval_ms if interval_ms % MINUTE_MS else MINUTE_MS
        self._next_open_ms = from_ms - from_ms % interval_ms
        self._complete_from_ms = _NEVER
        self._gathering: dict[int, _Piece] = {}
        self._settled: dict[int, _Piece | None] = {}
        """Final pieces, from rows or from trades before a gap; None where nobody traded."""
        self._waits_for_rows = False
        self._asked_until_ms = 0
        self._closed: deque[Candle] = deque(maxlen=keep)
        self._previous: Candle | None = None
        """The candle that ended where the next begins; None if that one was lost."""
        self.lost = 0
        """Candles that could not be completed and were never told."""
        self.late_trades = 0
        """Trades that came after their candle had closed."""

    @property
    def next_open_ms(self) -> int:
        return self._next_open_ms

    @property
    def next_close_ms(self) -> int:
        """When the candle that is forming will close."""
        return self._next_open_ms + self.interval_ms

    def closed(self, count: int) -> tuple[Candle, ...]:
        """The last `count` closed candles, oldest first; fewer if there are no more."""
        return tuple(self._closed)[-count:] if count > 0 else ()

    def keep(self, count: int) -> None:
        """Remember at least `count` closed candles from now on."""
        if count > (self._closed.maxlen or 0):
            self._closed = deque(self._closed, maxlen=count)

    def complete_from(self, venue_ms: int) -> None:
        """Every trade stamped from here on has been or will be added."""
        self._complete_from_ms = venue_ms

    def broke(self, since_ms: int) -> None:
        """Trades stamped from `since_ms` on may have been missed: keep only what ended before."""
        for open_ms in range(self._next_open_ms, since_ms, self._piece_ms):
            if open_ms >= self._complete_from_ms and open_ms + self._piece_ms <= since_ms:
                self._settled.setdefault(open_ms, self._gathering.get(open_ms))
        self._gathering.clear()
        self._complete_from_ms = _NEVER

    def add(self, trade: Trade) -> None:
        """Count a trade in. Close what it proves closed (`advance`) before."""
        venue_ms = trade.venue_ms
        if venue_ms < self._next_open_ms:
            self.late_trades += 1
            return
        open_ms = venue_ms - venue_ms % self._piece_ms
        piece = self._gathering.get(open_ms)
        if piece is not None:
            piece.add(trade.px, trade.sz)
        else:
            px = trade.px
            self._gathering[open_ms] = _Piece(px, px, px, px, trade.sz, 1)

    def missing(self) -> Span | None:
        """The stretch that only the venue's rows can fill; ask for it once it is over.

        None when nothing is missing, or when no row of the venue's is short enough to help.
        """
        if self._piece_ms != MINUTE_MS or self._complete_from_ms == _NEVER:
            return None
        end_ms = -(-self._complete_from_ms // MINUTE_MS) * MINUTE_MS
        for open_ms in range(max(self._next_open_ms, self._asked_until_ms), end_ms, MINUTE_MS):
            if open_ms not in self._settled:
                return Span(open_ms, end_ms)
        return None

    def wait_for_rows(self) -> None:
        """Rows are being asked for: hold back candles that need them."""
        self._waits_for_rows = True

    def learn(self, rows: Iterable[Candle], span: Span) -> None:
        """Take the venue's one-minute rows of the span (all of it over) and of a little before.

        A minute without a row, after one with, is a minute nobody traded in. What stays unknown is
        lost: it is not asked for again.
        """
        self._waits_for_rows = False
        self._asked_until_ms = max(self._asked_until_ms, span.to_ms)
        row_by_open_ms = {row.open_ms: row for row in rows}
        heard_before = any(open_ms < span.from_ms for open_ms in row_by_open_ms)
        for open_ms in range(span.from_ms, span.to_ms, MINUTE_MS):
            row = row_by_open_ms.get(open_ms)
            if row is not None:
                assert row.interval_ms == MINUTE_MS
                heard_before = True
                self._settled.setdefault(open_ms, _piece_of(row))
            elif heard_before:
                self._settled.setdefault(open_ms, None)

    def remember(self, history: Sequence[Candle]) -> None:
        """Put older candles (oldest first) before those that were built here."""
        built_from_ms = self._closed[0].open_ms if self._closed else self._next_open_ms
        older = [candle for candle in history if candle.open_ms < built_from_ms]
        self._closed = deque([*older, *self._closed], maxlen=self._closed.maxlen)
        if self._closed and self._closed[-1].close_ms == self._next_open_ms:
            self._previous = self._closed[-1]

    def advance(self, until_ms: int) -> list[Candle]:
        """The candles that have closed by `until_ms` (the venue's time), oldest first."""
        closed: list[Candle] = []
        if self._waits_for_rows or self._complete_from_ms == _NEVER:
            return closed
        self._skip_if_far(until_ms)
        while self._next_open_ms + self.interval_ms <= until_ms:
            candle = self._previous = self._put_together(self._next_open_ms)
            if candle is not None:
                self._closed.append(candle)
                closed.append(candle)
            self._forget(self._next_open_ms + self.interval_ms)
        return closed

    def _skip_if_far(self, until_ms: int) -> None:
        behind = (until_ms - self._next_open_ms) // self.interval_ms - CATCH_UP_MAX
        if behind > 0:
            self.lost += behind
            self._previous = None
            self._forget(self._next_open_ms + behind * self.interval_ms)

    def _forget(self, next_open_ms: int) -> None:
        assert next_open_ms % self.interval_ms == 0
        self._next_open_ms = next_open_ms
        for pieces in (self._gathering, self._settled):
            for open_ms in [ms for ms in pieces if ms < next_open_ms]:
                del pieces[open_ms]

    def _put_together(self, open_ms: int) -> Candle | None:
        """The candle beginning there; None if it is not wholly known, or no price ever was."""
        pieces: list[_Piece] = []
        for piece_ms in range(open_ms, open_ms + self.interval_ms, self._piece_ms):
            if piece_ms in self._settled:
                piece = self._settled[piece_ms]
            elif piece_ms >= self._complete_from_ms:
                piece = self._gathering.get(piece_ms)
            else:
                self.lost += 1
                return None
            if piece is not None:
                pieces.append(piece)
        if pieces:
            return _merged(pieces, self.coin, self.interval_ms, open_ms)
        return None if self._previous is None else _flat(self._previous, open_ms)


def aggregate(rows: Sequence[Candle], interval_ms: int, *, before_ms: int) -> list[Candle]:
    """Closed candles of our length from the venue's shorter rows (oldest first).

    Only candles that lie wholly between the first row and `before_ms`. Quiet ones between are flat.
    """
    if not rows:
        return []
    first_open_ms = -(-rows[0].open_ms // interval_ms) * interval_ms
    rows_by_open_ms: dict[int, list[Candle]] = {}
    for row in rows:
        assert interval_ms % row.interval_ms == 0, "rows that do not divide the interval"
        rows_by_open_ms.setdefault(row.open_ms - row.open_ms % interval_ms, []).append(row)
    candles: list[Candle] = []
    # Nothing is claimed after the last row: the venue may publish a quiet one later.
    end_ms = min(before_ms, rows[-1].close_ms)
    for open_ms in range(first_open_ms, end_ms - interval_ms + 1, interval_ms):
        inside = rows_by_open_ms.get(open_ms)
        if inside is not None:
            pieces = [_piece_of(row) for row in inside]
            candles.append(_merged(pieces, rows[0].coin, interval_ms, open_ms))
        elif candles:
            candles.append(_flat(candles[-1], open_ms))
    return candles


def newest(candles: Sequence[Candle], now_ms: int) -> Sequence[Candle]:
    """Those that are news: no later candle can have closed by `now_ms`. At most the last."""
    if candles and candles[-1].close_ms + candles[-1].interval_ms > now_ms:
        return candles[-1:]
    return ()


def _piece_of(row: Candle) -> _Piece:
    return _Piece(
        row.open_px, row.high_px, row.low_px, row.close_px, volume=row.volume, trades=row.trades
    )


def _merged(pieces: Sequence[_Piece], coin: str, interval_ms: int, open_ms: int) -> Candle:
    return Candle(
        coin=coin,
        interval_ms=interval_ms,
        open_ms=open_ms,
        open_px=pieces[0].open_px,
        high_px=max(piece.high_px for piece in pieces),
        low_px=min(piece.low_px for piece in pieces),
        close_px=pieces[-1].close_px,
        volume=sum(piece.volume for piece in pieces),
        trades=sum(piece.trades for piece in pieces),
        is_closed=True,
    )


def _flat(before: Candle, open_ms: int) -> Candle:
    """A quiet interval: the last price all through, nothing traded."""
    px = before.close_px
    return Candle(
        coin=before.coin,
        interval_ms=before.interval_ms,
        open_ms=open_ms,
        open_px=px,
        high_px=px,
        low_px=px,
        close_px=px,
        volume=0.0,
        trades=0,
        is_closed=True,
    )
