"""When a stream that says nothing has died, and when it just has nothing to say.

Three kinds of streams. Some are pushed by a clock, changed or not (books, mids, contexts): silence
is death. Some are pushed when something changes that hardly ever rests (best bid and offer): long
silence is suspect. And some tell of events (trades, orders, fills): they may be silent for hours,
and only the socket's heartbeat says whether they live.

The venue changes its cadences without notice: books went from 0.5 s to 5.4 s. So how long is too
long is learned from the gaps heard, and a silence that was called stale counts as a gap heard:

    stale after = 4 × the longest usual gap, between a floor and a ceiling

The gap is learned at once when it grows and forgotten slowly when it shrinks. So a slower cadence
is a false alarm once or twice and then is the cadence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from hive.hyperliquid.subscriptions import Subscription

GAPS_BEFORE_STALE: Final = 4
FORGET_SHARE: Final = 8
"""Each look forgets an eighth of what the usual gap lies above the gaps heard since the last."""


class Patience(msgspec.Struct, frozen=True):
    """How long a kind of stream may be silent, in milliseconds."""

    usual_gap_ms: int
    """What to expect before anything is heard."""
    stale_ms_min: int
    stale_ms_max: int


DEFAULT_PATIENCE: Final[Mapping[str, Patience]] = {
    "l2Book": Patience(5_400, 10_000, 60_000),
    "l2Book fast": Patience(540, 2_500, 60_000),
    "allMids": Patience(5_000, 10_000, 60_000),
    "activeAssetCtx": Patience(1_000, 5_000, 60_000),
    "allDexsAssetCtxs": Patience(13_600, 30_000, 120_000),
    "bbo": Patience(5_000, 10_000, 120_000),
}
"""By the subscription's type; a type that is not here is never stale by silence alone."""


def patience_for(subscription: Subscription, by_type: Mapping[str, Patience]) -> Patience | None:
    """How patient to be with that stream; None if its silence means nothing."""
    kind = "l2Book fast" if subscription.fast else subscription.type
    return by_type.get(kind)


class Rhythm:
    """How a stream has been speaking. Times are monotonic milliseconds.

    `heard` is on the hot path and only notes; what it means is worked out when somebody looks.
    """

    __slots__ = ("_gap_ms", "_patience", "_usual_gap_ms", "heard_ms", "is_stale")

    def __init__(self, patience: Patience, now_ms: int) -> None:
        self._patience = patience
        self._usual_gap_ms = patience.usual_gap_ms
        self._gap_ms = 0
        self.heard_ms = now_ms
        self.is_stale = False

    def restart(self, now_ms: int) -> None:
        """A new subscription begins; silence counts from here, what was learned stays."""
        self.heard_ms = now_ms

    def heard(self, now_ms: int) -> None:
        gap_ms = now_ms - self.heard_ms
        if gap_ms > self._gap_ms:  # a call of max() would cost as much as all the rest
            self._gap_ms = gap_ms
        self.heard_ms = now_ms

    @property
    def stale_after_ms(self) -> int:
        """How long a silence is too long, by what was heard so far."""
        wanted = GAPS_BEFORE_STALE * self._usual_gap_ms
        return min(max(wanted, self._patience.stale_ms_min), self._patience.stale_ms_max)

    def is_too_long(self, now_ms: int) -> bool:
        """Take in what was heard since the last look; whether the silence is too long by now."""
        if self._gap_ms:
            excess_ms = max(0, self._usual_gap_ms - self._gap_ms)
            self._usual_gap_ms = self._gap_ms + excess_ms - excess_ms // FORGET_SHARE
            self._gap_ms = 0
        return now_ms - self.heard_ms >= self.stale_after_ms

    def learn_silence(self, now_ms: int) -> None:
        """The silence was called stale: take it for the venue's new pace until shown otherwise."""
        self._usual_gap_ms = max(self._usual_gap_ms, now_ms - self.heard_ms)
