"""Lines of the public archives and of a node's own output, as feed events (protocol.md 6).

    market_data   {"time":…,"ver_num":1,"raw":{"channel":"l2Book","data":{coin,time,levels}}}
    asset_ctxs    CSV, read by the names of its first line
    node_trades   one trade, the parties in `side_info`
    node_fills    [user, fill]
    by block      of both: {"block_time":…,"events":[…]}; book diffs are in `archive_diffs`

A fill is one side of a trade; only the taker's (`crossed`) is read, so each trade counts once.
Which of a node trade's two parties took is not known for certain, so it is asked for (`TakerAt`);
it decides who is told as buyer and seller, not the side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

import msgspec

from hive.domain.identifiers import Address
from hive.domain.market import Side
from hive.localvenue.markets.feed_events import (
    ELSEWHERE,
    FeedBook,
    FeedContext,
    FeedEvent,
    FeedTrade,
    Unreadable,
)

LINE_BYTES_MAX: Final = 8 << 20
"""A busy block's fills are one line."""

TakerAt = Literal["first", "second", "largerOid"]
"""Where in a node trade's `side_info` the taker stands."""

LineReader = Callable[[bytes], Iterator[FeedEvent]]

_MS_PER_DAY: Final = 86_400_000


class _Level(msgspec.Struct, frozen=True):
    px: Decimal
    sz: Decimal


class _Book(msgspec.Struct, frozen=True):
    coin: str
    time: int
    levels: tuple[tuple[_Level, ...], tuple[_Level, ...]]


class _Raw(msgspec.Struct, frozen=True):
    data: _Book


class _BookLine(msgspec.Struct, frozen=True):
    raw: _Raw


class _Party(msgspec.Struct, frozen=True):
    user: Address = ELSEWHERE
    oid: int = 0


class _NodeTrade(msgspec.Struct, frozen=True):
    coin: str
    side: Side
    time: str
    px: Decimal
    sz: Decimal
    side_info: tuple[_Party, ...] = ()


class _Fill(msgspec.Struct, frozen=True):
    coin: str
    px: Decimal
    sz: Decimal
    side: Side
    time: int
    crossed: bool
    tid: int


class _BlockOfTrades(msgspec.Struct, frozen=True):
    block_time: str
    events: tuple[_NodeTrade, ...]


class _BlockOfFills(msgspec.Struct, frozen=True):
    block_time: str
    events: tuple[tuple[Address, _Fill], ...]


_book_line: Final = msgspec.json.Decoder(_BookLine)
_node_trade: Final = msgspec.json.Decoder(_NodeTrade)
_trade_block: Final = msgspec.json.Decoder(_BlockOfTrades)
_fill_pair: Final = msgspec.json.Decoder(tuple[Address, _Fill])
_fill_block: Final = msgspec.json.Decoder(_BlockOfFills)


def read_book(line: bytes) -> Iterator[FeedEvent]:
    """A line of `market_data/…/l2Book/{coin}`.

    Raises:
        Unreadable: it is none.
    """
    book = _read(_book_line, line).raw.data
    bids, asks = (tuple((rung.px, rung.sz) for rung in side) for side in book.levels)
    yield FeedBook(book.coin, book.time, bids, asks)


def node_trade_reader(taker_at: TakerAt) -> LineReader:
    """Of `node_trades` lines; `taker_at` says which party took."""

    def read(line: bytes) -> Iterator[FeedEvent]:
        row = _read(_node_trade, line)
        yield _node_trade_of(row, iso_ms(row.time), taker_at)

    return read


def trade_block_reader(taker_at: TakerAt) -> LineReader:
    """Of `node_trades` lines by block; their trades have the block's time."""

    def read(line: bytes) -> Iterator[FeedEvent]:
        block = _read(_trade_block, line)
        ms = iso_ms(block.block_time)
        for row in block.events:
            yield _node_trade_of(row, ms, taker_at)

    return read


def read_fill(line: bytes) -> Iterator[FeedEvent]:
    """A line of `node_fills`: the taker's is the trade, the maker's says nothing more.

    Raises:
        Unreadable: it is none.
    """
    user, fill = _read(_fill_pair, line)
    if fill.crossed:
        yield _trade_of(user, fill)


