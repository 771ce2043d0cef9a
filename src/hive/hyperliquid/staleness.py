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

A stream called stale is asked for anew, and the venue answers with how things stand. That is the
answer to our question and no life of the stream's: one that stays dumb gives the same answer as one
that lives. What it shows (`what_first_frame_shows`) depends on what was heard before the silence:

    nothing newer                       nothing at all
    newer, but just as it was before    there was nothing to say: it lives
    newer, and something has changed    it kept a change to itself: it was deaf
    a stream pushed by a clock          it should have spoken without being asked

Only the second ends the staleness at once. Else the stream is trusted again when it next speaks of
itself; a quiet one that was only taken for deaf gives the second answer the next time it is asked.
The venue stamps what it answers with the block of the answer, also where nothing has changed (seen
with the book of a delisted coin), so a stamp of before the silence is an old answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

import msgspec

from hive.hyperliquid.subscriptions import Subscription
from hive.hyperliquid.wire import BboPush, L2BookPush, Push

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


class Shown(Enum):
    """What a frame tells of a stream that had fallen silent."""

    NOTHING = "nothing"
    LIFE = "life"
    DEAFNESS = "deafness"
    """It missed something, and says so only because it was asked."""


def what_first_frame_shows(last: Push | None, first: Push) -> Shown:
    """What the first frame of a renewed subscription tells; `last` was heard before the silence."""
    if last is None:
        return Shown.LIFE  # as with every stream that begins
    if not isinstance(last, BboPush) or not isinstance(first, BboPush):
        return Shown.NOTHING
    if not is_newer(last, first):
        return Shown.NOTHING
    return Shown.LIFE if first.data.bbo == last.data.bbo else Shown.DEAFNESS


def is_newer(last: Push | None, push: Push) -> bool:
    """Whether it is from a later block, as far as the channel tells its frames' times."""
    before_ms, after_ms = _venue_ms(last), _venue_ms(push)
    return before_ms is None or after_ms is None or after_ms > before_ms


def _venue_ms(push: Push | None) -> int | None:
    return push.data.time if isinstance(push, BboPush | L2BookPush) else None


class Rhythm:
    """How a stream has been speaking. Times are monotonic milliseconds.

    `heard` is on the hot path and only notes; what it means is worked out when somebody looks.
    """

    __slots__ = (
        "_gap_ms",
        "_patience",
        "_trusted_gap_ms",
        "_usual_gap_ms",
        "heard_ms",
        "is_stale",
        "last",
    )

    def __init__(self, patience: Patience, now_ms: int) -> None:
        self._patience = patience
        self._usual_gap_ms = patience.usual_gap_ms
        self._trusted_gap_ms = patience.usual_gap_ms
        self._gap_ms = 0
        self.heard_ms = now_ms
        self.is_stale = False
        self.last: Push | None = None
        """What it said last, set by whoever heard it."""

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

    def fell_silent(self) -> None:
        """It is stale from now on."""
        self.is_stale = True
        self._trusted_gap_ms = self._usual_gap_ms

    def learn_silence(self, now_ms: int) -> None:
        """The silence was called stale: take it for the venue's new pace until shown otherwise."""
        self._usual_gap_ms = max(self._usual_gap_ms, now_ms - self.heard_ms)

    def spoke_again(self, *, was_deaf: bool) -> None:
        """It is stale no longer. What a deaf stream left unsaid was no pace: that is forgotten."""
        self.is_stale = False
        if was_deaf:
            self._usual_gap_ms = self._trusted_gap_ms
            self._gap_ms = 0
