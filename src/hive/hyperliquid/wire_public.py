"""What the venue tells everybody, field for field, in its own names (protocol.md 1.1, 1.2, 3.3).

Numbers are floats, checked as `domain.market.Px` and `Sz` say. Fields we do not name are skipped.
"""

from __future__ import annotations

import msgspec

from hive.domain.market import Level, Px, Side, Sz
from hive.hyperliquid.wire_numbers import Id, Ms, Rate, Word


class L2Book(msgspec.Struct, frozen=True, gc=False):
    """Bids, then asks, best first. `fast` and `spread` appear only where they apply."""

    coin: Word
    time: Ms
    levels: tuple[tuple[Level, ...], tuple[Level, ...]]
    spread: Sz | None = None
    fast: bool = False


class WsBbo(msgspec.Struct, frozen=True, gc=False):
    """Best bid, best offer; null where that side is empty."""

    coin: Word
    time: Ms
    bbo: tuple[Level | None, Level | None]


class WsTrade(msgspec.Struct, frozen=True, gc=False):
    """One match. `side` is the aggressor's, `users` are buyer and seller."""

    coin: Word
    side: Side
    px: Px
    sz: Sz
    time: Ms
    hash: Word
    tid: Id
    users: tuple[Word, Word]


class WsCandle(msgspec.Struct, frozen=True, gc=False):
    """A candle as it stands: `t` opens it, `T` is its last millisecond, `v` is in coins."""

    t: Ms
    T: Ms
    s: Word
    i: Word
    o: Px
    c: Px
    h: Px
    l: Px  # noqa: E741 (the venue's name)
    v: Sz
    n: Id


class AllMids(msgspec.Struct, frozen=True):
    """Coin to mid; `dex` only where it is not the first."""

    mids: dict[str, Sz]
    dex: Word | None = None


class PerpAssetCtx(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Live numbers of a perp. The last three are null when it is delisted or its book is empty."""

    funding: Rate
    open_interest: Sz
    prev_day_px: Sz
    day_ntl_vlm: Sz
    oracle_px: Px
    mark_px: Px
    day_base_vlm: Sz | None = None
    premium: Rate | None = None
    mid_px: Px | None = None
    impact_pxs: tuple[Px, Px] | None = None


class SpotAssetCtx(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Live numbers of a spot pair."""

    prev_day_px: Sz
    day_ntl_vlm: Sz
    mark_px: Px
    mid_px: Px | None
    circulating_supply: Sz
    coin: Word
    total_supply: Sz | None = None
    day_base_vlm: Sz | None = None


class ActiveAssetCtx(msgspec.Struct, frozen=True, gc=False):
    coin: Word
    ctx: PerpAssetCtx


class ActiveSpotAssetCtx(msgspec.Struct, frozen=True, gc=False):
    coin: Word
    ctx: SpotAssetCtx


class FundingHistoryRow(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """An hourly rate, stamped some milliseconds past its hour."""

    coin: Word
    funding_rate: Rate
    time: Ms
    premium: Rate | None = None