def read_fill_block(line: bytes) -> Iterator[FeedEvent]:
    """A line of `node_fills_by_block`; its trades have the block's time.

    Raises:
        Unreadable: it is none.
    """
    block = _read(_fill_block, line)
    ms = iso_ms(block.block_time)
    for user, fill in block.events:
        if fill.crossed:
            yield msgspec.structs.replace(_trade_of(user, fill), ms=ms)


def context_reader() -> LineReader:
    """Of `asset_ctxs` lines, the first of which names the columns."""
    columns: list[str] = []

    def read(line: bytes) -> Iterator[FeedEvent]:
        cells = line.decode(errors="replace").rstrip("\r").split(",")
        if not columns:
            columns.extend(cells)
            _check_columns(columns)
            return
        row = dict(zip(columns, cells, strict=False))
        try:
            mark_px, oracle_px = Decimal(row["mark_px"]), Decimal(row["oracle_px"])
        except (InvalidOperation, KeyError):
            raise Unreadable(f"no line of contexts: {line[:200]!r}") from None
        if mark_px > 0 and oracle_px > 0:
            yield FeedContext(row["coin"], iso_ms(row["time"]), mark_px, oracle_px)

    return read


def iso_ms(text: str) -> int:
    """Epoch milliseconds of a time without a zone, which is UTC; finer digits are cut.

    Raises:
        Unreadable: it is no such time.
    """
    day, _, time = text.rstrip("Z").replace(" ", "T").partition("T")
    clock, _, fraction = time.partition(".")
    try:
        year, month, date = (int(part) for part in day.split("-"))
        hour, minute, second = (int(part) for part in clock.split(":"))
        ms = int(fraction[:3].ljust(3, "0"))
    except ValueError:
        raise Unreadable(f"{text[:40]!r} is not a time") from None
    return (
        days_since_epoch(year, month, date) * _MS_PER_DAY
        + ((hour * 60 + minute) * 60 + second) * 1000
        + ms
    )


def days_since_epoch(year: int, month: int, day: int) -> int:
    """Of a date of our calendar. Years are taken to begin in March, so leap days are last."""
    shifted = year - (month <= 2)
    month_of_year = (month + 9) % 12
    day_of_year = (153 * month_of_year + 2) // 5 + day - 1
    leap_days = shifted // 4 - shifted // 100 + shifted // 400
    return shifted * 365 + leap_days + day_of_year - 719_468


def _trade_of(user: Address, fill: _Fill) -> FeedTrade:
    is_buy = fill.side is Side.BUY
    return FeedTrade(
        fill.coin,
        fill.time,
        fill.side,
        fill.px,
        fill.sz,
        fill.tid,
        buyer=user if is_buy else ELSEWHERE,
        seller=ELSEWHERE if is_buy else user,
    )


def _node_trade_of(row: _NodeTrade, ms: int, taker_at: TakerAt) -> FeedTrade:
    buyer, seller = _parties(row, taker_at)
    return FeedTrade(row.coin, ms, row.side, row.px, row.sz, buyer=buyer, seller=seller)


def _parties(row: _NodeTrade, taker_at: TakerAt) -> tuple[Address, Address]:
    if len(row.side_info) != 2:
        return ELSEWHERE, ELSEWHERE
    first, second = row.side_info
    is_first = first.oid > second.oid if taker_at == "largerOid" else taker_at == "first"
    taker, maker = (first, second) if is_first else (second, first)
    if row.side is Side.BUY:
        return taker.user, maker.user
    return maker.user, taker.user


def _check_columns(columns: list[str]) -> None:
    missing = [name for name in ("time", "coin", "mark_px", "oracle_px") if name not in columns]
    if missing:
        raise Unreadable(f"the contexts have no column {missing[0]!r}")


def _read(decoder: msgspec.json.Decoder[Any], line: bytes) -> Any:
    try:
        return decoder.decode(line)
    except msgspec.DecodeError as error:
        raise Unreadable(f"not a line of the archive: {error}: {line[:120]!r}") from None
